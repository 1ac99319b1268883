"""Mutation tests of the rules: mistakes are made in correct layers, one at a time, and undone.

Each mistake names the rule that must report it, and where. Other reported issues count against
precision, mistakes that are not reported against recall. The list is `tests.rules.mistakes`.
"""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from gxq_geo.checks import check
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue
from gxq_geo.zone import open_zone
from tests.support.reading import CachedReader

LAYERS = Path(__file__).parents[2] / "layers"

Edit = Callable[[Path], object]

# The groups of mistakes, in order.
LINES = ("text", "fields", "geometry", "topology", "references and meaning", "publication")

# The layers have no control indicators: this one is added, and every site complies with it.
INDICATOR = """
[[indicators]]
land_use = ["M1", "M2", "M3"]
far_min = 0.5
far_max = 6.0
source = "示例（2023）"
"""


@dataclass(frozen=True)
class Mistake:
    """A mistake, and the only issue that it must cause.

    Parameters
    ----------
    line
        One of `LINES`.
    name
        The mistake in words.
    make
        Makes the mistake in a folder of layers.
    rule, file, feature, field
        The rule that reports it, and the place.
    at
        The text at the reported line and column; for a mistake outside a record.
    row
        The reported line, where it is neither that of the record nor that of `at`.
    """

    line: str
    name: str
    make: Edit
    rule: str
    file: str = "sites.geojson"
    feature: str = ""
    field: str = ""
    at: str = ""
    row: int | None = None


@dataclass(frozen=True)
class Outcome:
    """The issues that a mistake caused: `hits` at its place, and `others`."""

    mistake: Mistake
    hits: Sequence[Issue] = ()
    others: Sequence[Issue] = ()

    @property
    def caught(self) -> bool:
        """Whether there is one issue, at the place of the mistake, and no other."""
        return len(self.hits) == 1 and not self.others


@dataclass
class Bench:
    """A copy of the layers in which one mistake is made at a time and undone.

    Files that a mistake does not change are read once.
    """

    folder: Path
    good: dict[str, bytes] = field(default_factory=dict)
    read: CachedReader = field(default_factory=CachedReader)
    before: Counter[tuple[str, ...]] = field(default_factory=Counter)

    def report(self) -> list[Issue]:
        """Return the issues of the layers in their current state."""
        return list(check(open_zone(self.folder, partial=True, read=self.read)))

    def judge(self, mistake: Mistake) -> Outcome:
        """Make a mistake, return the issues that it causes, and undo it."""
        try:
            mistake.make(self.folder)
            left = Counter(self.before)
            new: list[Issue] = []
            for issue in self.report():
                if left[_key(issue)]:
                    left[_key(issue)] -= 1
                else:
                    new.append(issue)
            hits = [one for one in new if _is_at(one, mistake, self.folder)]
            return Outcome(mistake, hits, [one for one in new if one not in hits])
        finally:
            self._restore()

    def _restore(self) -> None:
        for path in self.folder.iterdir():
            if path.name not in self.good:
                path.unlink()
        for name, data in self.good.items():
            path = self.folder / name
            if not path.exists() or path.read_bytes() != data:
                path.write_bytes(data)


@contextmanager
def bench() -> Iterator[Bench]:
    """Provide a copy of this repository's layers, with the issues of the unchanged layers."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "layers"
        shutil.copytree(LAYERS, folder)
        with (folder / "zone.toml").open("a", encoding="utf-8") as settings:
            settings.write(INDICATOR)
        good = {path.name: path.read_bytes() for path in folder.iterdir()}
        one = Bench(folder, good)
        one.before = Counter(map(_key, one.report()))
        yield one


def _key(issue: Issue) -> tuple[str, ...]:
    return issue.rule, issue.file, issue.feature, issue.field, issue.value


# ------------------------------------------------------------------ where


def _is_at(issue: Issue, mistake: Mistake, folder: Path) -> bool:
    place = (issue.rule, issue.file, issue.feature, issue.field)
    if place != (mistake.rule, mistake.file, mistake.feature, mistake.field):
        return False
    path = folder / mistake.file
    if mistake.row is not None:
        return issue.line == mistake.row
    if mistake.at:
        return _rest(path, issue).startswith(mistake.at)
    if not mistake.feature:
        return True
    if issue.line not in _lines(path, mistake.feature):
        return False
    spatial = path.suffix == ".geojson"
    held = f'"{mistake.field}"' in _text(path).splitlines()[issue.line - 1]
    return not (spatial and mistake.field and held) or _rest(path, issue).startswith(
        f'"{mistake.field}":'
    )


def _text(path: Path) -> str:
    return path.read_bytes().decode("utf-8-sig", "replace")


def _lines(path: Path, feature: str) -> list[int]:
    """Return the lines of the records with an id."""
    own = f'"{schema().layers[path.stem].id}":"{feature}"'
    begins = (f"{feature},", f'"{feature}",')
    return [
        number
        for number, line in enumerate(_text(path).splitlines(), 1)
        if own in line or (path.suffix == ".csv" and line.startswith(begins))
    ]


def _rest(path: Path, issue: Issue) -> str:
    lines = _text(path).split("\n")
    return lines[(issue.line or 1) - 1][(issue.column or 1) - 1 :]


# ------------------------------------------------------------------ the table


def totals(outcomes: Sequence[Outcome]) -> tuple[float, float]:
    """Return precision and recall."""
    hits = sum(bool(outcome.hits) for outcome in outcomes)
    reported = sum(len(outcome.hits) + len(outcome.others) for outcome in outcomes)
    return hits / reported if reported else 0.0, hits / len(outcomes)


def shown(outcomes: Sequence[Outcome]) -> str:
    """Return a row for each mistake, and a line with the totals."""
    rows = []
    for one in outcomes:
        said = "reported" if one.caught else ("NOT ALONE" if one.hits else "MISSED")
        made = one.mistake
        where = " ".join(filter(None, (made.file, made.feature, made.field)))
        rows.append(f"{said:9}  {made.line:22}  {made.name:58}  {made.rule:30}  {where}".rstrip())
        rows += [
            f"{'':11}beside it: [{i.rule}] {i.file}:{i.line} {i.feature} {i.field}"
            for i in one.others
        ]
    return "\n".join([*rows, "", summary(outcomes)])


def summary(outcomes: Sequence[Outcome]) -> str:
    """Return the number of mistakes, precision, recall, and the number in each group."""
    precision, recall = totals(outcomes)
    lines = Counter(one.mistake.line for one in outcomes)
    counts = ", ".join(f"{line} {lines[line]}" for line in LINES)
    rules = len({one.mistake.rule for one in outcomes})
    return (
        f"{len(outcomes)} mistakes, {rules} rules: precision {precision:.1%}, recall {recall:.1%}"
        f" ({counts})"
    )
