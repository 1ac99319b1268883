"""Bundle the page's ES modules into one script, and list its style sheets in order.

Each ``.js`` file of ``web/`` outside ``web/boot/`` is an ES module. `bundle` joins an entry module
and its dependencies into one classic script, in which each module follows the modules that it
imports. Each module becomes a function that returns its exports, so that names need to be unique
only within a module.

Four forms are supported, each at the start of a line::

    import "./base/polyfills.js";
    import { el, icon } from "../base/dom.js";
    import * as World from "./world.js";
    export const SIZE = 512;                      (or function, async function, class)

Other forms (``export default``, ``as``, package names) are errors with file and line.
"""

import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

WEB: Traversable = resources.files("gxq_geo") / "investment_map" / "web"
# The object with the exports of each module, by path, which all bundles of a page share.
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
    """An import: path of the imported module, names, and line of the statement."""

    path: str
    target: str  # "{ el, icon }", "Dom" for a namespace import, "" for an import without names
    names: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Module:
    """A module: its imports, its exported names, and its code without import and export."""

    path: str
    imports: tuple[Import, ...]
    exports: tuple[str, ...]
    code: str


def bundle(entry: str, outer: Sequence[str] = (), root: Traversable = WEB) -> str:
    """Return an entry module and its dependencies as one classic script.

    Parameters
    ----------
    entry
        Path of the module inside ``root``, such as ``main.js``.
    outer
        Entry modules of bundles that run before this one. Their modules are not included again,
        but taken from the shared object.
    root
        The folder of the modules.

    Raises
    ------
    ValueError
        If a file is missing, modules import each other, a module does not export an imported
        name, or a form is not supported. The message begins with file and line.
    """
    loaded = {path for first in outer for path in modules(first, root)}
    own = (module for path, module in modules(entry, root).items() if path not in loaded)
    body = "".join(map(_as_function, own))
    shared = "" if outer else f"const {MODULES} = {{}};\n"
    return f'{shared}(() => {{\n"use strict";\n{body}}})();\n'


def modules(entry: str, root: Traversable = WEB) -> dict[str, Module]:
    """Return the entry module and its dependencies by path, each after the modules it imports."""
    found: dict[str, Module] = {}

    def visit(path: str, above: tuple[str, ...], place: str) -> Module:
        if path in above:
            circle = " -> ".join((*above[above.index(path) :], path))
            raise ValueError(f"{place}: the modules import each other: {circle}")
        if path not in found:
            module = _parse(path, _read(path, place, root))
            for import_ in module.imports:
                where = f"{path}:{import_.line}"
                _check_names(import_, visit(import_.path, (*above, path), where), where)
            found[path] = module
        return found[path]

    visit(entry, (), entry)
    return found


def style_sheets(entry: str, root: Traversable = WEB) -> list[str]:
    """Return the texts of the style sheets that a sheet imports, in order.

    A sheet with imports (``@import "./styles/page.css";``) must not contain rules.
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
    names = [*exports, *(name for import_ in imports for name in _bound_names(import_))]
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


def _bound_names(import_: Import) -> tuple[str, ...]:
    """The names that an import defines in its module."""
    return import_.names or ((import_.target,) if import_.target else ())


def _check_names(import_: Import, module: Module, where: str) -> None:
    if missing := [name for name in import_.names if name not in module.exports]:
        raise ValueError(f"{where}: {module.path} does not export {', '.join(missing)}")


def _as_function(module: Module) -> str:
    imports = "".join(
        f'const {import_.target} = {MODULES}["{import_.path}"];\n'
        for import_ in module.imports
        if import_.target
    )
    exports = f"return {{ {', '.join(module.exports)} }};\n" if module.exports else ""
    return f'{MODULES}["{module.path}"] = (() => {{\n{imports}{module.code}\n{exports}}})();\n'


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
