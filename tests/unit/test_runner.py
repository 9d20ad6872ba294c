import io
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from tests import actions_runner

from release_actions import runner
from release_actions.domain import visible
from release_actions.domain.patience import Patience
from release_actions.domain.report import Bullets, Outcome, Report, Table, Verbatim
from release_actions.errors import Finding, InputError, Place, RefusedError

HOSTILE = [
    "::set-output name=version::9.9.9",
    "  ::error::boo",
    "\u00a0::add-mask::the",
    "feat: a ##[error]boo",
    "pre ##[set-output name=evil;]x",
    "first\r::stop-commands::x",
    "first\n::add-mask::the",
    "first\x85::add-mask::the",
    "first\u2028::add-mask::the",
    "a\x1b[2K::error::x",
    "\x1b[2K::error::x",
    "##\x1b[0m[error]x",
    "\x9b2K::error::x",
    "#\x9b0m#[error]x",
    "x" * 10_000,
]


@pytest.fixture
def action(tmp_path: Path) -> Path:
    path = tmp_path / "greet" / "action.yml"
    path.parent.mkdir()
    path.write_text(
        "name: Greet\n"
        "description: Say 100 % hello.\n"
        "inputs:\n"
        "  whom: {description: Who is greeted., default: world}\n"
        "  loud: {description: Whether to shout., default: 'false'}\n"
        "  github-token: {description: A token., default: '${{ github.token }}'}\n"
    )
    return path


@pytest.fixture
def in_actions(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("OUTPUT", "STEP_SUMMARY"):
        tmp_path.joinpath(name).touch()
        monkeypatch.setenv(f"GITHUB_{name}", str(tmp_path / name))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    return tmp_path


@pytest.fixture
def on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY", "INPUTS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("words", HOSTILE)
def test_defused_words_hold_no_command(words: str) -> None:
    assert actions_runner.commands(runner.defuse(words)) == []


@given(st.text(alphabet=":#[]ab \t\r\n\x1b\u2028\x85\u00a0", max_size=60))
def test_no_words_hold_a_command_once_defused(words: str) -> None:
    assert actions_runner.commands(runner.defuse(words)) == []


@given(st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=200))
def test_an_output_is_read_back_whole_and_alone(words: str) -> None:
    from actions_toolkit.file_command import prepare_key_value_message

    read = actions_runner.outputs(prepare_key_value_message("note", words))
    assert read == {"note": words}


def test_outputs_can_not_be_injected(in_actions: Path) -> None:
    runner.set_output("note", "fine\nEOF\nversion=9.9.9\nversion<<EOF\n9.9.9\nEOF")
    runner.set_output("version", "1.2.3")
    read = actions_runner.outputs((in_actions / "OUTPUT").read_text())
    assert (set(read), read["version"]) == ({"note", "version"}, "1.2.3")


