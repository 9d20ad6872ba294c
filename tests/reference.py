"""The pages of the actions: what action.yml declares, what docs/actions.toml says, and how an example uses it."""

from __future__ import annotations

import os.path
import re
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from tests import error_page

TOP = Path(__file__).resolve().parent.parent
_COLUMNS = {"inputs": ("Input", "Default", "Meaning"), "outputs": ("Output", "Meaning")}
_PERMISSION = re.compile(r"^ {6}(?P<right>[a-z-]+: (?:read|write))(?: # (?P<why>.*))?$", re.MULTILINE)


def said() -> dict[str, dict[str, Any]]:
    """What people say of each action, by its name; the root action is `release`."""
    return tomllib.loads((TOP / "docs/actions.toml").read_text(encoding="utf-8"))


def source(name: str) -> Path:
    """The action's description."""
    return TOP / ("action.yml" if name == "release" else f"actions/{name}/action.yml")


def place(name: str) -> Path:
    """The action's page."""
    return TOP / ("docs/release.md" if name == "release" else f"actions/{name}/README.md")


def page(name: str) -> str:
    """The text of the action's page."""
    declared: dict[str, Any] = yaml.safe_load(source(name).read_text(encoding="utf-8"))
    parts = [f"# {_title(name)}", _words(declared["description"]), *_use(name), *_rights(name)]
    for kind, columns in _COLUMNS.items():
        rows = [_row(kind, key, value) for key, value in (declared.get(kind) or {}).items()]
        parts += [f"## {kind.capitalize()}", table(columns, rows)]
    return "\n\n".join((*parts, *_failures(name), _origin(name))) + "\n"


def overview() -> str:
    """The README's table of all actions."""
    rows = []
    for name, words in said().items():
        link = f"[{'the root action' if name == 'release' else f'`{name}`'}]({place(name).relative_to(TOP).as_posix()})"
        rows.append((link, words["line"], "; ".join(f"`{right}`: {why}" for right, why in permissions(name))))
    return table(("action", "what it does", "permissions, and why"), rows)


def table(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """A table in Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, tuple("---" for _ in columns), *rows))


def permissions(name: str) -> list[tuple[str, str]]:
    """What the job of the action's example may do, and why. Raises LookupError when it does not say why."""
    found = [(match["right"], match["why"]) for match in _PERMISSION.finditer(_job(name))]
    silent = [right for right, why in found if not why]
    if silent or not found:
        raise LookupError(f"{said()[name]['example']} does not say what {', '.join(silent) or 'its permissions'} are for")
    return [(right, why.replace("|", "\\|")) for right, why in found]


def snippet(name: str) -> str:
    """The checkout and the action's own step, as the example has them."""
    head, *steps = re.split(r"(?m)^(?= {6}(?:- |# ))", _job(name).partition("    steps:\n")[2])
    assert not head.strip()
    own = next(index for index, step in enumerate(steps) if _uses(name) in step)
    shown = [steps[0], *(["      # … what the builds need: see the whole workflow\n"] if own > 1 else []), steps[own]]
    return re.sub(r"(?m)^ {6}", "", "".join(shown)).rstrip()


def _job(name: str) -> str:
    """The text of the example's job that uses the action."""
    text = (TOP / "examples/workflows" / said()[name]["example"]).read_text(encoding="utf-8")
    jobs = re.split(r"(?m)^(?= {2}[\w-]+:$)", text.partition("\njobs:\n")[2])
    return next(job for job in jobs if _uses(name) in job)


def _uses(name: str) -> str:
    return f"uses: org/release-actions{'' if name == 'release' else f'/{name}'}@v1\n"


def _title(name: str) -> str:
    return "The root action" if name == "release" else f"`{name}`"


def _link(name: str, target: str) -> str:
    """The address of a file of this repository from the action's page."""
    return Path(os.path.relpath(TOP / target, place(name).parent)).as_posix()


def _use(name: str) -> Iterator[str]:
    words = said()[name]
    yield "## Use"
    yield f"```yaml\n{snippet(name)}\n```"
    guides = [f"[{_heading(guide)}]({_link(name, f'docs/{guide}')})" for guide in words["guides"]]
    example = f"[`{words['example']}`]({_link(name, 'examples/workflows/' + words['example'])})"
    yield f"The whole workflow: {example}. More: {', '.join(guides)}."
    if words["notes"].strip():
        yield words["notes"].strip()


def _heading(guide: str) -> str:
    return (TOP / "docs" / guide).read_text(encoding="utf-8").partition("\n")[0].removeprefix("# ")


def _rights(name: str) -> Iterator[str]:
    yield "## Permissions"
    yield table(("permission", "why"), [(f"`{right}`", why) for right, why in permissions(name)])


def _failures(name: str) -> Iterator[str]:
    page = _link(name, "docs/errors.md")
    yield "## When it fails"
    yield f"Every message ends with its rule in brackets. [The page of all errors]({page}) says what each means and what to do."
    topics = error_page.of_action(name)
    yield "\n".join(
        f"- [{topic}]({page}#{error_page.anchor(topic)}): {', '.join(f'[{rule}]({page}#{rule})' for rule in rules)}"
        for topic, rules in topics.items()
    )


def _origin(name: str) -> str:
    own, words = (_link(name, path) for path in (source(name).relative_to(TOP).as_posix(), "docs/actions.toml"))
    return f"<sub>Written by `python3 tests/generate.py` from [action.yml]({own}), [docs/actions.toml]({words}) and the example.</sub>"


def _row(kind: str, key: str, declared: dict[str, Any]) -> tuple[str, ...]:
    default = str(declared.get("default") or "")
    cells = (f"`{key}`", f"`{default}`" if default else "", _words(declared["description"]))
    return cells if kind == "inputs" else (cells[0], cells[2])


def _words(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
