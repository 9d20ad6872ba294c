"""The configuration file, read strictly: what it can't mean is an error that names the line.

`schemas/config.schema.json` describes the same form for editors.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

from release_actions.commands.ports.tree import Tree
from release_actions.domain.config import PATH, Config, Group, PackageSettings, Pattern
from release_actions.domain.package import Ecosystem
from release_actions.domain.version import Scheme
from release_actions.errors import ConfigError, ManifestError, Place

if TYPE_CHECKING:
    import yaml

_T = TypeVar("_T")

SCHEMA = "schemas/config.schema.json"
_OTHER_NAMES = (".github/release-actions.yaml", "release-actions.yml", "release-actions.yaml")


def load(tree: Tree) -> Config:
    """The repository's configuration; an empty one when it has none.

    Raises:
        ConfigError: the file is not YAML (rule `config-yaml`), has an unknown or doubled key (`config-key`) or a value
            of the wrong type (`config-type`), or stands where it is not read (`config-misplaced`).
    """
    data = _read(tree, PATH)
    if data is None:
        _refuse_misplaced(tree)
        return Config()
    root = _compose(data)
    if root is None:
        return Config()
    keys = _mapping(root, "the file", ("exclude", "files", "patterns", "groups", "packages"))
    return Config(
        exclude=_texts(keys.get("exclude"), "exclude"),
        files=_texts(keys.get("files"), "files"),
        patterns=tuple(_pattern(item) for item in _items(keys.get("patterns"), "patterns")),
        groups=_groups(keys["groups"]) if "groups" in keys else (),
        packages=_packages(keys["packages"]) if "packages" in keys else {},
    )


def _read(tree: Tree, path: str) -> bytes | None:
    try:
        return tree.read(path)
    except ManifestError as error:
        if error.findings[0].rule == "file-missing":
            return None
        raise


def _refuse_misplaced(tree: Tree) -> None:
    for path in _OTHER_NAMES:
        if _read(tree, path) is not None:
            raise ConfigError("config-misplaced", "The configuration is not read from here.", f"Move it to `{PATH}`.", Place(path))


def _compose(data: bytes) -> yaml.Node | None:
    import yaml  # most repositories have no configuration, and need not wait for it

    try:
        text = data.decode("utf-8-sig")
        return yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # in Python, brackets without end take minutes
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError("config-yaml", "The file is not UTF-8.", "Save it as UTF-8.", Place(PATH, line)) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise ConfigError(
            "config-yaml", f"The file is not valid YAML: {error.problem}.", "Correct the YAML near this line.", Place(PATH, line)
        ) from None
    except (yaml.YAMLError, RecursionError) as error:
        what = str(error).splitlines()[0]
        raise ConfigError("config-yaml", f"The file is not valid YAML: {what}.", "Correct the YAML.", Place(PATH)) from None


def _wrong(rule: str, node: yaml.Node, what: str, remedy: str) -> ConfigError:
    return ConfigError(rule, what, remedy, Place(PATH, node.start_mark.line + 1))


def _mapping(node: yaml.Node, name: str, allowed: tuple[str, ...] = ()) -> Mapping[str, yaml.Node]:
    """The keys and values of the mapping `node`; any key when `allowed` is empty."""
    if node.tag != "tag:yaml.org,2002:map" or not isinstance(node.value, list):
        raise _wrong("config-type", node, f"{_named(name)} is not a mapping.", f"Write `key: value` lines; see {SCHEMA}.")
    found: dict[str, yaml.Node] = {}
    for key, value in node.value:
        text = _text(key, f"a key of {name}")
        if allowed and text not in allowed:
            shown = ", ".join(f"`{one}`" for one in allowed)
            raise _wrong("config-key", key, f"`{text}` is no key of {name}.", f"Use one of {shown}.")
        if text in found:
            raise _wrong("config-key", key, f"`{text}` is given twice in {name}.", "Keep one of them.")
        found[text] = value
    return found


def _named(name: str) -> str:
    return name[:1].upper() + name[1:] if " " in name else f"`{name}`"


def _text(node: yaml.Node, name: str) -> str:
    if node.tag != "tag:yaml.org,2002:str" or not isinstance(node.value, str) or not node.value.strip():
        raise _wrong("config-type", node, f"{_named(name)} is not text.", "Write text, in quotes where YAML would read something else.")
    return node.value


def _items(node: yaml.Node | None, name: str) -> Sequence[yaml.Node]:
    if node is None:
        return ()
    if node.tag != "tag:yaml.org,2002:seq" or not isinstance(node.value, list):
        raise _wrong("config-type", node, f"`{name}` is not a list.", "Write a list, one `- item` a line.")
    return node.value


def _texts(node: yaml.Node | None, name: str) -> tuple[str, ...]:
    return tuple(_text(item, f"an item of {name}") for item in _items(node, name))


def _pattern(node: yaml.Node) -> Pattern:
    keys = _mapping(node, "an item of patterns", ("path", "pattern", "spelling"))
    for name in ("path", "pattern"):
        if name not in keys:
            raise _wrong("config-key", node, f"This item of patterns has no `{name}`.", f"Write `{name}`; see {SCHEMA}.")
    scheme = _optional(keys, "spelling", _scheme) or Scheme.SEMVER
    return Pattern(_text(keys["path"], "path"), _text(keys["pattern"], "pattern"), scheme, node.start_mark.line + 1)


def _groups(node: yaml.Node) -> tuple[Group, ...]:
    return tuple(_group(name, settings) for name, settings in _mapping(node, "groups").items())


def _group(name: str, node: yaml.Node) -> Group:
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
        raise _wrong("config-key", node, f"`{name}` is no name for a group.", "Use lower-case letters, digits and hyphens: it is in tags.")
    keys = _mapping(node, name, ("paths", "version"))
    paths = _texts(keys.get("paths"), "paths")
    if not paths:
        raise _wrong("config-key", node, f"The group `{name}` has no `paths`.", "List the files that belong to it, such as `python/*`.")
    own = _optional(keys, "version", _text) or "own"
    if own not in {"own", "patch"}:
        raise _wrong("config-type", keys["version"], f"`{own}` says nothing of a group's version.", "Write `own` or `patch`.")
    return Group(name, paths, own == "patch", node.start_mark.line + 1)


def _scheme(node: yaml.Node, name: str) -> Scheme:
    text = _text(node, name)
    if text not in set(Scheme):
        shown = ", ".join(f"`{one}`" for one in Scheme)
        raise _wrong("config-type", node, f"`{text}` is no spelling.", f"Use one of {shown}.")
    return Scheme(text)


def _truth(node: yaml.Node, name: str) -> bool:
    if node.tag != "tag:yaml.org,2002:bool" or node.value not in {"true", "false"}:
        raise _wrong("config-type", node, f"`{name}` is neither `true` nor `false`.", "Write `true` or `false`.")
    return bool(node.value == "true")


def _address(node: yaml.Node, name: str) -> str:
    text = _text(node, name)
    if not text.startswith(("https://", "http://")):
        raise _wrong("config-type", node, f"`{name}` is no address.", "Write it with `https://`.")
    return text


def _packages(node: yaml.Node) -> Mapping[tuple[Ecosystem, str], PackageSettings]:
    ecosystems = _mapping(node, "packages", tuple(Ecosystem))
    return {
        (Ecosystem(ecosystem), package): _settings(settings, package)
        for ecosystem, packages in ecosystems.items()
        for package, settings in _mapping(packages, ecosystem).items()
    }


def _settings(node: yaml.Node, package: str) -> PackageSettings:
    keys = _mapping(node, package, ("private", "registry", "smoke"))
    return PackageSettings(_optional(keys, "private", _truth), _optional(keys, "registry", _address), _optional(keys, "smoke", _text))


def _optional(keys: Mapping[str, yaml.Node], name: str, read: Callable[[yaml.Node, str], _T]) -> _T | None:
    return read(keys[name], name) if name in keys else None
