"""Every action.yml agrees with its entry script, its short path and the rules that keep users safe."""

import ast
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests import generate, reference

from release_actions.domain.patience import Patience

TOP = Path(__file__).parents[2]
ACTIONS = sorted([*TOP.glob("actions/*/action.yml"), *TOP.glob("action.yml")])
PAGE = re.compile(r"^\| \[[^]]+\]\(([^)]+)\)", re.MULTILINE)
READERS = {"text", "required", "flag", "choice", "number", "items", "secret"}
#: What `Inputs.patience` reads, without and with `uploads=True`.
PATIENCE = (("timeout", "retries"), ("timeout", "upload-timeout", "retries"))


def name_of(action: Path) -> str:
    return "release" if action.parent == TOP else action.parent.name


def description(action: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(action.read_text(encoding="utf-8"))
    return loaded


def inputs_read(source: str) -> set[str]:
    """The names of the inputs that an entry script reads."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    patient = {name for call in calls if ast.unparse(call.func) == "inputs.patience" for name in PATIENCE[bool(call.keywords)]}
    return patient | {
        call.args[0].value
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in READERS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "inputs"
        and call.args
        and isinstance(call.args[0], ast.Constant)
        and isinstance(call.args[0].value, str)
    }


def offences(document: dict[str, Any], name: str) -> list[str]:
    """What in an action's description would break users, or endanger them."""
    found = []
    for step in document["runs"]["steps"]:
        found += [f"`{key}` missing" for key in ("shell", "run") if key not in step]
        if "${{" in step.get("run", ""):
            found.append("an expression inside `run` is a script injection")
        if step.get("env", {}).get("INPUTS") != "${{ toJSON(inputs) }}":
            found.append("INPUTS does not hold all inputs")
        if not re.search(
            rf'python3 -I -S -X utf8 "\$GITHUB_ACTION_PATH(/\.\.){{0,2}}/scripts/launch\.py" {name}$', step.get("run", "").strip()
        ):
            found.append("the step does not launch the script of its name")
    for kind in ("inputs", "outputs"):
        for key, declared in (document.get(kind) or {}).items():
            if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", key):
                found.append(f"`{key}` is not in kebab case")
            if not str(declared.get("description", "")).strip():
                found.append(f"`{key}` has no description")
            if kind == "outputs" and declared.get("value") != f"${{{{ steps.{name}.outputs.{key} }}}}":
                found.append(f"`{key}` is not the output of the step")
    return found


@pytest.mark.parametrize("action", ACTIONS, ids=name_of)
def test_an_action_is_safe_and_complete(action: Path) -> None:
    assert offences(description(action), name_of(action)) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda step: step.pop("shell"), "`shell` missing"),
        (lambda step: step.update(run="echo ${{ inputs.tag }}"), "script injection"),
        (lambda step: step.update(env={}), "INPUTS"),
        (lambda step: step.update(run="python3 other.py"), "launch"),
    ],
)
def test_a_dangerous_action_is_found(change: Any, words: str) -> None:
    document = description(TOP / "actions/tag/action.yml")
    change(document["runs"]["steps"][0])
    assert words in "; ".join(offences(document, "tag"))


@pytest.mark.parametrize("action", ACTIONS, ids=name_of)
def test_inputs_are_those_that_the_script_reads(action: Path) -> None:
    script = TOP / "scripts" / f"{name_of(action)}.py"
    assert inputs_read(script.read_text(encoding="utf-8")) == set(description(action).get("inputs") or {})


def test_an_input_that_nobody_reads_is_found() -> None:
    assert inputs_read('inputs.flag("check")\ninputs.text("version")\nother.text("no")\ninputs.text(name)') == {"check", "version"}


def test_how_patient_the_actions_are_by_default_is_what_their_code_is_tested_with() -> None:
    usual = Patience()
    defaults = {"timeout": usual.timeout, "upload-timeout": usual.upload_timeout, "retries": usual.retries}
    found = [
        {key: float(value["default"]) for key, value in description(action)["inputs"].items() if key in defaults} for action in ACTIONS
    ]
    assert sum(bool(one) for one in found) == 5
    assert all(one.items() <= defaults.items() for one in found)


def meanings(action: Path) -> dict[str, tuple[Any, str]]:
    declared = description(action).get("inputs") or {}
    return {key: (value.get("default"), " ".join(value["description"].split())) for key, value in declared.items()}


def test_an_input_of_the_root_action_means_what_it_means_in_its_parts() -> None:
    root = meanings(TOP / "action.yml")
    parts = [meanings(TOP / "actions" / name / "action.yml") for name in ("tag", "build", "publish")]
    shared = {key for key in root if any(key in part for part in parts)}
    assert shared
    for key in shared:
        assert root[key] in [part[key] for part in parts if key in part], key


def test_what_is_generated_is_up_to_date() -> None:
    for path, text in generate.wanted().items():
        assert path.exists(), f"{path} is missing; run python3 tests/generate.py"
        assert path.read_text(encoding="utf-8") == text, f"{path} has drifted; run python3 tests/generate.py"


def test_a_short_path_reaches_the_scripts() -> None:
    for path in generate.wanted():
        if path.name == "action.yml":
            (line,) = [line for line in path.read_text(encoding="utf-8").splitlines() if "launch.py" in line]
            relative = re.search(r"\$GITHUB_ACTION_PATH/([^\"]+)", line)
            assert relative is not None
            assert path.parent.joinpath(relative.group(1)).resolve() == TOP / "scripts/launch.py"


def test_the_readme_names_every_action_and_shows_a_tested_workflow() -> None:
    readme = TOP.joinpath("README.md").read_text(encoding="utf-8")
    assert {reference.place(name_of(action)).relative_to(TOP) for action in ACTIONS} == {Path(page) for page in PAGE.findall(readme)}
    assert generate.EXAMPLE.search(readme)
    assert "uses: org/release-actions" in readme
    assert len(readme.splitlines()) <= 250


def test_every_page_is_in_the_index() -> None:
    index = TOP.joinpath("docs/README.md").read_text(encoding="utf-8")
    assert [path.name for path in TOP.glob("docs/*.md") if path.name != "README.md" and f"({path.name})" not in index] == []


def test_an_action_has_a_page_with_all_that_it_takes_and_gives() -> None:
    assert set(reference.said()) == {name_of(action) for action in ACTIONS}
    for name in reference.said():
        page = reference.page(name)
        declared = description(reference.source(name))
        assert [key for key in (*declared["inputs"], *declared["outputs"]) if f"| `{key}` |" not in page] == []
        assert f"uses: org/release-actions{'' if name == 'release' else f'/{name}'}@v1" in reference.snippet(name)


def test_a_permission_that_an_example_does_not_explain_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = reference._job("publish").replace(
        "id-token: write # to be trusted by the registries without any lasting token", "id-token: write"
    )
    monkeypatch.setattr(reference, "_job", lambda _: silent)
    with pytest.raises(LookupError, match="does not say what id-token: write"):
        reference.permissions("publish")


def test_no_symbolic_link_is_tracked() -> None:
    listed = subprocess.run(["git", "ls-files", "-s"], cwd=TOP, capture_output=True, text=True, check=True).stdout
    assert listed
    assert [line for line in listed.splitlines() if line.startswith("120000")] == []
