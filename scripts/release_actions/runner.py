"""The seam to GitHub Actions: inputs, outputs, summary, annotations, masks, defused output. Nothing else knows of it.

Outside Actions the same entry scripts take the same names as command-line flags and print the report to the terminal.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import re
import sys
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn, TextIO

# The toolkit's `core` imports an HTTP client for OIDC, which would double an action's start; these two modules are
# what its `core` writes commands and files with.
from actions_toolkit.command import issue_command
from actions_toolkit.file_command import issue_file_command, prepare_key_value_message

from release_actions.domain import strict_json
from release_actions.domain.patience import Patience
from release_actions.domain.report import Block, Bullets, Outcome, Report, Verbatim, cut, markdown, text
from release_actions.domain.visible import lines
from release_actions.errors import Finding, InputError, ReleaseError

DONE, REFUSED, DEFECT = 0, 1, 2

#: The runner keeps ten annotations of each kind for a step, and cuts a message at 4096 characters.
_MOST_ANNOTATIONS = 10
_LONGEST_ANNOTATION = 4000
#: The runner drops a summary of more than 1 MiB whole.
_LARGEST_SUMMARY = 1024 * 1024 - 4096
#: A shorter secret would be masked wherever its characters happen to stand.
_SHORTEST_SECRET = 8

#: Where a person who does not understand a finding can read on; the repository's address is not known here.
_EXPLAINED = "Each [rule] is explained in docs/errors.md of release-actions."

#: A mask that shares its line with another thread's words would be no command, and show the secret.
_printing = threading.Lock()


def defuse(words: str) -> str:
    """`words` so that no line of them can act as a workflow command, steer a terminal or hide what it says.

    The runner reads `::command::` at the start of a line, after any white space, and `##[command]` anywhere in it
    (actions/runner, ActionCommand.cs).
    """
    if "::" not in words and "##[" not in words and words.replace("\n", "").isprintable():
        return words  # long reports are made of thousands of such lines
    return "\n".join(_defuse_line(line) for line in lines(words))


def _defuse_line(line: str) -> str:
    line = line.replace("##[", "##\\[")
    return f"| {line}" if line.lstrip().startswith("::") else line


def say(words: str) -> None:
    """Print `words`, defused, at once; to the side where the output is a JSON document."""
    _print(words, sys.stderr if wants_json() else sys.stdout)


def _print(words: str, stream: TextIO) -> None:
    try:
        with _printing:
            print(defuse(words), file=stream, flush=True)
    except BrokenPipeError:  # whoever read this has left, as `head` does; the work goes on
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def wants_json() -> bool:
    """Whether a person's program reads the outcome, by the flag `--json`."""
    return not in_actions() and "--json" in sys.argv[1:]


def in_actions() -> bool:
    """Whether a workflow runs this, rather than a person."""
    return os.environ.get("GITHUB_ACTIONS") == "true"


def pushed_tag() -> str | None:
    """The tag whose push, or whose choice in a manual run, started the workflow."""
    ref = os.environ.get("GITHUB_REF", "")
    return ref.removeprefix("refs/tags/") if ref.startswith("refs/tags/") else None


def mask(secret: str) -> None:
    """Keep `secret` out of the log from now on."""
    if in_actions() and len(secret) >= _SHORTEST_SECRET:
        with _printing:
            issue_command("add-mask", {}, secret)
            sys.stdout.flush()


