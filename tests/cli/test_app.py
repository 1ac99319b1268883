"""Test the commands: one line per error, exit status 0, 1 or 2, and no data loss."""

import io
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import gxq_geo
from gxq_geo.checks import catalogue, run
from gxq_geo.cli import progress
from gxq_geo.rules import RULES, Rule
from gxq_geo.schemas import schema
from gxq_geo.words.issues import Issue, Severity
from gxq_geo.zone import Zone
from tests.support.command import Done, gxq
from tests.support.zones import edit, tiny_zone

Edit = Callable[[Path], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_zone(tmp_path / "layers")


def snapshot(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def lines(done: Done) -> list[str]:
    assert "Traceback" not in done.out + done.err
    return (done.out + done.err).splitlines()


def as_folder(name: str) -> Edit:
    def change(folder: Path) -> None:
        (folder / name).unlink()
        (folder / name).mkdir()

    return change


def cut(folder: Path) -> None:
    path = folder / "sites.geojson"
    path.write_bytes(path.read_bytes()[:2000])


def in_gbk(name: str) -> Edit:
    def change(folder: Path) -> None:
        path = folder / name
        path.write_bytes(path.read_text("utf-8-sig").encode("gbk"))

    return change


def to_itself(folder: Path) -> None:
    path = folder / "sites.geojson"
    path.unlink()
    path.symlink_to(path)


# ------------------------------------------------------------------ check


def test_a_clean_zone_exits_with_0(folder: Path) -> None:
    done = gxq("check", folder, "--lang", "en")
    assert (done.status, done.out, done.err) == (0, "All checks passed.\n", "")
    assert gxq("check", folder, "--lang", "zh").out == "检查通过，没有问题。\n"


@pytest.mark.parametrize(
    ("change", "status", "said"),
    [
        (lambda folder: (folder / "sites.geojson").write_bytes(b""), 1, "the file is empty"),
        (lambda folder: (folder / "sectors.csv").write_bytes(b""), 1, "The table is empty"),
        (cut, 1, "breaks off here"),
        (in_gbk("sites.geojson"), 1, "looks like GBK"),
        (in_gbk("sectors.csv"), 1, "looks like GBK"),
        (lambda folder: (folder / "parks.geojson").unlink(), 1, "“Parks” is missing"),
        (lambda folder: (folder / "sites.gpkg").touch(), 1, "has two files"),
        (as_folder("sites.geojson"), 2, "is a folder"),
        (as_folder("zone.toml"), 2, "is a folder"),
        (to_itself, 2, "sites.geojson"),
        (lambda folder: (folder / "zone.toml").unlink(), 2, "has no zone.toml"),
        (lambda folder: (folder / "zone.toml").write_bytes(b"name_zh = "), 1, "Invalid"),
        (lambda folder: (folder / "zone.toml").write_bytes("名".encode("gbk")), 1, "utf-8"),
    ],
)
def test_bad_input_is_one_clear_line_and_nothing_changes(
    folder: Path, change: Edit, status: int, said: str
) -> None:
    change(folder)
    before = snapshot(folder)
    done = gxq("check", folder, "--lang", "en")
    # A report is a heading, one issue, a blank line and the counts; else the one line is the error.
    told = lines(done)
    assert (done.status, len(told)) == (status, 4 if done.out else 1), done
    assert said in told[int(bool(done.out))]
    assert snapshot(folder) == before
    formatted = gxq("fmt", folder, "--check")
    assert formatted.status in (0, 1, 2)
    lines(formatted)
    assert snapshot(folder) == before


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    done = gxq("check", tmp_path / "layers", "--lang", "en")
    assert done.status == 2
    assert "gxq example" in done.err
    assert len(lines(done)) == 1


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("site.geojson", "sites.geojson"),
        ("zone.tml", "zone.toml"),
        ("parks.geojsn", "parks.geojson"),
    ],
)
@pytest.mark.parametrize("command", ["check", "fmt", "fix", "map", "sites", "match", "report"])
def test_a_mistyped_file_is_no_missing_folder(
    folder: Path, command: str, name: str, near: str
) -> None:
    done = gxq(command, folder / name, "--lang", "en")
    assert (done.status, len(lines(done))) == (2, 1)
    assert "There is no file" in done.err
    assert f"Did you mean {folder / near}?" in done.err


