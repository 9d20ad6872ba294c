from __future__ import annotations

import pytest

from rehearsal.terminal import Row, Terminal
from release_actions.errors import Finding, Place


def test_a_step_says_how_it_ended(capsys: pytest.CaptureFixture[str]) -> None:
    with Terminal().step("Build") as step:
        step.say("packing")
        step.tell("6 packages")
    shown = capsys.readouterr().out
    assert "    packing\n" in shown
    assert "✓  Build" in shown
    assert "6 packages" in shown


def test_a_step_that_raises_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="no"), Terminal().step("Build"):
        raise ValueError("no")
    assert "✗  Build" in capsys.readouterr().out


def test_nothing_that_is_shown_acts_as_a_command_or_as_markup(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = "::error::x\n##[group]y\x1b[2Jz [bold]w[/bold] :smile:"
    terminal = Terminal()
    with terminal.step("Build") as step:
        step.say(hostile)
        step.tell(hostile)
    terminal.findings([Finding("rule", hostile, hostile, Place(hostile))])
    terminal.report([Row(hostile, "npm", "1.0.0", "✓ published", f"✓ {hostile}", 1.0, "= in place")])
    terminal.defect(hostile)
    captured = capsys.readouterr()
    shown = captured.out + captured.err
    assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
    assert "##[" not in shown
    assert "\x1b" not in shown
    assert "[bold]w[/bold] :smile:" in shown


def test_a_remedy_that_several_share_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    Terminal().findings([Finding("a", "First.", "Do it."), Finding("a", "Second.", "Do it."), Finding("b", "Third.", "Do it.")])
    assert capsys.readouterr().err.splitlines() == [
        "error: First.",
        "error: Second.",
        "  → Do it. [a]",
        "error: Third.",
        "  → Do it. [b]",
    ]


def test_what_a_long_command_failed_with_is_shown_and_other_long_lines_show_that_they_are_cut(capsys: pytest.CaptureFixture[str]) -> None:
    terminal = Terminal()
    terminal.say("x" * 400)
    terminal.findings([Finding("tool-failed", f"`{'x' * 400}` failed with exit code 134:\n{'y' * 5000}", f"{'z' * 400} by hand.")])
    captured = capsys.readouterr()
    assert captured.out == f"{'x' * 299}…\n"
    assert "failed with exit code 134" in captured.err
    assert "yyy…\n" in captured.err
    assert "zzz by hand. [tool-failed]" in captured.err
