"""A zone in which a layer has no records, or no file: every command answers.

`make test` runs these tests a second time with pyarrow installed, with which pandas stores texts in
another way.
"""

from pathlib import Path

import pytest

from gxq_geo.schemas import schema
from gxq_geo.zone import layer, open_zone
from tests.support.command import gxq
from tests.support.nightly import times
from tests.support.zones import tiny_zone

LAYERS = [name for name in schema().layers if name not in ("zone_frame", "parks")]
COMMANDS = [
    ["check"],
    *([name] for name in ("sites", "carriers", "parks", "projects", "customers", "chains")),
    ["match", "--area-mu", "30"],
    ["map", "--draft", "-o", "map.html"],
    ["report", "-o", "report.html"],
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tiny_zone(tmp_path / "layers")


# Which of the commands are tried by day for each layer; a zone of parks alone goes through all.
SOME = COMMANDS[:: times(4, 1)]


def answers(folder: Path, commands: list[list[str]] = COMMANDS) -> None:
    for command in commands:
        done = gxq(*command, folder)
        assert done.status in (0, 1), (command, done.err)
        assert "Traceback" not in done.err


def emptied(folder: Path, name: str) -> None:
    spec = schema().layers[name]
    for path in folder.glob(f"{name}.*"):
        path.unlink()
    suffix = "csv" if spec.is_table else "geojson"
    frame = layer.empty(spec).frame
    (folder / f"{name}.{suffix}").write_bytes(layer.to_bytes(frame, spec))


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_without_records(folder: Path, name: str) -> None:
    emptied(folder, name)
    assert len(open_zone(folder, partial=True).frame(name)) == 0
    answers(folder, SOME)


@pytest.mark.parametrize("way", ["no records", "no files"])
def test_a_zone_of_parks_alone(folder: Path, way: str) -> None:
    for name in LAYERS:
        emptied(folder, name)
        if way == "no files":
            for path in folder.glob(f"{name}.*"):
                path.unlink()
    answers(folder)
