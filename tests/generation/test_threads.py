"""How many threads a step gets: from steps whose times we set."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
import torch

from sonic_lab import devices
from sonic_lab.generation import threads
from sonic_lab.generation.player import Player
from sonic_lab.models.training import threads as on_threads


@pytest.fixture
def four_cores(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Four cores, as far as torch and the course know; list the threads of each step that ran."""
    ran: list[int] = []
    allowed = [4]
    monkeypatch.setattr(devices, "cores", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: allowed[0])
    monkeypatch.setattr(torch, "set_num_threads", lambda n: allowed.__setitem__(0, n))
    return ran


def stepping(
    ran: list[int], seconds: dict[int, float], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], None]:
    """Return a step that takes as long on each number of threads as a false clock says."""
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def step() -> None:
        n = torch.get_num_threads()
        ran.append(n)
        clock[0] += seconds[n]

    return step


def test_takes_the_fastest(four_cores: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    step = stepping(four_cores, {1: 0.06, 2: 0.03, 4: 0.04}, monkeypatch)
    assert threads.quickest(step) == 2
    assert set(four_cores) == {1, 2, 4}
    assert torch.get_num_threads() == 4  # as before


def test_more_threads_must_be_worth_it(
    four_cores: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = stepping(four_cores, {1: 0.06, 2: 0.056, 4: 0.055}, monkeypatch)
    assert threads.quickest(step) == 1


def test_what_is_quick_enough_on_one_thread_stays_there(
    four_cores: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = stepping(four_cores, {1: 0.004, 2: 0.002, 4: 0.001}, monkeypatch)
    assert threads.quickest(step, enough_s=0.005) == 1
    assert set(four_cores) == {1}


def test_the_fewest_that_are_quick_enough_are_taken(
    four_cores: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = stepping(four_cores, {1: 0.008, 2: 0.004, 4: 0.002}, monkeypatch)
    assert threads.quickest(step, enough_s=0.005) == 2


def test_never_takes_more_than_torch_was_given(
    four_cores: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = stepping(four_cores, {1: 0.06, 2: 0.03, 4: 0.015}, monkeypatch)
    with on_threads(2):
        assert threads.quickest(step) == 2
    with on_threads(1):
        assert threads.quickest(step) == 1


def test_one_lucky_step_does_not_decide(
    four_cores: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [0.0]
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def step() -> None:  # on two threads it is fast once, and mostly waits for others
        n = torch.get_num_threads()
        four_cores.append(n)
        lucky = four_cores.count(2) == 3
        clock[0] += 0.06 if n == 1 else 0.02 if lucky else 0.4

    assert threads.quickest(step) == 1


@pytest.mark.parametrize(
    ("device", "one_s", "expected"), [("cpu", 0.009, 1), ("cpu", 0.012, 4), ("cuda", 0.012, 1)]
)
def test_a_player_stays_on_one_thread_where_that_is_twice_real_time(
    device: str,
    one_s: float,
    expected: int,
    four_cores: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    step = stepping(four_cores, {1: one_s, 2: one_s / 1.05, 4: one_s / 3}, monkeypatch)
    player = SimpleNamespace(device=torch.device(device), frame_rate=50)
    assert Player.quickest_threads(player, step) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("cores", range(1, 20))
def test_candidates_rise_from_one_to_all(cores: int) -> None:
    found = threads.candidates(cores)
    assert found[0] == 1
    assert found[-1] == cores
    assert found == sorted(set(found))
