"""The page's modules: joined in the order that their imports give, with every fault named."""

import re
from pathlib import Path

import pytest

from gxq_geo.investment_map import page, scripts

WEB = Path(page.__file__).parent / "web"
MOST_FILES = 12


def write(folder: Path, **texts: str) -> Path:
    """Modules by name; ``geo__world`` is geo/world.js."""
    for name, text in texts.items():
        path = folder / f"{name.replace('__', '/')}.js"
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def test_a_module_stands_after_what_it_imports(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        main='import "./first.js";\nimport { b } from "./lib/b.js";\nb();\n',
        first="window.first = true;\n",
        lib__b='import * as A from "./a.js";\nexport function b() { return A.a; }\n',
        lib__a="export const a = 1;\n",
    )
    order = ["first.js", "lib/a.js", "lib/b.js", "main.js"]
    assert list(scripts.modules("main.js", root)) == order
    text = scripts.bundle("main.js", root=root)
    places = [text.index(f'{scripts.MODULES}["{path}"] = ') for path in order]
    assert places == sorted(places)
    assert 'const { b } = gxqModules["lib/b.js"];' in text
    assert 'const A = gxqModules["lib/a.js"];' in text
    assert "return { a };" in text
    assert "import" not in text
    assert "export" not in text
    assert scripts.bundle("main.js", root=root) == text


def test_every_form_of_export_and_a_list_over_several_lines(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        main='import {\n  A,\n  b,\n  c,\n  d,\n  E,\n} from "./all.js";\nA(b, c, d, E);\n',
        all="export const A = 1;\nexport function b() {}\nexport async function c() {}\n"
        "export function* d() {}\nexport class E {}\n",
    )
    text = scripts.bundle("main.js", root=root)
    assert "const { A, b, c, d, E, } = " in text
    assert "return { A, b, c, d, E };" in text


def test_a_later_bundle_takes_modules_of_an_earlier_one(tmp_path: Path) -> None:
    root = write(
        tmp_path,
        main='import { el } from "./dom.js";\nel();\n',
        dom="export const el = () => null;\n",
        late='import { el } from "./dom.js";\nimport { more } from "./more.js";\nel(more);\n',
        more="export const more = 2;\n",
    )
    text = scripts.bundle("late.js", ["main.js"], root)
    assert not text.startswith("const")
    assert 'gxqModules["more.js"] = ' in text
    assert 'gxqModules["dom.js"] = ' not in text
    assert 'const { el } = gxqModules["dom.js"];' in text


FAULTS = {
    'import { a } from "./a.js";\n': ("a.js:2", "main.js -> a.js -> main.js"),
    '\nimport { a } from "./none.js";\n': ("main.js:2", "no file none.js"),
    '\nimport { a } from "../a.js";\n': ("main.js:2", "no file ../a.js"),
    'import { nobody } from "./b.js";\n': ("main.js:1", "b.js does not export nobody"),
    'import { b } from "./b.js";\nimport * as b from "./c.js";\n': ("main.js", "b is imported"),
    "export const a = 1;\nexport const a = 2;\n": ("main.js", "a is imported or exported twice"),
    "let b;\nexport default b;\n": ("main.js:2", "export default b;"),
    "export let b = 1;\n": ("main.js:1", "export let b"),
    'import { b as c } from "./b.js";\n': ("main.js:1", "b as c"),
    'import b from "./b.js";\n': ("main.js:1", "import b"),
    'import { b } from "leaflet";\n': ("main.js:1", 'begins with "./"'),
}


@pytest.mark.parametrize("text", FAULTS)
def test_what_cannot_be_joined_is_named_with_its_place(tmp_path: Path, text: str) -> None:
    root = write(
        tmp_path,
        main=text,
        a='\nimport "./main.js";\nexport const a = 1;\n',
        b="export const b = 1;\n",
        c="export const c = 1;\n",
    )
    place, message = FAULTS[text]
    with pytest.raises(ValueError, match=f"^{re.escape(place)}: .*{re.escape(message)}"):
        scripts.bundle("main.js", root=root)


def test_style_sheets_come_in_the_order_of_their_imports(tmp_path: Path) -> None:
    (tmp_path / "b.css").write_text("b {}\n")
    (tmp_path / "a.css").write_text("a {}\n")
    (tmp_path / "all.css").write_text('/* all */\n@import "./b.css";\n@import "./a.css";\n')
    (tmp_path / "more.css").write_text('@import "./all.css";\n@import "./a.css";\n')
    assert scripts.style_sheets("more.css", tmp_path) == ["b {}\n", "a {}\n", "a {}\n"]
    (tmp_path / "mixed.css").write_text('@import "./a.css";\nb {}\n')
    with pytest.raises(ValueError, match=r"^mixed\.css: "):
        scripts.style_sheets("mixed.css", tmp_path)
    (tmp_path / "none.css").write_text('\n@import "./x.css";\n')
    with pytest.raises(ValueError, match=r"^none\.css:2: there is no file x\.css"):
        scripts.style_sheets("none.css", tmp_path)


def test_every_module_and_style_sheet_is_in_some_page() -> None:
    entries = (*(f"{entry}.js" for entry in page.ENTRIES.values()), page.LATER)
    found = {path for entry in entries for path in scripts.modules(entry)}
    there = {path.relative_to(WEB).as_posix() for path in WEB.rglob("*.js")}
    assert found == {path for path in there if not path.startswith("boot/")}
    sheets = {
        text for entry in page.ENTRIES.values() for text in scripts.style_sheets(f"{entry}.css")
    }
    apart = {WEB / "boot/boot.css", *(WEB / f"{entry}.css" for entry in page.ENTRIES.values())}
    assert sheets == {path.read_text("utf-8") for path in WEB.rglob("*.css") if path not in apart}


def test_a_public_page_holds_no_module_of_the_internal_one() -> None:
    public = scripts.modules(f"{page.ENTRIES[False]}.js")
    internal = scripts.modules(f"{page.ENTRIES[True]}.js")
    more = {path.partition("/")[0] for path in internal.keys() - public.keys()}
    assert more == {"internal", "main_internal.js"}


def test_every_folder_has_one_job_and_few_files() -> None:
    for folder in (WEB, *(path for path in WEB.rglob("*") if path.is_dir())):
        assert len([path for path in folder.iterdir() if path.is_file()]) <= MOST_FILES, folder


def test_every_script_says_first_what_it_does() -> None:
    for path in WEB.rglob("*.js"):
        assert path.read_text("utf-8").startswith("/* "), path.name
