"""What lock files derive from manifests: made in the way in which it was, or not at all."""

from __future__ import annotations

import json

import pytest

from release_actions.domain.version import Version
from release_actions.manifests import composer_lock, composer_stability, helm_lock, other_locks, poetry_lock, ranges

CHART = b"name: a\ndependencies:\n- {name: core, version: ~1.2.3, repository: 'file://../core'}\n"
#: Of a chart in the wild that requires what it locks, as Helm made it.
REAL_LOCK = (
    b"dependencies:\n- name: argo-cd\n  repository: https://argoproj.github.io/argo-helm\n  version: 5.41.2\n"
    b"digest: sha256:d72da44ad022b1ff188ff1d0de9197b944cd3683f1e5de75e267ae9d194db88c\n"
)


def test_the_digest_of_helm_is_that_of_a_lock_file_that_helm_made() -> None:
    (digest,) = helm_lock.read("Chart.lock", REAL_LOCK).derived
    assert digest.of == "Chart.yaml"
    assert digest.follow((REAL_LOCK, REAL_LOCK), (REAL_LOCK, REAL_LOCK)) == digest.site.text
    assert digest.follow((REAL_LOCK, REAL_LOCK), (CHART, REAL_LOCK)) != digest.site.text


@pytest.mark.parametrize(
    "chart",
    [
        b"dependencies: [&a {name: b, import-values: [*a]}]",
        b"x: &x [y]\ndependencies: [{name: b, tags: *x}]",
        b"dependencies: {a: b}",
        b"dependencies: [1, [2]]",
        b"[]",
    ],
)
def test_a_chart_of_another_shape_has_another_digest(chart: bytes) -> None:
    (digest,) = helm_lock.read("Chart.lock", REAL_LOCK).derived
    assert digest.follow((chart, REAL_LOCK), (chart, REAL_LOCK)) is None


@pytest.mark.parametrize(
    ("constraint", "minimum", "expected"),
    [
        ("^1.2.3", "stable", "[]"),
        ("1.2.3-beta.1", "stable", '{\n        "a/b": 10\n    }'),
        ("1.2.3-rc.1", "rc", '{\n        "a/b": 5\n    }'),
        (">=1.2.3-beta.1 <2", "alpha", "[]"),
        ("1.2.3-alpha.1 || 1.2.3-beta.1", "stable", '{\n        "a/b": 15\n    }'),
        ("1.2.3@beta", "dev", '{\n        "a/b": 10\n    }'),
        ("dev-main", "stable", '{\n        "a/b": 20\n    }'),
        ("1.x-dev", "stable", '{\n        "a/b": 20\n    }'),
        ("1.2.3-a", "stable", '{\n        "a/b": 15\n    }'),
    ],
)
def test_less_stable_requirements_are_flagged(constraint: str, minimum: str, expected: str) -> None:
    manifest, lock = json.dumps({"require": {"A/b": constraint}}).encode(), json.dumps({"minimum-stability": minimum}).encode()
    assert composer_stability.flags(manifest, lock) == expected


@pytest.mark.parametrize("manifest", [b'{"require": ["x"]}', b'{"require-dev": 1, "config": []}', b"{}"])
def test_a_manifest_of_another_shape_flags_nothing(manifest: bytes) -> None:
    assert composer_stability.flags_of_composer_2_8(manifest, b"{}") == "{}"


@pytest.mark.parametrize("options", ['"text"', "[1]", "5"])
def test_a_reference_with_unknown_options_does_not_follow(options: str) -> None:
    package = f'{{"name": "a/b", "dist": {{"type": "path", "url": "b", "reference": "0"}}, "transport-options": {options}}}'
    (reference,) = composer_lock.read("composer.lock", f'{{"packages": [1, {package}]}}'.encode()).derived
    assert reference.of == "b/composer.json"
    assert reference.follow((b"{}", b""), (b"{}", b"")) is None


@pytest.mark.parametrize("reference", ["null", ""])
def test_a_package_without_a_reference_has_nothing_to_follow(reference: str) -> None:
    dist = '"type": "path", "url": "b"' + (f', "reference": {reference}' if reference else "")
    assert composer_lock.read("composer.lock", f'{{"packages": [{{"name": "a/b", "dist": {{{dist}}}}}]}}'.encode()).derived == ()


def test_what_poetry_wrote_before_it_hashed_groups_follows_in_that_way() -> None:
    manifest = b'[project]\ndependencies = ["b>=1.2.3"]\n[dependency-groups]\ndev = ["c"]\n'
    without = manifest.partition(b"[dependency-groups]")[0]
    lock = '[metadata]\ncontent-hash = "%s"\n'
    (new,) = poetry_lock.read("poetry.lock", (lock % "0").encode()).derived
    older = new.ways[0](without, b"")
    (one,) = poetry_lock.read("poetry.lock", (lock % older).encode()).derived
    after = manifest.replace(b"1.2.3", b"2.0.0")
    assert one.follow((manifest, b""), (after, b"")) == new.ways[0](without.replace(b"1.2.3", b"2.0.0"), b"")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (">=1.2.3,<1.3.0", ">=2.1.0,<2.2.0"),
        (">=1.2.3rc1,<1.3.0", ">=2.1.0,<2.2.0"),
        ("==1.2.3", "==2.1.0"),
        (">=1.2.3,<3", ">=2.1.0,<3"),
        ("*", None),
    ],
)
def test_poetry_repeats_a_compatible_release_as_two_bounds(text: str, expected: str | None) -> None:
    assert ranges.poetry_locked(text, Version.parse("2.1.0")) == expected


def test_two_bounds_of_other_releases_are_bounds() -> None:
    with pytest.raises(ranges.ExcludedError):
        ranges.poetry_locked(">=1.2.3,<1.4.0", Version.parse("2.1.0"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("acme (1.2.3)", "acme"), ("ACME==1", "ACME"), ("acme-more", None), ("@x/acme", None), ("my-acme", None), ("", None)],
)
def test_a_name_counts_when_it_stands_alone(text: str, expected: str | None) -> None:
    assert other_locks.speaks_of(text.encode(), ["acme", "a.b"]) == expected
    assert other_locks.speaks_of(text.encode(), []) is None
