"""The notebooks run from top to bottom, say nothing on the side, and are kept without outputs."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import ensure_event_loop, run_sync
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))
# What each shows: pictures, and whether the map stands at its end.
SHOWS = {
    "01_first_look": (0, True),
    "02_availability_and_zoning": (3, False),
    "03_parks_compared": (2, False),
    "04_matching_a_requirement": (2, True),
    "05_chains_and_targets": (1, False),
    "06_extend_the_map": (0, True),
}


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def test_the_notebooks_are_these() -> None:
    assert [path.stem for path in NOTEBOOKS] == list(SHOWS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_outputs_are_stripped(path: Path) -> None:
    for cell in read(path).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.fixture(scope="module")
def thread() -> Iterator[ThreadPoolExecutor]:
    """One thread, with an event loop of its own beside that of playwright."""
    with ThreadPoolExecutor(1) as one:
        yield one
        one.submit(lambda: ensure_event_loop().close()).result()


@pytest.fixture(scope="module")
def kernel(thread: ThreadPoolExecutor) -> Iterator[AsyncKernelManager]:
    """One kernel for all: starting it and importing takes longer than most notebooks run."""
    manager = AsyncKernelManager(kernel_name="python3")
    yield manager
    thread.submit(run_sync(manager.shutdown_kernel), now=True).result()


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_runs(path: Path, kernel: AsyncKernelManager, thread: ThreadPoolExecutor) -> None:
    notebook = read(path)
    notebook.cells.insert(0, nbformat.v4.new_code_cell("%reset -f"))  # type: ignore[no-untyped-call]
    resources = {"metadata": {"path": path.parent}}
    client = NotebookClient(notebook, km=kernel, timeout=300, resources=resources)
    thread.submit(client.execute, cleanup_kc=False).result()
    assert client.kc
    thread.submit(client.kc.stop_channels).result()
    outputs = [one for cell in notebook.cells for one in cell.get("outputs", ())]
    # Nothing that warns, such as a font without Chinese.
    assert not [one["text"] for one in outputs if one.get("name") == "stderr"]
    pictures, a_map = SHOWS[path.stem]
    data = [one.get("data", {}) for one in outputs]
    assert sum("image/png" in one for one in data) == pictures
    assert ("<iframe" in data[-1].get("text/html", "")) == a_map
    # Every other cell that shows something shows a table or words, not an object's address.
    shown = [one.get("text/plain", "") for one in data[:-1]]
    assert not [one for one in shown if " at 0x" in one or one.startswith("Text(")]
