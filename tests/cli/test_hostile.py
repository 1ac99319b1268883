"""Names of files and records that would steer a terminal, a build log or another program."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gxq_geo import words
from gxq_geo.checks.forms import FORMS
from gxq_geo.schemas.normalise import in_ascii
from tests.support.command import gxq
from tests.support.nightly import times
from tests.support.zones import edit, load_features, save_features, tiny_zone

# As files come out of a zip made on a GBK machine, and names of other kinds.
NAMES = [
    "地块.geojson".encode("gbk"),
    b"::error file=x.geojson",
    b"##[error]x\x1b[31m.geojson",
    b"[red]:warning:[link=x].csv",
    "\u202egnp.csv".encode(),
]
# Markup of libraries for terminals, and what begins a command of a log.
TEXTS = ["[/x]", "[red]亩[/red]", "[link=https://example.org]x[/link]", ":warning:", "\x1b[31m红"]
FORBIDDEN = ["\x1b", "\u202e", "##["]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tiny_zone(Path("layers"))


def harmless(out: str) -> None:
    out.encode()  # No undecoded bytes.
    assert not [sign for sign in FORBIDDEN if sign in out]
    assert not [line for line in out.splitlines() if line.lstrip().startswith("::error file=x")]


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
@pytest.mark.parametrize("form", [*FORMS, "html"])
def test_any_file_name_is_shown_escaped(folder: Path, form: str) -> None:
    for name in NAMES:
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name)).write_text("{}")
    output = ["-o", "out"] if form == "html" else []
    done = gxq("check", folder, "--format", form, *output)
    assert done.status == 1
    out = Path("out").read_text("utf-8") if output else done.out
    if form != "html":  # Its data are packed.
        harmless(out)
        escaped = out if form in ("text", "github") else json.dumps(json.loads(out))
        assert r"\xb5" in escaped
    if form in ("json", "sarif", "geojson"):
        assert "##[error]" in json.dumps(json.loads(out)) or "x23#[error]" in out
    if form == "sarif":
        assert "%B5%D8%BF%E9" in out.upper()  # A URI has the bytes themselves.


@pytest.mark.hypothesis
@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="names are Unicode there")
@settings(max_examples=times(5, 500), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(min_size=1, max_size=60), st.sampled_from([b"", b".geojson", b".csv", b".gpkg"]))
def test_any_bytes_may_be_a_file_name(folder: Path, name: bytes, suffix: bytes) -> None:
    legal = name.replace(b"/", b"").replace(b"\0", b"") + suffix
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + (legal.strip(b".") or b"x")))
    known = path.exists()
    if not known:
        path.write_text("{}")
    try:
        for form in FORMS:
            done = gxq("check", folder, "--select", "layer-unknown", "--format", form)
            assert done.status in (0, 1)
            harmless(done.out)
    finally:
        if not known:
            path.unlink()


@pytest.mark.parametrize("text", TEXTS)
def test_data_are_plain_text_in_tables(folder: Path, text: str) -> None:
    for name in ("sites", "carriers", "parks"):
        identity = {"sites": "D-1", "carriers": "C-1", "parks": "dong"}[name]
        edit(folder / f"{name}.geojson", identity, "name_zh", text)
    edit(folder / "projects.csv", "P-1", "name_zh", text)
    commands = (["sites"], ["parks"], ["carriers"], ["projects"], ["match", "--area-mu", "30"])
    shown = [gxq(*command, folder, "--lang", "zh") for command in commands]
    for done in shown:
        assert done.status == 0, done.err
        harmless(done.out)
    assert any(words.visible(text) in done.out for done in shown)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("so\u00adft", r"so\xadft"),
        ("\u061c", r"\u061c"),
        ("A\ufe00", r"A\ufe00"),
        ("A\U000e0041", r"A\U000e0041"),
        ("::error", r"\x3a:error"),
        ("  ::error", r"  \x3a:error"),
        ("a ::error", "a ::error"),
        ("##[group]", r"\x23#[group]"),
        ("\udcb5", r"\xb5"),
        ("\ud800", "\ufffd"),
        ("❤\ufe0f 👩\u200d👧", "❤\ufe0f 👩\u200d👧"),
        ("高新区 12:30 #1", "高新区 12:30 #1"),
    ],
)
def test_what_cannot_be_seen_is_escaped(text: str, shown: str) -> None:
    assert words.visible(text) == shown


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("\u0410Q-015", "AQ-015"),
        ("AQ\u2010015", "AQ-015"),
        ("A\u00adQ", "AQ"),
        ("A\U000e0041Q\u061c", "AQ"),
        ("高新-一", "高新-一"),
        ("ＡＱ", "ＡＱ"),
    ],
)
def test_look_alikes_are_replaced(text: str, plain: str) -> None:
    assert in_ascii(text) == plain


@pytest.mark.parametrize("sign", ["\u00ad", "\u061c", "\ufe00", "\U000e0041", "\u0410"])
def test_an_id_with_a_sign_that_is_not_what_it_seems_is_reported(folder: Path, sign: str) -> None:
    edit(folder / "sites.geojson", "D-1", "site_id", f"{sign}-1")
    done = gxq("check", folder, "--select", "look-alike-id", "--lang", "en")
    assert f"U+{ord(sign):04X}" in done.out
    if sign != "\u0410":
        assert sign not in done.out


@pytest.mark.parametrize("shift", [90_000.0, 1e300])
def test_coordinates_beyond_the_globe_are_located_and_not_drawn(folder: Path, shift: float) -> None:
    for path in folder.glob("*.geojson"):
        features = load_features(path)
        features[0]["geometry"]["coordinates"] = shifted(
            features[0]["geometry"]["coordinates"], shift
        )
        save_features(path, features)
    found = gxq("check", folder, "--lang", "en")
    assert found.status == 1
    for path in folder.glob("*.geojson"):
        assert f"{path.name}:2:" in found.out
    for command in (
        ["check", "--format", "html", "-o", "check.html"],
        ["map", "--draft", "-o", "map.html"],
        ["poster", "-o", "poster.pdf"],
        ["sheet", folder, "D-1", "-o", "sheet.pdf"],
        ["report", "-o", "report.html"],
        ["sites"],
    ):
        done = gxq(*command, *([] if folder in command else [folder]))
        assert done.status in (0, 1), done.err
        assert len(done.err.splitlines()) <= 2


def shifted(coordinates: Any, by: float) -> Any:
    if isinstance(coordinates[0], list):
        return [shifted(one, by) for one in coordinates]
    return [coordinates[0] + by, *coordinates[1:]]


# ------------------------------------------------------------------ what ends a command


@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_an_interruption_while_modules_load_ends_quietly(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise KeyboardInterrupt\n")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), *sys.path])}
    done = subprocess.run(
        [sys.executable, "-m", "gxq_geo", "check"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (128 + signal.SIGINT, "")


@pytest.mark.parametrize("command", ["check", "fmt", "sites", "map", "example", "import"])
def test_a_path_that_is_too_long_is_one_line(folder: Path, command: str) -> None:
    done = gxq(command, "x" * 5_000)
    assert done.status == 2
    assert len(done.err.splitlines()) == 1


def test_schemas_are_written_whole_or_not_at_all(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("schemas/zoning.schema.json").mkdir(parents=True)
    done = gxq("schema", "--format", "json-schema", "-o", "schemas")
    assert done.status == 2
    assert [path.name for path in Path("schemas").iterdir()] == ["zoning.schema.json"]
