"""Additional language files: used by the command line, the schema and the page, with fallbacks."""

import os
from pathlib import Path

import pytest

from gxq_geo import words
from gxq_geo.investment_map import InvestmentMap
from gxq_geo.investment_map.payload import decode
from gxq_geo.schemas import schema
from gxq_geo.words.errors import GxqError
from tests.support import pseudo
from tests.support.command import gxq
from tests.support.zones import tiny_zone


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder for additional language files."""
    home = tmp_path / "words"
    home.mkdir()
    monkeypatch.setenv("GXQ_WORDS", str(home))
    return home


def test_without_a_folder_there_are_two() -> None:
    assert words.langs() == ("zh", "en")
    assert not list(words.faults())


def test_a_file_is_a_language(folder: Path) -> None:
    pseudo.write(folder)
    assert words.langs() == ("zh", "en", pseudo.CODE)
    assert not list(words.faults())
    assert words.keys(pseudo.CODE) == words.keys("en") - {"language.place"}
    for spoken in schema().layers.values():
        assert spoken.label[pseudo.CODE].startswith("‹")


def test_each_command_speaks_it(folder: Path, tmp_path: Path) -> None:
    pseudo.write(folder)
    home = tiny_zone(tmp_path / "zone")
    for form in ("table", "markdown", "json-schema"):
        done = gxq("schema", "sites", "--format", form, "--lang", pseudo.CODE)
        assert done.status == 0
        assert "‹Status›" in done.out
        assert "‹Available›" in done.out or form == "json-schema"
    done = gxq("check", home, "--lang", pseudo.CODE)
    assert done.out.splitlines()[-1].startswith("‹")
    assert "qps" in gxq("check", home, "--lang", "fr").err


def test_an_issue_names_things_in_it(folder: Path, tmp_path: Path) -> None:
    pseudo.write(folder)
    home = tiny_zone(tmp_path / "zone")
    sites = home / "sites.geojson"
    text = sites.read_text("utf-8").replace('"park_id":"', '"park_id":"no-such-')
    sites.write_text(text, "utf-8")
    done = gxq("check", home, "--lang", pseudo.CODE)
    assert "‹Park› park_id" in done.out
    assert not any("\u4e00" <= letter <= "\u9fff" for letter in pseudo.unbracketed(done.out))


def test_what_is_not_said_is_said_in_english_then_in_chinese(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "ja.toml").write_text(
        '[page]\nyes = "はい"\n[schema.fields.area_mu]\nlabel = "面積"\n', "utf-8"
    )
    assert words.fallback_order("ja") == ("ja", "en", "zh")
    assert words.text("page.yes", "ja") == "はい"
    assert words.text("page.no", "ja") == words.text("page.no", "en")
    assert words.table("page", "ja").keys() == words.table("page", "en").keys()
    area = schema().layers["sites"].fields["area_mu"]
    assert area.label["ja"] == "面積"
    assert area.help["ja"] == area.help["en"]
    assert words.pick({"zh": "园区"}, "ja") == "园区"
    assert words.languages()["ja"] == {
        "name": "ja",
        "short": "ja",
        "tag": "ja",
        "area_unit": "ha",
        "order": ["ja", "en", "zh"],
    }


def test_a_file_may_change_words_of_a_language_that_is_here(folder: Path) -> None:
    (folder / "en.toml").write_text(
        '[page]\nyes = "Aye"\n[schema.units]\nmu = "Chinese acre"\n', "utf-8"
    )
    assert words.langs() == ("zh", "en")
    assert (words.text("page.yes", "en"), words.text("page.no", "en")) == ("Aye", "No")
    assert schema().units["mu"]["en"] == "Chinese acre"


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("ja.toml", '[page]\nlodaing = "…"\n', "page.loading"),
        ("ja.toml", '[schema.fields.area_nu]\nlabel = "…"\n', "schema.fields.area_mu.label"),
        ("ja.toml", '[schema.fields.area_mu]\nlable = "…"\n', "schema.fields.area_mu.label"),
        ("ja.toml", '[schema.domains.site_status]\nfree = "…"\n', "site_status.reserve"),
        ("ja.toml", '[cli]\nmapped = "{paht}"\n', "{path}"),
        ("ja.toml", '[cli]\nmapped = "{"\n', "{path}"),
        ("ja.toml", '[cli]\nmapped = "{path.parent}"\n', "{path}"),
        ("ja.toml", '[cli]\nmapped = "{path:zz}"\n', "{path}"),
        ("ja.toml", '[cli]\ngxq = "{"\n', "cli.gxq"),
        ("en.toml", '[error]\nwords-place = "{"\n', "error.words-place"),
        ("en.toml", '[error.words-place]\nx = "{"\n', "error.words-place"),
        ("ja.toml", "[page\n", "line 1"),
        ("ja.toml", '[page]\nyes = "\udcff"\n', "ja.toml"),
        ("japanese!.toml", '[page]\nyes = "はい"\n', "pt-BR.toml"),
        ("en.toml", '[page]\nlodaing = "…"\n', "page.loading"),
    ],
)
def test_a_slip_in_a_file_is_said(folder: Path, name: str, text: str, said: str) -> None:
    (folder / name).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(GxqError) as caught:
        schema()
    assert caught.value.exit_status == 1
    assert said in caught.value.say("en")
    assert name in caught.value.say("zh")
    done = gxq("schema", "sites", "--lang", "en")
    assert (done.status, done.out) == (1, "")
    assert done.err == f"{caught.value.say('en')}\n"


@pytest.mark.parametrize("text", ["[error]\nno-folder = '{'\n", "[cli]\ngxq = '{x}'\n", "[", "\0"])
def test_a_bad_file_is_one_line_in_every_command(folder: Path, text: str) -> None:
    (folder / "en.toml").write_text(text)
    for command in (["--help"], ["check", "nowhere"], ["rules"], ["schema", "sites"]):
        done = gxq(*command, "--lang", "en")
        assert "Traceback" not in done.err
        assert done.status == 0 or len(done.err.splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no such nodes")
def test_a_pipe_in_place_of_a_file_does_not_block(folder: Path) -> None:
    os.mkfifo(folder / "ja.toml")
    done = gxq("schema", "sites", "--lang", "en")
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert "ja.toml" in done.err


@pytest.mark.parametrize("value", ["x" * 5_000, "/dev/null", __file__])
def test_a_value_that_is_no_folder_is_one_line(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("GXQ_WORDS", value)
    done = gxq("schema", "sites", "--lang", "en")
    assert (done.status, len(done.err.splitlines())) == (1, 1)
    assert len(done.err) < 400
    assert words.text("page.yes", "en") == "Yes"


def test_a_folder_that_is_not_there_adds_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GXQ_WORDS", str(tmp_path / "none"))
    assert words.langs() == ("zh", "en")
    assert schema().layers


def test_a_page_carries_every_language_whole(folder: Path, tmp_path: Path) -> None:
    from gxq_geo.zone import open_zone

    pseudo.write(folder)
    zone = open_zone(tiny_zone(tmp_path / "zone"))
    header = decode(InvestmentMap(zone, lang=pseudo.CODE, basemaps=["amap"]).payload).header
    assert list(header["langs"]) == list(words.langs())
    assert header["words"][pseudo.CODE].keys() == header["words"]["en"].keys()

    def incomplete(node: object) -> bool:
        if isinstance(node, dict):
            named = {"zh", "en"} <= node.keys()
            return (named and pseudo.CODE not in node) or any(map(incomplete, node.values()))
        return isinstance(node, list) and any(map(incomplete, node))

    assert not incomplete({key: header[key] for key in header if key not in ("words", "layers")})


def test_a_page_in_a_language_that_is_not_here_is_refused(tmp_path: Path) -> None:
    from gxq_geo.zone import open_zone

    zone = open_zone(tiny_zone(tmp_path))
    with pytest.raises(GxqError, match="tlh"):
        InvestmentMap(zone, lang="tlh")