class Inputs:
    """The inputs of one action, read once and typed by the caller.

    All values are text, as the runner passes them. Surrounding white space never counts. An unset input is empty.
    """

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values

    def text(self, name: str) -> str:
        """The input's text, or an empty one when it is not set."""
        return self._values.get(name, "").strip()

    def required(self, name: str) -> str:
        """The input's text. The runner does not enforce `required`, so this does (rule `input-missing`)."""
        value = self.text(name)
        if not value:
            raise InputError("input-missing", f"The input `{name}` is empty.", f"Set `{name}` under the step's `with:`.")
        return value

    def flag(self, name: str) -> bool:
        """Whether the input is `true`; anything but `true` and `false` is an error (rule `input-value`)."""
        return self.choice(name, ("true", "false")) == "true"

    def choice(self, name: str, allowed: Sequence[str]) -> str:
        """The input's text, which must be one of `allowed` (rule `input-value`)."""
        value = self.text(name)
        if value not in allowed:
            shown = ", ".join(f"`{one}`" for one in allowed if one)
            raise InputError("input-value", f"The input `{name}` is `{value[:100]}`.", f"Set it to one of {shown}.")
        return value

    def number(self, name: str, least: int = 0, most: int | None = None) -> int:
        """The input as a whole number of at least `least`, and at most `most` (rule `input-value`)."""
        value = self.text(name)
        if not re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) or not least <= int(value) <= (int(value) if most is None else most):
            bounds = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise InputError("input-value", f"The input `{name}` is `{value[:100]}`.", f"Set it to a whole number {bounds}.")
        return int(value)

    def patience(self, *, uploads: bool = False) -> Patience:
        """How long registries are waited for, from `timeout` and `retries`; and from `upload-timeout`, in actions with `uploads`."""
        timeout = self.number("timeout", 1, 3600)
        longest = self.number("upload-timeout", 1, 6 * 3600) if uploads else timeout
        return Patience(timeout, longest, self.number("retries", 0, 10))

    def items(self, name: str) -> tuple[str, ...]:
        """The input as a list, one item a line or separated by commas."""
        return tuple(item for item in (part.strip() for part in re.split(r"[\n,]", self.text(name))) if item)

    def secret(self, name: str) -> str:
        """The input's text, masked before anything else can print it; empty when it is not set."""
        value = self.text(name)
        if value:
            mask(value)
        return value


def run(action: Path, main: Callable[[Inputs], Outcome]) -> NoReturn:
    """Run `main` as the action described by the file `action`, report, and leave the process with its exit code.

    0: done, or nothing to do. 1: the user's error, or a refused release. 2: a defect of ours.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        code = finish(main(read_inputs(action)))
    except ReleaseError as error:
        code = finish(Outcome(Report(f"{_name(action)}: refused"), errors=error.findings))
    except Exception:  # noqa: BLE001 - the one place where a defect is told from a user's error
        code = _report_defect(traceback.format_exc())
    sys.stdout.flush()
    sys.exit(code)


def _name(action: Path) -> str:
    """The action's name: that of its folder, or of its entry script for the root action, which has no folder."""
    return action.parent.name if action.parent.parent.name == "actions" else Path(sys.argv[0]).stem


def read_inputs(action: Path) -> Inputs:
    """The inputs from `INPUTS`, which the action sets to `toJSON(inputs)`, or else from the command line.

    The variable is taken out of the environment, so that no child process inherits it.

    Raises:
        InputError: `INPUTS` is not what `toJSON` writes (rule `inputs-json`).
    """
    document = os.environ.pop("INPUTS", None)
    if document is None:
        return Inputs(_flags(action, sys.argv[1:]))
    try:
        values = strict_json.loads(document)
        if not isinstance(values, dict):
            raise ValueError("not an object")
    except ValueError as error:
        raise InputError(
            "inputs-json", f"INPUTS holds no JSON object ({error}).", "Call the action by `uses:`; it sets INPUTS itself."
        ) from None
    return Inputs({name: _as_text(value) for name, value in values.items()})


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value)


def _flags(action: Path, arguments: Sequence[str]) -> dict[str, str]:
    """Inputs from command-line flags; names, defaults and help are those of action.yml."""
    import yaml  # only a person's terminal pays for it

    with action.open(encoding="utf-8") as file:
        description = yaml.load(file, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe, and one is quick
    parser = _FlagParser(prog=f"launch.py {_name(action)}", description=description["description"], allow_abbrev=False)
    for name, declared in description.get("inputs", {}).items():
        default = "" if "${{" in str(declared.get("default", "")) else str(declared.get("default", ""))
        words = " ".join(declared["description"].split()).replace("%", "%%")
        if default in {"true", "false"}:
            parser.add_argument(f"--{name}", dest=name, nargs="?", const="true", default=default, help=words)
        else:
            parser.add_argument(f"--{name}", dest=name, default=default, help=words)
    parser.add_argument("--json", action="store_true", help="Print the outcome as one JSON document, and all else to the standard error.")
    values = vars(parser.parse_args(arguments))
    del values["json"]
    return values


class _FlagParser(argparse.ArgumentParser):
    """A parser whose errors are the user's: argparse would exit with 2, which here means a defect of ours."""

    def error(self, message: str) -> NoReturn:
        raise InputError("flag", f"{message[:1].upper()}{message[1:]}.", f"See `{self.prog} --help`.")


def finish(outcome: Outcome) -> int:
    """Write outputs, report and annotations; the exit code."""
    failed = bool(outcome.errors)
    if not in_actions():
        _print_report(outcome)
        return REFUSED if failed else DONE
    for name, value in outcome.outputs.items():
        set_output(name, value)
    say(text(outcome.report))
    _summarise(outcome)
    annotate("warning", outcome.warnings)
    annotate("error", outcome.errors)
    return REFUSED if failed else DONE


def set_output(name: str, value: str) -> None:
    """Set an output of the step; its delimiter is random, so that no value can set another output."""
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name):
        raise ValueError(f"{name!r} is no name for an output")
    if os.environ.get("GITHUB_OUTPUT"):
        issue_file_command("OUTPUT", prepare_key_value_message(name, _writable(value)))


