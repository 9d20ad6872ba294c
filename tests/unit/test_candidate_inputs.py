"""The inputs of the action `candidate`, as its entry script reads them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from release_actions.errors import InputError
from release_actions.runner import Inputs

TOP = Path(__file__).parents[2]
DECLARED: dict[str, dict[str, Any]] = yaml.safe_load((TOP / "actions/candidate/action.yml").read_text(encoding="utf-8"))["inputs"]
DEFAULTS = {name: "" if "${{" in str(one["default"]) else str(one["default"]) for name, one in DECLARED.items()}


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("candidate_script", TOP / "scripts" / "candidate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_defaults_are_git_flows(script: ModuleType) -> None:
    options = script.wanted(Inputs(DEFAULTS))
    assert (options.branches.stable, options.branches.development, options.branches.is_trunk) == ("master", "develop", False)
    assert (options.rules.soak_days, options.rules.cadence_days, options.rules.checks) == (7, 14, ("all",))
    assert "fix" in options.fixes.kinds
    assert "feat" not in options.fixes.kinds
    assert script.needs_github(options)


def test_without_what_only_github_knows_it_is_not_needed(script: ModuleType) -> None:
    none = dict.fromkeys(("require-checks", "blocker-label", "release-workflow"), "")
    assert not script.needs_github(script.wanted(Inputs(DEFAULTS | none)))
    assert script.needs_github(script.wanted(Inputs(DEFAULTS | none | {"merge": "pull-request"})))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stable-branch", "--upload-pack=x"),
        ("development-branch", "a b"),
        ("release-prefix", "release..-"),
        ("hotfix-prefix", "-h"),
        ("hotfix-prefix", "release-"),
        ("cut", "soon"),
        ("soak-days", "7.5"),
        ("cadence-days", "-1"),
        ("base", "huge"),
        ("merge", "rebase"),
        ("release-workflow", "../release.yml"),
        ("downstream-workflow", "release"),
        ("downstream", "acme/platform@a b"),
        ("downstream", "platform@latest"),
        ("dry-run", "yes"),
    ],
)
def test_an_input_that_says_nothing_is_an_error_that_names_it(script: ModuleType, name: str, value: str) -> None:
    with pytest.raises(InputError, match=rf"`{name}`.*input-value"):
        script.wanted(Inputs(DEFAULTS | {name: value}))
