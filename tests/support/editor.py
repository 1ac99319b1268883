"""An editor that saves a file at a given moment; see ``tests/formats/test_saves.py``.

``python -m tests.support.editor <file>`` reads lines of a delay in seconds, ``in-place`` or
``renamed``, and the text to save; after each save it prints ``saved``.
"""

import sys
import time
from pathlib import Path


def save(target: Path, how: str, text: str) -> None:
    if how == "in-place":
        target.write_text(text)
        return
    aside = target.with_name("editor~")
    aside.write_text(text)
    aside.replace(target)


def main() -> None:
    target = Path(sys.argv[1])
    for line in sys.stdin:
        delay, how, text = line.split()
        end = time.perf_counter() + float(delay)
        while time.perf_counter() < end:
            pass
        save(target, how, text)
        print("saved", flush=True)


if __name__ == "__main__":
    main()