def test_a_suffix_in_capitals_is_read(folder: Path) -> None:
    for name in ("sites.geojson", "projects.csv"):
        path = folder / name
        path.rename(path.with_suffix(path.suffix.upper()))
    assert gxq("check", folder, "--lang", "en").out == "All checks passed.\n"
    assert gxq("fmt", folder, "--check").status == 0
    sites = folder / "sites.GEOJSON"
    sites.write_text(sites.read_text("utf-8").replace('"available"', '"可供"', 1), "utf-8")
    assert gxq("fix", folder / "sites.GEOJSON", "--apply").status == 0
    assert gxq("check", folder / "sites.GEOJSON").status == 0


def test_without_a_word_it_takes_the_folder_layers(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert gxq("check").status == 0
    monkeypatch.chdir(folder)
    done = gxq("check", "--lang", "en")
    assert (done.status, len(lines(done))) == (2, 1)


def test_an_unknown_language(folder: Path) -> None:
    done = gxq("check", folder, "--lang", "fr")
    assert done.status == 2
    assert "zh, en" in done.err
    assert len(lines(done)) == 1


@pytest.mark.parametrize("encoding", ["ascii", "gbk"])
def test_a_console_in_another_encoding_shows_what_it_can(folder: Path, encoding: str) -> None:
    edit(folder / "sites.geojson", "D-2", "name_zh", None)
    edit(folder / "sites.geojson", "D-2", "status", "😀 m²")
    command = [sys.executable, "-m", "gxq_geo", "check", str(folder)]
    done = subprocess.run(
        command, capture_output=True, check=False, env={"PYTHONIOENCODING": encoding, "PATH": ""}
    )
    assert done.returncode == 1
    shown = done.stdout.decode(encoding)
    assert "sites.geojson:3:" in shown
    assert "\\U0001f600 m2" in shown
    assert "?" not in shown
    assert ("必填" in shown) == (encoding == "gbk")
    assert ("errors" in shown) == (encoding == "ascii")
    assert b"Traceback" not in done.stderr


def test_json_is_utf8_on_any_console(folder: Path) -> None:
    edit(folder / "sites.geojson", "D-2", "status", "售出")
    command = [sys.executable, "-m", "gxq_geo", "check", str(folder), "--format", "json"]
    done = subprocess.run(
        command, capture_output=True, check=False, env={"PYTHONIOENCODING": "gbk", "PATH": ""}
    )
    values = [issue["value"] for issue in json.loads(done.stdout.decode("utf-8"))["issues"]]
    assert "售出" in values


@pytest.mark.parametrize(
    ("words", "rules"),
    [
        (["--select", "required-missing"], {"required-missing"}),
        (["--select", "fields"], {"required-missing", "not-in-domain"}),
        (["--select", "topology", "--select", "areas,required-missing"], {"required-missing"}),
        (["--ignore", "required-missing,publication"], {"not-in-domain"}),
        (["--select", "fields", "--ignore", "not-in-domain"], {"required-missing"}),
        (["--select", "topology"], set()),
    ],
)
def test_rules_can_be_chosen(folder: Path, words: list[str], rules: set[str]) -> None:
    edit(folder / "sites.geojson", "D-2", "name_zh", None)
    edit(folder / "sites.geojson", "D-3", "status", "sold")
    done = gxq("check", folder, *words, "--format", "json")
    found = {issue["rule"] for issue in json.loads(done.out)["issues"]}
    assert found & {"required-missing", "not-in-domain"} == rules
    if "--select" in words:
        assert found == rules
    assert done.status == int(bool(rules))


@pytest.mark.parametrize("option", ["--select", "--ignore"])
def test_a_misspelt_rule_is_not_passed_over(folder: Path, option: str) -> None:
    done = gxq("check", folder, option, "sites-overlaps", "--lang", "en")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert "Did you mean sites-overlap?" in done.err


def test_a_file_that_cannot_be_read_is_told_whatever_is_chosen(folder: Path) -> None:
    (folder / "sites.geojson").write_text("{")
    done = gxq("check", folder, "--select", "sites-overlap")
    assert done.status == 1
    assert "[json]" in done.out
    assert gxq("check", folder, "--select", "sites-overlap", "--ignore", "json").status == 0


def test_a_bar_appears_only_where_somebody_waits(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def slow(zone: Zone) -> Iterator[Issue]:
        time.sleep(0.3)
        yield from ()

    def shown(delay_s: float) -> str:
        monkeypatch.setattr(progress, "DELAY_S", delay_s)
        with monkeypatch.context() as patched:
            patched.setattr(sys, "stderr", screen := Terminal())
            with progress.progress("cli.checking", 1) as step:
                step("")
                step("slow-rule")
                list(slow(Zone.__new__(Zone)))
        return screen.getvalue()

    assert shown(60.0) == ""
    written = shown(0.0)
    assert "slow-rule" in written
    assert written.endswith("\r")
    assert not written.rsplit("\r", 2)[-2].strip()  # What was shown is blanked out.
    monkeypatch.setattr(run, "RULES", (Rule("slow-rule", "fields", "", Severity.ERROR, slow),))
    assert gxq("check", folder).err == ""  # No terminal: no bar.


# ------------------------------------------------------------------ fmt


def test_fmt_tells_and_leaves_a_formatted_zone_alone(folder: Path) -> None:
    before = snapshot(folder)
    assert lines(gxq("fmt", folder)) == []
    assert lines(gxq("fmt", folder, "--check")) == []
    assert gxq("fmt", folder, "--check").status == 0
    assert snapshot(folder) == before


def untidy(folder: Path) -> None:
    path = folder / "sites.geojson"
    text = json.dumps(json.loads(path.read_text("utf-8")), indent=2)
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    table = folder / "sectors.csv"
    head, *rows = table.read_text("utf-8-sig").replace("true", "TRUE").splitlines()
    table.write_text("\r\n".join([head, *reversed(rows)]), encoding="utf-8", newline="")


def test_fmt_check_changes_nothing_and_fmt_mends_it(folder: Path) -> None:
    clean = snapshot(folder)
    untidy(folder)
    messy = snapshot(folder)
    looked = gxq("fmt", folder, "--check", "--lang", "en")
    assert looked.status == 1
    assert [line.split("/")[-1] for line in lines(looked)] == ["sectors.csv", "sites.geojson"]
    assert snapshot(folder) == messy
    done = gxq("fmt", folder, "--lang", "en")
    assert done.status == 0
    assert all(line.startswith("Formatted") for line in lines(done))
    assert snapshot(folder) == clean


def test_fmt_formats_the_others_when_one_is_broken(folder: Path) -> None:
    clean = snapshot(folder)
    untidy(folder)
    (folder / "parks.geojson").write_text("{")
    done = gxq("fmt", folder, "--lang", "en")
    assert done.status == 1
    assert done.err.count("\n") == 1
    assert "parks.geojson" in done.err
    clean["parks.geojson"] = b"{"
    assert snapshot(folder) == clean


def test_fmt_says_when_it_cannot_write(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    untidy(folder)
    before = snapshot(folder)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    done = gxq("fmt", folder, "--lang", "en")
    assert done.status == 2
    assert done.err.count("No space left on device") == 2
    assert "Traceback" not in done.err
    assert snapshot(folder) == before


# ------------------------------------------------------------------ schema and rules


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_schema_as_a_table(lang: str) -> None:
    done = gxq("schema", "sites", "--lang", lang)
    assert done.status == 0
    area = schema().layers["sites"].fields["area_mu"]
    assert "area_mu" in done.out
    assert area.label[lang] in done.out


def test_schema_of_every_layer() -> None:
    done = gxq("schema")
    assert done.status == 0
    assert all(name in done.out for name in schema().layers)


def test_schema_as_markdown() -> None:
    done = gxq("schema", "parks", "--format", "markdown", "--lang", "en")
    assert done.out.startswith("## Parks `parks`\n")
    assert "| park_id | Park ID |" in done.out


def test_schema_as_json() -> None:
    one = json.loads(gxq("schema", "parks", "--format", "json-schema").out)
    every = json.loads(gxq("schema", "--format", "json-schema").out)
    assert every["parks"] == one
    assert set(every) == set(schema().layers)


def test_schema_of_a_layer_that_does_not_exist() -> None:
    done = gxq("schema", "site", "--lang", "en")
    assert done.status == 2
    assert "sites" in done.err
    assert len(lines(done)) == 1


def test_rules_lists_every_rule() -> None:
    done = gxq("rules", "--lang", "zh")
    assert done.status == 0
    listed = done.out.splitlines()
    assert [line.split()[0] for line in listed] == [entry.slug for entry in catalogue()]
    assert {rule.slug for rule in RULES} < {entry.slug for entry in catalogue()}
    assert all(
        entry.statement("zh") in line for entry, line in zip(catalogue(), listed, strict=True)
    )


# ------------------------------------------------------------------ map


def test_a_zone_with_errors_is_not_drawn(folder: Path, tmp_path: Path) -> None:
    edit(folder / "sites.geojson", "D-2", "name_zh", None)
    target = tmp_path / "map.html"
    target.write_text("old")
    done = gxq("map", folder, "-o", target, "--lang", "en")
    assert done.status == 1
    assert "--draft" in done.err
    assert len(lines(done)) == 1
    assert target.read_text() == "old"


@pytest.mark.parametrize("target", ["folder", "nowhere/map.html"])
def test_a_map_that_cannot_be_written(folder: Path, tmp_path: Path, target: str) -> None:
    (tmp_path / "folder").mkdir()
    before = snapshot(tmp_path)
    done = gxq("map", folder, "-o", tmp_path / target, "--lang", "en")
    assert done.status == 2
    assert len(lines(done)) == 1
    assert target in done.err
    assert snapshot(tmp_path) == before


# ------------------------------------------------------------------ the package


def test_help_names_every_command() -> None:
    done = gxq("--help")
    assert done.status == 0
    for command in ("check", "fmt", "map", "schema", "rules", "example"):
        assert command in done.out


@pytest.mark.parametrize("word", ["chekc", "--nonsense"])
def test_a_misspelt_command(word: str) -> None:
    done = gxq(word)
    assert done.status == 2
    assert "Traceback" not in done.err


@pytest.mark.parametrize(
    ("code", "absent"),
    [
        ("import gxq_geo", "pandas folium branca click pyogrio"),
        ("main('--help')", "pandas numpy shapely"),
        ("main('schema', 'sites')", "pandas numpy shapely"),
        ("main('rules', '--help')", "pandas numpy shapely"),
        ("main('check', FOLDER)", "folium branca pyogrio networkx requests pypinyin"),
        ("main('map', FOLDER, '-o', FOLDER + '.html')", "pyogrio requests pypinyin pydantic"),
    ],
)
def test_nothing_is_imported_that_is_not_needed(folder: Path, code: str, absent: str) -> None:
    script = (
        "import sys\n"
        f"FOLDER = {str(folder)!r}\n"
        "def main(*words):\n"
        "    sys.argv[1:] = words\n"
        "    from gxq_geo.cli.app import main\n"
        "    try:\n"
        "        main()\n"
        "    except SystemExit as stop:\n"
        "        assert not stop.code, stop.code\n"
        f"{code}\n"
        f"heavy = set({absent.split()!r}) & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run(
        [sys.executable, "-W", "error", "-c", script], check=True, stdout=subprocess.DEVNULL
    )


def test_the_package_offers_what_it_says() -> None:
    for name in gxq_geo.__all__:
        assert getattr(gxq_geo, name).__doc__, name
    with pytest.raises(AttributeError):
        _ = gxq_geo.no_such_thing


OFFLINE = """
import socket, sys
def refuse(*_, **__):
    raise AssertionError("the network was asked")
socket.socket.connect = socket.getaddrinfo = refuse
import gxq_geo
zone = gxq_geo.open_zone(sys.argv[1])
assert gxq_geo.check(zone).ok
assert len(zone.sites) == 5
"""


def test_reading_needs_no_network(folder: Path) -> None:
    subprocess.run([sys.executable, "-W", "error", "-c", OFFLINE, str(folder)], check=True)