@pytest.mark.parametrize("name", ["", "a=b", "a<<b", "a\nb", "ä"])
def test_a_name_that_would_break_out_is_our_defect(in_actions: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no name for an output"):
        runner.set_output(name, "x")


def test_inputs_come_from_the_document_and_leave_the_environment(monkeypatch: pytest.MonkeyPatch, action: Path) -> None:
    monkeypatch.setenv("INPUTS", json.dumps({"whom": " you \n", "loud": True, "github-token": None}))
    inputs = runner.read_inputs(action)
    assert (inputs.text("whom"), inputs.flag("loud"), inputs.text("github-token")) == ("you", True, "")
    assert "INPUTS" not in os.environ


@pytest.mark.parametrize("document", ["", "[]", "{", "7", '{"a":' * 100_000])
def test_a_document_that_is_no_object_is_refused(monkeypatch: pytest.MonkeyPatch, action: Path, document: str) -> None:
    monkeypatch.setenv("INPUTS", document)
    with pytest.raises(InputError, match="inputs-json"):
        runner.read_inputs(action)


def test_flags_have_the_names_and_defaults_of_the_inputs(monkeypatch: pytest.MonkeyPatch, on_a_terminal: None, action: Path) -> None:
    monkeypatch.setattr(sys, "argv", ["greet", "--whom", "you", "--loud"])
    inputs = runner.read_inputs(action)
    assert (inputs.text("whom"), inputs.flag("loud"), inputs.text("github-token")) == ("you", True, "")
    monkeypatch.setattr(sys, "argv", ["greet"])
    inputs = runner.read_inputs(action)
    assert (inputs.text("whom"), inputs.flag("loud")) == ("world", False)


@pytest.mark.parametrize("arguments", [["--who", "you"], ["--unknown"], ["you"]])
def test_an_unknown_flag_is_an_error_that_names_it(
    monkeypatch: pytest.MonkeyPatch, on_a_terminal: None, action: Path, arguments: list[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["greet", *arguments])
    with pytest.raises(InputError, match=f"{arguments[0]}.*See `launch.py greet --help`"):
        runner.read_inputs(action)


def test_a_required_input_is_enforced() -> None:
    with pytest.raises(InputError, match=r"The input `tag` is empty\. Set `tag` under the step's `with:`"):
        runner.Inputs({"tag": "  "}).required("tag")


@pytest.mark.parametrize("value", ["yes", "True", "1", "", "true\nfalse"])
def test_a_flag_is_true_or_false(value: str) -> None:
    with pytest.raises(InputError, match="Set it to one of `true`, `false`"):
        runner.Inputs({"check": value}).flag("check")


@pytest.mark.parametrize("value", ["-1", "1.5", "", "ten", "٣", "9999999999", "2"])
def test_a_number_is_whole_and_large_enough(value: str) -> None:
    with pytest.raises(InputError, match="whole number of at least 3"):
        runner.Inputs({"wait": value}).number("wait", least=3)
    assert runner.Inputs({"wait": "30"}).number("wait", least=3) == 30


@pytest.mark.parametrize(
    ("name", "value", "bounds"),
    [
        ("timeout", "0", "from 1 to 3600"),
        ("timeout", "3601", "from 1 to 3600"),
        ("timeout", "", "from 1 to 3600"),
        ("upload-timeout", "15m", "from 1 to 21600"),
        ("retries", "11", "from 0 to 10"),
        ("retries", "-1", "from 0 to 10"),
    ],
)
def test_patience_has_bounds(name: str, value: str, bounds: str) -> None:
    given = {"timeout": "60", "upload-timeout": "900", "retries": "3"}
    with pytest.raises(InputError, match=f"The input `{name}` is `{value}`. Set it to a whole number {bounds}"):
        runner.Inputs(given | {name: value}).patience(uploads=True)


def test_patience_is_what_the_inputs_say() -> None:
    inputs = runner.Inputs({"timeout": "5", "upload-timeout": "70", "retries": "0"})
    assert inputs.patience(uploads=True) == Patience(5, 70, 0)
    assert inputs.patience() == Patience(5, 5, 0)


def test_a_list_may_use_lines_or_commas() -> None:
    assert runner.Inputs({"branches": " main,\n release/*\n\n,develop "}).items("branches") == ("main", "release/*", "develop")


def test_a_secret_is_masked_in_actions_before_it_can_be_used(in_actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert runner.Inputs({"token": "hunter2hunter2"}).secret("token") == "hunter2hunter2"
    assert actions_runner.commands(capsys.readouterr().out) == [actions_runner.Command("add-mask", (), "hunter2hunter2")]


def test_a_secret_is_not_printed_on_a_terminal(on_a_terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    runner.Inputs({"token": "hunter2hunter2"}).secret("token")
    assert capsys.readouterr().out == ""


def test_a_mask_never_shares_its_line_with_what_another_thread_says(in_actions: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow(io.StringIO):
        """A stream that gives way to others in the middle of a line."""

        def write(self, words: str, /) -> int:
            time.sleep(0.0005)
            return super().write(words)

    stream = Slow()
    monkeypatch.setattr(sys, "stdout", stream)

    def both(number: int) -> None:
        runner.mask(f"secret-number-{number}")
        runner.say(f"word {number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(both, range(40)))
    wanted = {line for number in range(40) for line in (f"::add-mask::secret-number-{number}", f"word {number}")}
    assert set(stream.getvalue().splitlines()) == wanted


def test_a_short_secret_is_not_masked_since_that_garbles_the_log(in_actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runner.Inputs({"token": "main"}).secret("token")
    assert capsys.readouterr().out == ""


def test_a_failure_still_writes_outputs_and_report(in_actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finding = Finding("tag-branch", "The tag\n::error::is 100% wrong.", "Move it.", Place("a,b:c.json", 3))
    code = runner.finish(Outcome(Report("Release <b>1</b>", ("@everyone",)), {"version": "1.2.3"}, (finding,)))
    assert code == 1
    assert actions_runner.outputs((in_actions / "OUTPUT").read_text()) == {"version": "1.2.3"}
    summary = (in_actions / "STEP_SUMMARY").read_text()
    assert "<b>" not in summary
    assert "@everyone" not in summary
    assert "tag-branch" in summary
    (command,) = actions_runner.commands(capsys.readouterr().out)
    assert command == actions_runner.Command(
        "error", (("title", "tag-branch"), ("file", "a,b:c.json"), ("line", "3")), "The tag\n::error::is 100% wrong. Move it."
    )


def test_more_findings_than_the_runner_keeps_are_printed(in_actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    runner.annotate("warning", [Finding("rule", f"{number}.", "x" * 5000) for number in range(12)])
    printed = capsys.readouterr().out
    found = actions_runner.commands(printed)
    assert len(found) == 10
    assert max(len(command.message) for command in found) < 4096
    assert "warning: 11." in printed


def test_a_summary_stays_below_the_limit(in_actions: Path) -> None:
    runner.finish(Outcome(Report("Large", tuple("ä" * 1000 for _ in range(2000)))))
    summary = (in_actions / "STEP_SUMMARY").read_bytes()
    assert len(summary) <= 1024 * 1024
    assert summary.decode().rstrip().endswith("The whole report is in the step's log.")


def test_a_summary_that_is_cut_in_a_verbatim_block_ends_the_block(in_actions: Path) -> None:
    runner.finish(Outcome(Report("Large", (Verbatim("x" * 99), Verbatim("```\n" + "line\n" * 300_000)))))
    tokens = MarkdownIt().parse((in_actions / "STEP_SUMMARY").read_text())
    assert [token.type for token in tokens[-4:]] == ["fence", "paragraph_open", "inline", "paragraph_close"]
    assert tokens[-2].content.startswith("… cut here")


DECEIT = "v1\u202e3.2\u2066 \x1b[31mred\x1b[0m \x9b2K \x00\x08 half \udcff of a character"


def test_text_that_hides_or_turns_around_is_shown_for_what_it_is(in_actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    finding = Finding("tag-grammar", DECEIT, "Look.")
    blocks = (DECEIT, Table((DECEIT, "b"), ((DECEIT, "c"),)), Bullets((DECEIT,)), Verbatim(DECEIT))
    runner.finish(Outcome(Report(DECEIT, blocks), {"note": DECEIT}, (finding,), (finding,)))
    printed, summary = capsys.readouterr().out, (in_actions / "STEP_SUMMARY").read_text()
    for shown in (printed, summary):
        assert not set(shown) & set("\u202e\u2066\x1b\x9b\x00\x08\udcff")
    assert printed.count("v1\\u202e3.2\\u2066 red") == 8
    assert actions_runner.outputs((in_actions / "OUTPUT").read_text())["note"] == DECEIT.replace("\udcff", "?")


def test_what_a_tool_said_stands_in_the_summary_as_it_was_said(in_actions: Path) -> None:
    finding = Finding("tool-failed", "`npm ci` failed:\nnpm error code E404\n  npm error 404 ``` <b>\n", "Run it by hand.", Place("a/b", 3))
    runner.finish(Outcome(Report("refused"), errors=(finding, Finding("tag-branch", "One line.", "Do."))))
    assert (in_actions / "STEP_SUMMARY").read_text() == (
        "## refused\n\nErrors:\n\n- a/b:3: \\`npm ci\\` failed: Run it by hand. \\[tool-failed\\]\n\n"
        "````\nnpm error code E404\n  npm error 404 ``` <b>\n````\n\n- One line. Do. \\[tag-branch\\]\n\n"
        "Each \\[rule\\] is explained in docs/errors.md of release-actions.\n"
    )


def test_a_cell_of_any_length_leaves_a_table_readable(in_actions: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = Table(("Name", "State"), (("x" * 9_000, "a"), ("日本語", "b"), ("e\u0301", "c"), ("plain", "d")))
    runner.finish(Outcome(Report("Wide", (table,))))
    rows = capsys.readouterr().out.splitlines()[3:]
    assert {visible.width(row) for row in rows if row} == {300 + len("  State"), 300 + len("  a")}
    assert all(len(line) < 400 for line in (in_actions / "STEP_SUMMARY").read_text().splitlines())


@pytest.mark.parametrize("char", ["x", "ä", "💥"])
def test_an_annotation_is_as_long_as_the_runner_takes_it(in_actions: Path, capsys: pytest.CaptureFixture[str], char: str) -> None:
    runner.annotate("error", [Finding("rule", char * 5_000, "Do.")])
    (command,) = actions_runner.commands(capsys.readouterr().out)
    assert 3_900 < len(command.message.encode("utf-16-le")) // 2 <= 4_096
    assert command.message.endswith(f"{char}…")


def test_a_person_is_told_where_rules_are_explained(on_a_terminal: None, capsys: pytest.CaptureFixture[str]) -> None:
    runner.finish(Outcome(Report("refused"), errors=(Finding("tag-branch", "It is.", "Do."),)))
    assert capsys.readouterr().err == "error: It is. Do. [tag-branch]\nEach [rule] is explained in docs/errors.md of release-actions.\n"
    runner.finish(Outcome(Report("done")))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("raised", "code", "words"),
    [
        (RefusedError("tag-grammar", "No.", "Do."), 1, "error: No. Do. [tag-grammar]"),
        (KeyError("::error::x"), 2, "by a fault of its own"),
        (None, 0, "fine"),
    ],
)
def test_the_exit_code_tells_a_users_error_from_our_defect(
    monkeypatch: pytest.MonkeyPatch,
    on_a_terminal: None,
    action: Path,
    capsys: pytest.CaptureFixture[str],
    raised: Exception | None,
    code: int,
    words: str,
) -> None:
    def main(inputs: runner.Inputs) -> Outcome:
        if raised:
            raise raised
        return Outcome(Report("fine"))

    monkeypatch.setattr(sys, "argv", ["greet"])
    with pytest.raises(SystemExit) as caught:
        runner.run(action, main)
    printed = capsys.readouterr()
    assert caught.value.code == code
    assert words in printed.out + printed.err
    assert actions_runner.commands(printed.out + printed.err) == []


def started(action: Path, words: str, *flags: str, code: str = "") -> list[str]:
    """The command of a program that says `words`, runs `code` and reports."""
    program = (
        "import sys; from pathlib import Path; sys.path.insert(0, sys.argv.pop(1)); from release_actions import runner\n"
        "from release_actions.domain.report import Bullets, Outcome, Report, Table\n"
        "from release_actions.errors import Finding, Place\n"
        f"def main(inputs):\n    {words}\n    {code or 'pass'}\n"
        "    blocks = ('Words.', Table(('A',), (('1',),)), Bullets(('##[x]::x::\\x1b[2K',)))\n"
        "    errors = (Finding('rule', 'What.', 'Remedy.', Place('a/b', 3)),) if inputs.flag('loud') else ()\n"
        "    return Outcome(Report('Hello', blocks), {'whom': inputs.text('whom')}, errors)\n"
        "runner.run(Path(sys.argv.pop(1)), main)\n"
    )
    scripts = Path(__file__).parents[2] / "scripts"
    return [sys.executable, "-c", program, str(scripts), str(action), *flags]


def test_the_outcome_is_one_json_document_where_a_program_reads_it(on_a_terminal: None, action: Path) -> None:
    command = started(action, "runner.say('Working')", "--json", "--whom", "you", "--loud")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "Working\n")
    assert json.loads(done.stdout) == {
        "exit-code": 1,
        "report": {"title": "Hello", "blocks": ["Words.", {"header": ["A"], "rows": [["1"]]}, {"items": ["##[x]::x::\x1b[2K"]}]},
        "outputs": {"whom": "you"},
        "errors": [{"rule": "rule", "what": "What.", "remedy": "Remedy.", "place": {"path": "a/b", "line": 3}}],
        "warnings": [],
    }
    assert "\x1b" not in done.stdout


def test_a_refusal_is_a_json_document_too(on_a_terminal: None, action: Path) -> None:
    done = subprocess.run(started(action, "pass", "--json", "--unknown"), capture_output=True, text=True, check=False)
    assert (done.returncode, json.loads(done.stdout)["errors"][0]["rule"]) == (1, "flag")
