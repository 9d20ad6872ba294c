"""Every reader of what comes from outside, on its real inputs, on what was once worth keeping, and on a few made from them."""

import pytest
from tests.fuzz import judge, mutate
from tests.fuzz.judge import Target
from tests.fuzz.run import CORPUS
from tests.fuzz.targets import TARGETS

from release_actions.errors import RefusedError

MADE = 60


@pytest.mark.parametrize("name", TARGETS)
def test_a_reader_reads_or_refuses_whatever_it_is_given(name: str) -> None:
    target = TARGETS[name]
    given = [*target.seeds(), *(path.read_bytes() for path in sorted((CORPUS / name).glob("*")))]
    made = (mutate.mutated(given[number % len(given)], given, number) for number in range(MADE))
    for data in (*given, *made):
        failure = judge.failure(target, data)
        assert failure is None, f"{data!r}\n{failure.words}"


def test_the_corpus_is_small_and_of_targets_that_there_are() -> None:
    files = [path for path in CORPUS.rglob("*") if path.is_file()]
    assert {path.parent.name for path in files} <= set(TARGETS)
    assert sum(path.stat().st_size for path in files) < 300_000


def raising(error: BaseException) -> Target:
    def check(data: bytes) -> None:
        raise error

    return Target("raising", check, list)


def endless(data: bytes) -> None:
    while data:
        pass


@pytest.mark.parametrize(
    ("target", "place"),
    [
        (raising(KeyError("a")), "KeyError"),
        (raising(MemoryError()), "MemoryError"),
        (raising(AssertionError("a law is broken")), "AssertionError"),
        (raising(RefusedError("rule", "", "Do.")), "[rule] says too little"),
        (raising(RefusedError("rule", "x" * 9000, "Do.")), "[rule] quotes too much"),
        (Target("endless", endless, list), "SlowError"),
    ],
)
def test_a_failure_is_told_with_its_place(target: Target, place: str) -> None:
    failure = judge.failure(target, b"a")
    assert failure
    assert failure.place.startswith(place)


def test_a_refusal_is_no_failure() -> None:
    assert judge.failure(raising(RefusedError("rule", "It is wrong.", "Correct it.")), b"a") is None


def test_inputs_are_made_alike_from_one_seed_and_stay_small() -> None:
    made = [[mutate.mutated(b"[project]\nname = 'a'\n", [b"x" * 9000], seed) for seed in range(200)] for _ in range(2)]
    assert made[0] == made[1]
    assert len(set(made[0])) > 150
    assert max(map(len, made[0])) <= mutate.LARGEST
