"""Transformers' remarks stay off the screen, and come back where nobody asked for quiet."""

from __future__ import annotations

import logging as python_logging

import pytest
from transformers.utils import logging

from sonic_lab.models import musicgen
from sonic_lab.models.quiet import quietly


class Heard(python_logging.Handler):
    """What transformers says."""

    def __init__(self) -> None:
        super().__init__()
        self.records: list[str] = []

    def emit(self, record: python_logging.LogRecord) -> None:
        self.records.append(record.getMessage())


@pytest.fixture
def heard():
    handler, level = Heard(), logging.get_verbosity()
    logging.set_verbosity_warning()
    logging.add_handler(handler)
    yield handler.records
    logging.remove_handler(handler)
    logging.set_verbosity(level)


def test_it_is_quiet_within_and_as_before_after(heard):
    bars = logging.is_progress_bar_enabled()
    speak = logging.get_logger("transformers").warning
    with quietly():
        assert not logging.is_progress_bar_enabled()
        speak("within")
    speak("after")
    assert heard == ["after"]
    assert logging.is_progress_bar_enabled() == bars


def test_an_error_passes_and_the_voice_comes_back(heard):
    with pytest.raises(ZeroDivisionError), quietly():
        _ = 1 / 0
    assert logging.get_verbosity() == logging.WARNING


def test_a_learner_who_builds_a_model_reads_no_remark_on_its_pad(heard):
    musicgen.random_model(
        musicgen.tiny_config(musicgen.MusicgenSize(width=32, layers=1, heads=2, hidden=32))
    )
    assert heard == []
