import pytest

from release_actions.errors import ManifestError
from release_actions.manifests import yarn_lock

_HEAD = "__metadata:\n  version: 8\n\n"


def sites(text: str) -> list[tuple[str | None, str, str | None]]:
    data = text.encode()
    found = yarn_lock.read("js/yarn.lock", data).dependencies
    assert all(data[site.token.start : site.token.end].decode() == site.text for site in found)
    return [(site.package, site.text, site.owner) for site in found]


def test_entries_of_workspaces_name_what_is_asked_of_them_and_what_they_ask() -> None:
    entry = (
        '"a@npm:^1.2.3, a@workspace:*, a@workspace:p/a":\n  version: 0.0.0-use.local\n  resolution: "a@workspace:p/a"\n'
        '  dependencies:\n    b: "npm:1.2.3"\n    c: "workspace:~1.2.3"\n    d: "npm:latest"\n    e: "file:../e"\n'
    )
    assert sites(_HEAD + entry) == [("a", "^1.2.3", None), ("b", "1.2.3", "js/p/a/package.json"), ("c", "~1.2.3", "js/p/a/package.json")]


def test_entries_of_a_registry_keep_the_same_numbers() -> None:
    entry = '"@a/b@npm:1.2.3":\n  version: 1.2.3\n  resolution: "@a/b@npm:1.2.3"\n  dependencies:\n    "@a/c": "npm:1.2.3"\n'
    assert sites(_HEAD + entry) == []


def test_the_first_yarn_knew_no_workspaces() -> None:
    assert sites('# yarn lockfile v1\n\n"@a/b@^1.2.3":\n  version "1.2.3"\n') == []


def test_a_broken_lock_file_is_an_error() -> None:
    with pytest.raises(ManifestError, match=r"js/yarn\.lock"):
        sites(_HEAD + "<<<<<<< ours\na: b: c\n")
