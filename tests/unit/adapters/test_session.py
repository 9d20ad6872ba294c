import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from release_actions.adapters.session import Session
from release_actions.errors import ToolError

#: Answers in the reverse order of every two requests; ends, or says nothing more, when it is told to.
CHILD = """
import json, sys
print(json.dumps({"id": 0}), flush=True)
held = []
for line in sys.stdin:
    request = json.loads(line)
    if request["verb"] == "end":
        sys.exit(3)
    if request["verb"] == "echo":
        held.append(request)
    if len(held) == 2:
        for one in reversed(held):
            print(json.dumps({"id": one["id"], "said": one["word"]}), flush=True)
        held.clear()
"""


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    made = Session([sys.executable, "-c", CHILD], folder=tmp_path, keep=(), timeout=30)
    yield made
    made.end()


def test_each_gets_the_answer_to_its_own_question_whatever_the_order(session: Session) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda word: session.ask({"verb": "echo", "word": word})["said"], range(8)))
    assert answers == list(range(8))


def test_whoever_waits_is_told_that_the_child_has_ended(session: Session) -> None:
    for _ in range(2):
        with pytest.raises(ToolError) as caught:
            session.ask({"verb": "end"})
        assert caught.value.findings[0].rule == "tool-failed"


def test_a_question_without_an_answer_is_given_up(tmp_path: Path) -> None:
    session = Session([sys.executable, "-c", CHILD], folder=tmp_path, keep=(), timeout=5)
    with pytest.raises(ToolError) as caught:
        session.ask({"verb": "ignore"})
    assert caught.value.findings[0].rule == "tool-timeout"
    session.end()


def test_a_child_that_does_not_start_is_told_at_once(tmp_path: Path) -> None:
    for command in (["/no/such/command"], [sys.executable, "-c", "raise SystemExit(1)"]):
        with pytest.raises(ToolError):
            Session(command, folder=tmp_path, keep=(), timeout=30)
