"""The rules by which the suite refuses or warns, as its own source says them: names, words, remedies, and who can meet them.

Every rule is a literal where an error or a finding is made, or is handed as one to a function that makes it. So the
catalogue is read from the source, and there is no second place where its words stand.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tests.imports import SCRIPTS, loaded, parsed, source

ERRORS = frozenset({"Finding", "ReleaseError", "InputError", "ConfigError", "ManifestError", "RefusedError", "ToolError", "RegistryError"})
#: Where the arguments of an error stand; all of them can be given by name too.
_PARTS = ("rule", "what", "remedy")

Node = ast.FunctionDef | ast.AsyncFunctionDef
_Given = Mapping[str, ast.expr]


@dataclass(frozen=True)
class Site:
    """A place where a rule is broken: the file below `scripts`, its lines, and the words, with placeholders."""

    path: str
    first: int
    last: int
    what: str
    remedy: str


class UndeclaredError(Exception):
    """A rule that is no literal."""


@cache
def rules() -> Mapping[str, tuple[Site, ...]]:
    """All rules by name, each with its sites in the order of the source."""
    found: dict[str, list[Site]] = {}
    for path in sorted(SCRIPTS.rglob("*.py")):
        if path.name != "errors.py":
            for rule, site in sites(path.relative_to(SCRIPTS).as_posix(), parsed(path)):
                found.setdefault(rule, []).append(site)
    return {rule: tuple(sites) for rule, sites in sorted(found.items())}


def sites(name: str, tree: ast.Module) -> Iterator[tuple[str, Site]]:
    """The rules of the module, each with a place where it is broken. Raises UndeclaredError."""
    return _Module(name, tree).sites()


class _Module:
    """A module of the suite, parsed."""

    def __init__(self, name: str, tree: ast.Module) -> None:
        self.name, self.tree = name, tree
        self.functions = [node for node in ast.walk(self.tree) if isinstance(node, Node)]
        self.constants = _constants(self.tree) | {name: one for part, names in _imports(self.tree) for name, one in _offered(part, names)}

    def sites(self) -> Iterator[tuple[str, Site]]:
        """Each rule with its site. Raises UndeclaredError."""
        for call in ast.walk(self.tree):
            if isinstance(call, ast.Call) and _called(call) in ERRORS:
                maker, given = self._around(call), _arguments(call, _PARTS)
                handing = self._handing(maker) if maker else []
                if not handing:
                    yield self._site(call, given, _Words(self, maker, {}))
                for other, handed in handing:
                    words = _Words(self, self._around(other), {})
                    said = _Words(self, maker, {name: words.of(one) for name, one in handed.items()})
                    yield self._site(other, {**given, "rule": handed.get("rule", given["rule"])}, said)

    def _handing(self, maker: Node) -> list[tuple[ast.Call, _Given]]:
        """The calls within the module that hand the rule or the words to the function that makes an error of them."""
        names = [argument.arg for argument in maker.args.args if argument.arg not in {"self", "cls"}]
        if not set(names).intersection(_PARTS):
            return []
        calls = (call for call in ast.walk(self.tree) if isinstance(call, ast.Call) and _called(call) == maker.name)
        return [(call, _arguments(call, names)) for call in calls]

    def _site(self, call: ast.Call, given: _Given, words: _Words) -> tuple[str, Site]:
        rule = given["rule"]
        if not isinstance(rule, ast.Constant):
            raise UndeclaredError(f"{self.name}:{call.lineno}: the rule is no literal")
        what, remedy = (words.of(given[part]) for part in ("what", "remedy"))
        return str(rule.value), Site(self.name, call.lineno, call.end_lineno or call.lineno, what, remedy)

    def _around(self, call: ast.Call) -> Node | None:
        """The innermost function that holds `call`."""
        holding = [node for node in self.functions if node.lineno <= call.lineno <= (node.end_lineno or 0)]
        return max(holding, key=lambda node: node.lineno, default=None)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else call.func.attr if isinstance(call.func, ast.Attribute) else ""


def _arguments(call: ast.Call, names: tuple[str, ...] | list[str]) -> dict[str, ast.expr]:
    named = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    return dict(zip(names, call.args, strict=False)) | named


class _Words:
    """The text that an expression makes, as far as the source says it; the rest are placeholders such as ‹name›."""

    def __init__(self, module: _Module, around: Node | None, handed: Mapping[str, str]) -> None:
        self._module = module
        self._locals = _assigned(list(ast.walk(around))) if around else {}
        self._handed = handed

    def of(self, node: ast.expr) -> str:
        """What `node` says, on one line."""
        said = re.sub(r"(‹[^›]*›)\1+", r"\1", self._text(node, quoted=False))
        return re.sub(r"[ \n]+", " ", said).strip()

    def _text(self, node: ast.expr, *, quoted: bool = True) -> str:
        """What `node` says; `quoted` tells that this becomes a part of other words."""
        match node:
            case ast.Constant(value):
                return str(value)
            case ast.JoinedStr(values):
                return "".join(map(self._text, values))
            case ast.FormattedValue(value):
                return self._text(value)
            case ast.BinOp(left, ast.Add(), right):
                return self._text(left) + self._text(right)
            case ast.BinOp(ast.Constant(str(plural)), ast.Mult()):
                return f"({plural})"
            case ast.IfExp(_, body, orelse) if not quoted or all(map(_says, (body, orelse))):
                return " / ".join(filter(None, (self._text(one, quoted=quoted) for one in (body, orelse))))
            case ast.Name(name):
                return self._named(node, name, quoted=quoted)
            case ast.Call() if not quoted:
                return self._made(node)
        return self._constant(ast.unparse(node)) or f"‹{_noun(node)}›"

    def _named(self, node: ast.expr, name: str, *, quoted: bool) -> str:
        """What a name stands for: what was handed under it, or what it was last set to."""
        if name in self._handed:
            return self._handed[name]
        before = [value for value in self._locals.get(name, ()) if value.lineno <= node.lineno]
        latest = max(before, key=lambda value: value.lineno, default=None)
        if latest and (not quoted or _says(latest)):
            return self._text(latest, quoted=quoted)
        return (self._constant(name) if name not in self._locals else "") or f"‹{_noun(node)}›"

    def _constant(self, name: str) -> str:
        return self._text(self._module.constants[name]) if name in self._module.constants else ""

    def _made(self, call: ast.Call) -> str:
        """What a function of the module that consists of one statement makes of its arguments."""
        if isinstance(call.func, ast.Attribute) and call.func.attr == "rstrip":
            return self._text(call.func.value)
        function = next((one for one in self._module.functions if one.name == _called(call) and len(one.body) == 1), None)
        if function is None or not isinstance(returned := function.body[0], ast.Return) or returned.value is None:
            return f"‹{_noun(call)}›"
        handed = zip(function.args.args, call.args, strict=False)
        return _Words(self._module, function, {given.arg: self.of(argument) for given, argument in handed}).of(returned.value)


def _assigned(nodes: list[ast.stmt] | list[ast.AST]) -> dict[str, list[ast.expr]]:
    """What each name is set to by a plain assignment."""
    found: dict[str, list[ast.expr]] = {}
    for node in nodes:
        match node:
            case ast.Assign([ast.Name(name)], value):
                found.setdefault(name, []).append(value)
            case ast.Assign([ast.Tuple(names)], ast.Tuple(values)):
                for target, value in zip(names, values, strict=True):
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, []).append(value)
    return found


def _constants(tree: ast.Module) -> dict[str, ast.expr]:
    """The texts that the module sets its own names to."""
    assigned = {name: values[0] for name, values in _assigned(tree.body).items()}
    return {name: value for name, value in assigned.items() if _says(value) or isinstance(value, ast.Constant)}


def _imports(tree: ast.Module) -> Iterator[tuple[str, list[ast.alias]]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, node.names


def _offered(module: str, names: list[ast.alias]) -> Iterator[tuple[str, ast.expr]]:
    """The texts of another module of the suite, by the names under which they are imported."""
    for alias in names:
        file, name = source(f"{module}.{alias.name}"), alias.asname or alias.name
        for own, value in _constants(parsed(file)).items() if file else ():
            if own == alias.name:
                yield name, value
            elif file and file.stem == alias.name:
                yield f"{name}.{own}", value


def _says(node: ast.expr) -> bool:
    """Whether the words of the expression stand in the source."""
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _noun(node: ast.AST) -> str:
    """A word for what the expression is."""
    match node:
        case ast.Name(name):
            return name.strip("_").replace("_", " ")
        case ast.Attribute(value, "label") | ast.Starred(value):
            return _noun(value)
        case ast.Attribute(value, name):
            owner = _noun(value)
            return name.strip("_").replace("_", " ") if owner in {"self", "error", "answer"} else f"{owner}.{name.strip('_')}"
        case ast.Subscript(value):
            return _noun(value)
        case ast.Call(ast.Attribute(_, "join" | "quote" | "shown"), [argument]) | ast.Call(ast.Name(), [argument, *_]):
            return _noun(argument)
        case ast.Call(ast.Attribute(value)) | ast.BinOp(value) | ast.Await(value) | ast.FormattedValue(value):
            return _noun(value)
        case ast.IfExp(_, body) | ast.GeneratorExp(body) | ast.ListComp(body) | ast.BoolOp(_, [body, *_]):
            return _noun(body)
        case ast.JoinedStr(values):
            return next((_noun(value) for value in values if isinstance(value, ast.FormattedValue)), "…")
        case ast.Call(ast.Name(name)):
            return name.strip("_").replace("_", " ")
    return "…"


@cache
def reach() -> Mapping[str, tuple[str, ...]]:
    """The actions that load each file below `scripts`, by the names of their entry scripts."""
    entries = {path.stem: loaded(path.stem) for path in sorted(SCRIPTS.glob("*.py")) if path.stem != "launch"}
    files = {path for paths in entries.values() for path in paths}
    return {path.relative_to(SCRIPTS).as_posix(): tuple(entry for entry in entries if path in entries[entry]) for path in files}