def _writable(value: str) -> str:
    """`value` with a question mark for each half of a character, which no file can hold."""
    return value.encode(errors="replace").decode()


def annotate(kind: str, findings: Iterable[Finding]) -> None:
    """Show `findings` on the run's page and on the lines that they speak of. Those past the runner's limit are printed."""
    for index, finding in enumerate(findings):
        if index >= _MOST_ANNOTATIONS:
            say(f"{kind}: {finding}")
            continue
        properties: dict[str, str | int] = {"title": finding.rule}
        if finding.place:
            properties["file"] = finding.place.path
            if finding.place.line:
                properties["line"] = finding.place.line
        issue_command(kind, properties, _shortened("\n".join(lines(f"{finding.what} {finding.remedy}"))))
    sys.stdout.flush()


def _shortened(message: str) -> str:
    """`message`, cut where the runner would cut it, which counts UTF-16 code units."""
    encoded = message.encode("utf-16-le", "replace")
    kept = encoded[: 2 * _LONGEST_ANNOTATION].decode("utf-16-le", "ignore")
    return message if len(encoded) <= 2 * _LONGEST_ANNOTATION else f"{kept}…"


def _summarise(outcome: Outcome) -> None:
    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    words = cut(markdown(Report(outcome.report.title, (*_findings_blocks(outcome), *outcome.report.blocks))), _LARGEST_SUMMARY)
    with Path(path).open("a", encoding="utf-8", newline="\n") as file:
        file.write(words)


def _findings_blocks(outcome: Outcome) -> list[Block]:
    blocks: list[Block] = []
    for heading, findings in (("Errors:", outcome.errors), ("Warnings:", outcome.warnings)):
        if findings:
            blocks += [heading, *(block for finding in findings for block in _shown(finding))]
    return [*blocks, _EXPLAINED] if blocks else []


def _shown(finding: Finding) -> list[Block]:
    """The finding as an item; what a tool said in several lines stands below it as it was said."""
    what, _, said = finding.what.strip().partition("\n")
    item = Bullets((str(dataclasses.replace(finding, what=what)),))
    return [item, Verbatim(said)] if said else [item]


def _print_report(outcome: Outcome) -> None:
    if wants_json():
        document = {"exit-code": REFUSED if outcome.errors else DONE, **dataclasses.asdict(outcome)}
        _print(json.dumps(document, indent=2).replace("##[", "##\\u005b"), sys.stdout)  # so that there is nothing to defuse
        return
    say(text(outcome.report))
    for name, value in outcome.outputs.items():
        say(f"{name}={value}")
    for kind, findings in (("warning", outcome.warnings), ("error", outcome.errors)):
        for finding in findings:
            _print(f"{kind}: {finding}", sys.stderr)
    if outcome.warnings or outcome.errors:
        _print(_EXPLAINED, sys.stderr)


def _report_defect(trace: str) -> int:
    """Say that the suite itself is at fault; the trace is shown whole, and defused."""
    _print(trace, sys.stderr)
    last = trace.strip().splitlines()[-1]
    finding = Finding("defect", f"release-actions failed by a fault of its own: {last}", "Please report it with the trace above.")
    if in_actions():
        annotate("error", [finding])
    else:
        _print(str(finding), sys.stderr)
    return DEFECT
