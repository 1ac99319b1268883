"""Test that arguments and options are the same in all commands, and that old spellings work."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import click
import pytest

from gxq_geo import words
from gxq_geo.checks import catalogue
from gxq_geo.cli.app import ALIASES, COMMANDS, Commands
from gxq_geo.cli.command import Argument, Command, Option
from gxq_geo.schemas import schema
from tests.support.bureau import bureau
from tests.support.command import Done, gxq
from tests.support.zones import edit, tiny_zone
from tests.versions.test_changed_lines import git

# These commands describe the package or create a zone; they do not read one.
WITHOUT_ZONE = {"schema", "rules", "example", "new"}
ROOT = click.Context(Commands("gxq"), info_name="gxq")


def command(name: str) -> Command:
    found = Commands("gxq").get_command(ROOT, name)
    assert found is not None
    return found


def options() -> list[tuple[str, Option]]:
    every = [(name, one) for name in COMMANDS for one in command(name).params]
    return [(name, one) for name, one in every if isinstance(one, Option)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which to work, with layers in it."""
    tiny_zone(tmp_path / "layers")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which to work, with layers that git has in two states."""
    bureau(tmp_path / "layers")
    git(tmp_path, "init", "-q")
    for day in ("01", "02"):
        edit(tmp_path / "layers" / "projects.csv", "P-2", "updated", f"2026-11-{day}")
        git(tmp_path, "add", "layers")
        git(tmp_path, "commit", "-q", "-m", day)
    monkeypatch.chdir(tmp_path)
    return tmp_path


# ------------------------------------------------------------------ the grammar


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - WITHOUT_ZONE))
def test_a_zone_is_the_first_argument_and_may_be_left_out(name: str) -> None:
    first, *others = [one for one in command(name).params if isinstance(one, Argument)]
    assert not others
    assert first.first.startswith("[LAYERS")
    assert not first.required
    usage = gxq(name, "--lang", "en", "--help").out.splitlines()[0]
    assert usage.startswith(f"Usage: gxq {name} [OPTIONS] [LAYERS")


def test_an_option_is_the_same_everywhere() -> None:
    """One name has one short form, one shape, one meaning; a choice lists its own values."""
    forms: dict[str, set[Any]] = {}
    for _, one in options():
        if not one.hidden:
            shape = "[]" if str(one.metavar).startswith("[") else one.metavar
            said = one.help_text if isinstance(one.help_text, str) else one.help_text()
            form = (*one.opts, *one.secondary_opts, shape, said, one.is_flag, one.multiple)
            for name in one.opts:
                forms.setdefault(name, set()).add(form)
    assert {name: form for name, form in forms.items() if len(form) > 1} == {}
    assert {"-o", "--format", "--lang", "--on", "--since", "--audience"} <= set(forms)


def test_each_meaning_has_one_option() -> None:
    names: dict[str, set[str]] = {}
    for _, one in options():
        if isinstance(one.help_text, str) and one.help_text:
            names.setdefault(one.help_text, set()).add(one.opts[-1])
    assert {help_text: found for help_text, found in names.items() if len(found) > 1} == {}


def test_every_command_speaks_a_language_and_explains_itself() -> None:
    for name in COMMANDS:
        assert "--lang" in [opt for of, one in options() if of == name for opt in one.opts]
        for lang in ("zh", "en"):
            done = gxq(name, "--lang", lang, "--help")
            assert done.status == 0
            assert words.text("cli.options", lang) in done.out
            assert words.text(f"cli.{name}", lang)[:30] in done.out
        assert not re.search(r"[\u4e00-\u9fff]", gxq(name, "--lang", "en", "--help").out), name


def test_the_day_is_asked_where_figures_depend_on_it() -> None:
    assert {name for name, one in options() if "--on" in one.opts} == {
        "sites", "carriers", "projects", "customers", "report",
    }  # fmt: skip


def test_figures_are_those_of_the_day(repository: Path) -> None:
    def stuck(*more: str) -> dict[str, Any]:
        done = gxq("projects", "--format", "json", "--table", "stuck", *more)
        assert done.status == 0, done.err
        said: dict[str, Any] = json.loads(done.out)
        return said

    plain, later = stuck(), stuck("--on", "2027-11-23")
    assert (plain["on"], later["on"]) == (None, "2027-11-23")
    assert plain["date"] == later["date"] == "2026-11-23"
    (before,) = [row for row in plain["tables"]["stuck"]["rows"] if row["project_id"] == "P-5"]
    (after,) = [row for row in later["tables"]["stuck"]["rows"] if row["project_id"] == "P-5"]
    assert after["days"] - before["days"] == 365
    note = words.text("answer.on", "en", date="2027-11-23")
    assert note in gxq("projects", "--on", "2027-11-23", "--lang", "en").out
    assert "--on" in gxq("projects", "--on", "yesterday", "--lang", "en").err
    assert gxq("report", "-o", repository / "r.html", "--on", "2027-11-23", "--lang=en").status == 0
    assert note in (repository / "r.html").read_text("utf-8")


# ------------------------------------------------------------------ which zone


def test_the_settings_stand_for_their_folder(here: Path) -> None:
    assert gxq("check", Path("layers") / "zone.toml").status == 0
    assert gxq("fmt", here / "layers" / "zone.toml", "--check").status == 0


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("layers/sitse.geojson", "There is no file layers/sitse.geojson. Did you mean layers/s"),
        ("layers/nothing-like-it.csv", "There is no file layers/nothing-like-it.csv."),
        ("layrs", "There is no folder layrs. Did you mean layers?"),
        ("elsewhere", "There is no folder elsewhere. Without layers"),
        ("else/where", "There is no folder else/where. Without layers"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["check", "fix"])
def test_what_is_not_there_is_called_what_it_is(
    here: Path, name: str, given: str, said: str
) -> None:
    done = gxq(name, given, "--lang", "en")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert done.err.startswith(said)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["layrs", "D-1"], "There is no folder layrs. Did you mean layers?"),
        (["else/where", "D-1"], "There is no folder else/where."),
        (["nowhere", "D-1"], "“nowhere” is neither a folder of layers nor a site"),
        (["layers", "D-11"], "There is no site “D-11”"),
        (["D-11"], "There is no site “D-11”"),
        (["layers"], "Name the sites"),
        ([], "Name the sites"),
        (["empty", "D-1"], "empty has no zone.toml"),
    ],
)
def test_a_sheet_says_whether_a_word_is_no_zone_or_no_site(
    here: Path, given: list[str], said: str
) -> None:
    (here / "empty").mkdir()
    done = gxq("sheet", *given, "--lang", "en")
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert done.err.startswith(said)


def test_a_sheet_takes_zone_and_sites_in_any_clear_way(here: Path) -> None:
    shutil.copytree(here / "layers", here / "other")
    (here / "D-2").mkdir()  # A folder of a site's papers is no zone.
    for given in (["D-1"], ["D-2"], ["layers", "D-1", "D-2"], ["other", "D-1"], ["other/", "D-1"],
                  ["other", "--all"], [str(here / "other" / "zone.toml"), "D-1"]):  # fmt: skip
        done = gxq("sheet", *given, "-o", here / "a.pdf", "--lang", "en")
        assert done.status == 0, (given, done.err)


def test_states_are_told_from_the_zone(repository: Path) -> None:
    def heading(*given: str) -> str:
        done = gxq("diff", *given, "--lang", "en")
        assert done.status == 0, (given, done.err)
        return done.out.splitlines()[0]

    shutil.copytree(repository / "layers", repository / "then")
    git(repository, "branch", "some/branch", "HEAD~1")
    for given, states in {
        ("HEAD~1",): "HEAD~1 → layers",
        ("layers", "HEAD~1"): "HEAD~1 → layers",
        ("then", "layers"): "then → layers",
        ("HEAD~1", "HEAD"): "HEAD~1 → HEAD",
        ("some/branch", "HEAD"): "some/branch → HEAD",
        ("HEAD~1", "then"): "HEAD~1 → then",
        ("layers", "HEAD~1", "HEAD"): "HEAD~1 → HEAD",
        ("layers", "then", "HEAD"): "then → HEAD",
    }.items():
        assert states in heading(*given)
    for name in ("diff", "log"):
        assert gxq(name, "--lang", "en").err.startswith("Name the ")
    assert gxq("log", "layers", "--lang", "en").err.startswith("Name the id")
    assert gxq("log", "layers", "P-2", "--lang", "en").out == gxq("log", "P-2", "--lang", "en").out


# ------------------------------------------------------------------ old spellings


def same_but_for_a_notice(old: Done, new: Done, notice: str) -> None:
    assert (old.status, new.status) == (0, 0), (old.err, new.err)
    assert old.out == new.out
    assert old.err == f"{new.err}{notice}\n"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (["log", "P-2", "--folder", "layers"], ["log", "layers", "P-2"],
         ("--folder", "gxq log layers P-2")),
        (["diff", "HEAD~1", "--folder=layers"], ["diff", "layers", "HEAD~1"],
         ("--folder", "gxq diff layers HEAD~1")),
        (["match", "--area-mu", "50", "--all"], ["match", "--area-mu", "50", "--failed"],
         ("--all", "--failed")),
        (["sites", "--format", "table"], ["sites", "--format", "text"],
         ("--format table", "--format text")),
        (["schema", "sites", "--format", "table"], ["schema", "sites"],
         ("--format table", "--format text")),
    ],
)  # fmt: skip
def test_an_old_spelling_works_and_says_so(
    repository: Path, old: list[str], new: list[str], said: tuple[str, str]
) -> None:
    notice = words.text("cli.moved", "en", old=said[0], new=said[1])
    same_but_for_a_notice(gxq(*old, "--lang", "en"), gxq(*new, "--lang", "en"), notice)


def test_an_old_spelling_of_a_sheet(here: Path) -> None:
    made = here / "a.pdf"
    old = gxq("sheet", "D-1", "--folder", "layers", "-o", made, "--lang", "en")
    data = made.read_bytes()
    new = gxq("sheet", "layers", "D-1", "-o", made, "--lang", "en")
    assert made.read_bytes() == data
    notice = words.text("cli.moved", "en", old="--folder", new="gxq sheet layers D-1")
    same_but_for_a_notice(old, new, notice)


def test_what_goes_wrong_is_one_line_however_it_is_spelt(here: Path) -> None:
    done = gxq("sheet", "D-11", "--folder", "layers", "--lang", "en")
    assert (done.status, len(done.err.splitlines())) == (2, 1)


def test_no_old_spelling_is_offered() -> None:
    for name in COMMANDS:
        shown = gxq(name, "--help").out
        assert "--folder" not in shown
        assert "table|" not in shown
        for old, new in command(name).old.items():
            assert not re.search(rf"{old}\b", shown)
            assert new in shown


# ------------------------------------------------------------------ other names


@pytest.mark.parametrize(
    ("spelt", "name"),
    [("地块", "sites"), ("Sites", "sites"), ("SITES", "sites"), ("buildings", "carriers"),
     ("载体", "carriers"), ("parks", "parks"), ("园区", "parks")],
)  # fmt: skip
def test_a_layer_goes_by_its_label_too(spelt: str, name: str) -> None:
    assert gxq("schema", spelt, "--lang", "en").out == gxq("schema", name, "--lang", "en").out
    assert schema().layers[name]


def test_a_layer_is_named_alike_wherever_one_is_named(here: Path) -> None:
    shutil.copy(here / "layers" / "sites.geojson", here / "draft.geojson")
    by_name = gxq("check", "draft.geojson", "--layer", "sites")
    assert by_name.status == 0, by_name.out
    assert gxq("check", "draft.geojson", "--layer", "地块") == by_name


@pytest.mark.parametrize("given", ["园去", "prks", "Park"])
def test_the_nearest_layer_is_suggested(given: str) -> None:
    for done in (
        gxq("schema", given, "--lang", "en"),
        gxq("log", "x", "--layer", given, "--lang", "en"),
    ):
        assert (done.status, done.out) == (2, "")
        assert done.err == f"There is no layer “{given}”. Did you mean parks?\n"


def test_commands_by_another_name(repository: Path) -> None:
    for name, usual in ALIASES.items():
        assert gxq(name, "--lang", "en") == gxq(usual, "--lang", "en")
        assert not re.search(rf"^ *{name} ", gxq("--help").out, re.MULTILINE)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["chekc"], "There is no command “chekc”. Did you mean check?"),
        (["zzz"], "There is no command “zzz”. gxq --help lists them."),
        (["check", "--fromat", "json"], "There is no option --fromat. Did you mean --format?"),
        (["check", "--zzz"], "There is no option --zzz. gxq check --help lists them."),
        (["check", "--format", "xml"], "--format cannot be “xml”. There are: text, json"),
        (["match", "--limit", "0"], "The command cannot be read: "),
        (["check", "layers", "more"], "The command cannot be read: "),
        (["check", "--format"], "The command cannot be read: "),
        (["rules", "sites-overlaps"], "There is no rule or group of rules “sites-overlaps”. Did"),
    ],
)  # fmt: skip
def test_a_slip_is_one_line_that_helps(
    here: Path, given: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GXQ_LANG", "en")
    words.set_default_lang("en")
    done = gxq(*given)
    assert (done.status, done.out, len(done.err.splitlines())) == (2, "", 1)
    assert done.err.startswith(said)


def test_choices_may_be_written_large_or_small(here: Path) -> None:
    assert gxq("check", "--format", "JSON").out == gxq("check", "--format", "json").out
    assert gxq("poster", "--paper", "a3", "-o", here / "a.pdf").status == 0


# ------------------------------------------------------------------ one rule


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_rule_is_told_whole(lang: str) -> None:
    for entry in catalogue():
        done = gxq("rules", entry.slug, "--lang", lang)
        assert done.status == 0
        slug, asks, why, severity, said, fix, setting = done.out.split("\n\n")[0].splitlines()
        assert slug == entry.slug
        assert words.text(f"rule.{entry.slug}.rule", lang) in asks
        assert words.text(f"rule.{entry.slug}.why", lang) in why
        assert words.text(f"severity.{entry.severity}", lang) in severity
        assert not re.search(r"\{\w+\}|\|", said + fix)
        assert said
        assert fix
        assert (entry.slug in setting) == (setting != words.text("cli.rule-locked", lang))
