"""One script from the page's modules, and the style sheets in their order.

Each ``.js`` file of ``web/`` outside ``web/boot/`` is an ES module. It imports what it needs, and
the order of all modules follows from that: a module stands after those that it imports. `bundle`
joins an entry module and everything that it needs into one classic script, which needs no server
and no loader. Each module becomes a function that returns what the module exports, so a name needs
to be unique within one module only.

Four forms are understood, each at the start of a line::

    import "./base/polyfills.js";
    import { el, icon } from "../base/dom.js";
    import * as World from "./world.js";
    export const SIZE = 512;                      (or function, async function, class)

Anything else (``export default``, ``as``, a package's name) is an error that names file and line.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

WEB: Traversable = resources.files("gxq_geo") / "investment_map" / "web"
# The object in which the bundles of one page share their modules: path -> exports.
MODULES = "gxqModules"

_FROM = r'"(?P<path>[^"\n]+)";$'
_NAMES = r"(?P<names>\{\s*\w+(?:\s*,\s*\w+)*,?\s*\}|\* as \w+)"
_IMPORT = re.compile(rf"^import (?:{_NAMES} from )?{_FROM}", re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:const|class|(?:async )?function\*?) (\w+))", re.MULTILINE)
_UNKNOWN_FORM = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
_SHEET = re.compile(rf"^@import {_FROM}\n?", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Import:
    """One import of a module: what it names, of which other module, and in which line."""

    path: str
    target: str  # "{ el, icon }", "Dom" for a whole module, "" where nothing is named
    names: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Module:
    """A module of the page: its imports, the names it exports, and its code without either word."""

    path: str
    imports: tuple[Import, ...]
    exports: tuple[str, ...]
    code: str


def bundle(entry: str, outer: Sequence[str] = (), root: Traversable = WEB) -> str:
    """An entry module and all that it needs, as one classic script.

    Parameters
    ----------
    entry
        Path of the module inside ``root``, such as ``main.js``.
    outer
        Entries of bundles that the page runs before this one. Their modules are not joined again:
        this bundle takes them from the object that all bundles share.
    root
        The folder of the modules.

    Raises
    ------
    ValueError
        If a file is missing, two modules import each other, a module does not export what another
        one imports, or a form is not understood. The message begins with file and line.
    """
    loaded = {path for first in outer for path in modules(first, root)}
    own = (module for path, module in modules(entry, root).items() if path not in loaded)
    body = "".join(map(_as_function, own))
    shared = "" if outer else f"const {MODULES} = {{}};\n"
    return f'{shared}(() => {{\n"use strict";\n{body}}})();\n'


def modules(entry: str, root: Traversable = WEB) -> dict[str, Module]:
    """The entry module and all that it needs by path, each after those that it imports."""
    found: dict[str, Module] = {}

    def visit(path: str, above: tuple[str, ...], place: str) -> Module:
        if path in above:
            circle = " -> ".join((*above[above.index(path) :], path))
            raise ValueError(f"{place}: the modules import each other: {circle}")
        if path not in found:
            module = _parse(path, _read(path, place, root))
            for one in module.imports:
                where = f"{path}:{one.line}"
                _check_names(one, visit(one.path, (*above, path), where), where)
            found[path] = module
        return found[path]

    visit(entry, (), entry)
    return found


def style_sheets(entry: str, root: Traversable = WEB) -> list[str]:
    """The style sheets that a sheet imports, in its order.

    A sheet that imports others (``@import "./styles/page.css";``) holds nothing else but comments.
    """
    return list(_sheets(entry, entry, root))


def _sheets(path: str, place: str, root: Traversable) -> Iterator[str]:
    text = _read(path, place, root)
    imports = list(_SHEET.finditer(text))
    if not imports:
        yield text
        return
    if _COMMENT.sub("", _SHEET.sub("", text)).strip():
        raise ValueError(f"{path}: a style sheet that imports others holds no rules of its own")
    for found in imports:
        where = f"{path}:{_line(text, found.start())}"
        yield from _sheets(_resolve(path, found["path"], where), where, root)


def _parse(path: str, text: str) -> Module:
    imports = tuple(_import(path, text, found) for found in _IMPORT.finditer(text))
    exports = tuple(_EXPORT.findall(text))
    code = _EXPORT.sub("", _IMPORT.sub("", text))
    if strange := _UNKNOWN_FORM.search(code):
        line = _line(text, text.index(strange[0]))
        raise ValueError(f"{path}:{line}: this form is not understood: {strange[0]}")
    names = [*exports, *(name for one in imports for name in _bound(one))]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise ValueError(f"{path}: the name {twice} is imported or exported twice")
    return Module(path, imports, exports, code.strip("\n"))


def _import(path: str, text: str, found: re.Match[str]) -> Import:
    line = _line(text, found.start())
    target = found["names"] or ""
    names = tuple(re.findall(r"\w+", target)) if target.startswith("{") else ()
    return Import(
        path=_resolve(path, found["path"], f"{path}:{line}"),
        target=re.sub(r"\s+", " ", target.removeprefix("* as ")),
        names=names,
        line=line,
    )


def _bound(one: Import) -> tuple[str, ...]:
    return one.names or ((one.target,) if one.target else ())


def _check_names(one: Import, module: Module, where: str) -> None:
    if missing := [name for name in one.names if name not in module.exports]:
        raise ValueError(f"{where}: {module.path} does not export {', '.join(missing)}")


def _as_function(module: Module) -> str:
    taken = "".join(
        f'const {one.target} = {MODULES}["{one.path}"];\n' for one in module.imports if one.target
    )
    given = f"return {{ {', '.join(module.exports)} }};\n" if module.exports else ""
    return f'{MODULES}["{module.path}"] = (() => {{\n{taken}{module.code}\n{given}}})();\n'


def _resolve(path: str, wanted: str, where: str) -> str:
    if not wanted.startswith(("./", "../")):
        raise ValueError(f'{where}: a path begins with "./" or "../": {wanted}')
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), wanted))


def _read(path: str, place: str, root: Traversable) -> str:
    file = root.joinpath(path)
    if path.startswith("..") or not file.is_file():
        raise ValueError(f"{place}: there is no file {path}")
    return file.read_text("utf-8")


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1
