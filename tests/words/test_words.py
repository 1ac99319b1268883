"""Words: both languages have the same keys; the code uses all of them and no others."""

import re
import string
from contextvars import ContextVar
from pathlib import Path

import pytest

import gxq_geo
from gxq_geo import words
from gxq_geo.checks import catalogue
from gxq_geo.rules import RULES
from gxq_geo.words import catalogue as words_catalogue
from gxq_geo.words import pinyin
from gxq_geo.words.errors import FileError

PACKAGE = Path(gxq_geo.__file__).parent
SOURCE = "\n".join(path.read_text("utf-8") for path in sorted(PACKAGE.rglob("*.py")))

SLUGS = {entry.slug for entry in catalogue()}
ERROR_SLUGS = {
    *re.findall(r'(?:Gxq|Zone|File|BadLayer|Draft)Error\(\s*"([a-z-]+)"', SOURCE),
    *re.findall(r'FileError\("[a-z-]+" if .* else "([a-z-]+)"', SOURCE),
    *re.findall(r'ZoneError\("([a-z-]+)" if .* else "([a-z-]+)"', SOURCE)[0],
    "map-has-errors",
}
# Key prefixes such as "want-not-", which the code completes with a field's type.
ERROR_PREFIXES = tuple(re.findall(r'Error\(\s*f"([a-z-]+-)\{', SOURCE))


def places(said: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(said) if name}


def keys_below(prefix: str) -> set[str]:
    return {key.split(".")[1] for key in words.keys("zh") if key.startswith(f"{prefix}.")}


def test_languages_have_the_same_keys() -> None:
    assert words.keys("zh") == words.keys("en")


def test_no_word_is_blank() -> None:
    # A unit that follows a number in Chinese needs none in English.
    may_be_blank = {"page.unit_sites"}
    for lang in words.langs():
        blank = {key for key in words.keys(lang) if not words.text(key, lang).strip()}
        assert blank <= may_be_blank


def test_languages_name_the_same_parameters() -> None:
    # A rule may name more in one language than in the other; test_rules renders each. In figures
    # the place says by what a number is multiplied.
    for key in words.keys("zh"):
        if not key.startswith(("rule.", "schema.figures.")):
            assert places(words.text(key, "zh")) == places(words.text(key, "en")), key


@pytest.mark.parametrize("slug", sorted(SLUGS))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_each_rule_says_what_and_what_to_do(slug: str, lang: str) -> None:
    assert words.text(f"rule.{slug}.rule", lang)
    assert words.text(f"rule.{slug}.what", lang)
    assert words.text(f"rule.{slug}.fix", lang)


def test_a_rule_says_in_english_what_its_docstring_says() -> None:
    assert {rule.slug: rule.doc for rule in RULES} == {
        rule.slug: words.text(f"rule.{rule.slug}.rule", "en") for rule in RULES
    }


def test_no_rule_has_words_but_no_code() -> None:
    assert keys_below("rule") == SLUGS


def test_each_error_has_words_and_each_word_an_error() -> None:
    whole = {key for key in keys_below("error") if not key.startswith(ERROR_PREFIXES)}
    assert whole == ERROR_SLUGS


def test_each_word_of_the_command_line_is_used() -> None:
    for prefix in ("cli", "report", "zone"):
        for key in keys_below(prefix):
            assert f'"{prefix}.{key}"' in SOURCE, key


@pytest.mark.parametrize("prefix", ["encoding", "geojson", "evidence"])
def test_each_reason_of_a_finding_has_words(prefix: str) -> None:
    said = keys_below(prefix)
    assert said
    assert all(f'"{key}"' in SOURCE or f".{key}" in SOURCE for key in said)


def test_each_reason_of_a_json_fault_has_words() -> None:
    source = (PACKAGE / "formats" / "strict_json.py").read_text("utf-8")
    assert keys_below("json") == set(re.findall(r'"json\.([a-z-]+)"', source))


def test_unknown_key_is_an_error() -> None:
    with pytest.raises(KeyError):
        words.text("page.no-such-key")


def test_what_is_said_in_one_language_only_is_said_in_it() -> None:
    assert words.pick({"zh": "园区"}, "en") == "园区"
    assert words.pick({"en": "Parks"}, "zh") == "Parks"
    assert words.pick({}, "en") == ""


def test_parameters_are_filled_once() -> None:
    assert words.text("report.named", "en", id="{name}", name="x") == "{name} (x)"


@pytest.mark.parametrize(("count", "said"), [(0, "0 errors"), (1, "1 error"), (21, "21 errors")])
def test_a_number_decides_between_one_and_many(count: int, said: str) -> None:
    told = words.text("report.counts", "en", error=count, warning=1, advice=2)
    assert told == f"{said}, 1 warning, 2 suggestions."
    assert words.text("report.counts", "zh", error=1, warning=1, advice=2).startswith("错误 1 条")


def test_table_is_flat_and_without_its_prefix() -> None:
    page = words.table("page", "zh")
    assert page["loading"] == words.text("page.loading", "zh")
    assert not any(key.startswith("page.") for key in page)


@pytest.mark.parametrize(
    ("value", "lang"), [("en", "en"), ("en_US.UTF-8", "en"), ("xx", "zh"), ("", "zh")]
)
def test_environment_sets_the_language(
    monkeypatch: pytest.MonkeyPatch, value: str, lang: str
) -> None:
    monkeypatch.setattr(words_catalogue, "_default", ContextVar("other", default=""))
    monkeypatch.setenv("GXQ_LANG", value)
    assert words.default_lang() == lang
    words.set_default_lang("zh")
    assert words.default_lang() == "zh"


def test_an_error_speaks_both_languages() -> None:
    error = FileError("no-file", path="sites.geojson")
    assert error.say("zh") == "找不到文件 sites.geojson。"
    assert error.say("en") == "There is no file sites.geojson."
    assert "sites.geojson" in str(error)


def test_initials_are_those_of_pypinyin(monkeypatch: pytest.MonkeyPatch) -> None:
    """They are read from its dictionaries; where these are kept in another way, it is asked."""
    letters = [chr(code) for code in range(0x4E00, 0xA000, 37)]
    names = [*letters, "蓼河新区", "重庆路", "长城银行", "行长", "崇文大道", "都市圈", "单县"]
    said = pinyin.initials(names)
    assert said["蓼河新区"] == "lhxq"
    assert said == {name: pinyin._by_pypinyin(name) for name in said}
    monkeypatch.setattr(pinyin, "_known", {})
    monkeypatch.setattr(pinyin, "find_spec", lambda _: None)
    assert pinyin.initials(["重庆路"]) == {"重庆路": "cql"}
