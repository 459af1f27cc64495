"""What a take is asked for: the words, the luck, the model."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from traitlets import Bool, Dict, Float, Int, Unicode

from ..features.picture import FLOOR_DB
from ..randomness import generator
from .instrument import Instrument, checked, one_of, setting, within
from .prompt_words import EXAMPLES, suggestions, surprise

MAX_DURATION_S = 30.0  # what MusicGen's positions were trained for
MAX_SEED = 2**53 - 1  # the largest whole number that the page's own numbers hold exactly
FRESH_SEEDS = 2**31


class Choices(Instrument):
    """The part of a studio in which a learner chooses."""

    prompt = setting(Unicode("slow sad piano melody", help="What to make, in words."))
    duration_s = setting(Float(6.0, help="How much sound, s: 0.1 to 30."))
    seed = setting(Int(0, help="What the luck is drawn from: the same seed, the same take."))
    keep_seed = setting(Bool(False, help="Use the seed again, rather than draw one for each take."))
    guidance = setting(Float(3.0, help="Weight of the prompt: 1 (none) to 20."))
    temperature = setting(
        Float(1.0, help="0 takes the likeliest token, 1 is the model's own: 0 to 4.")
    )
    top_k = setting(Int(250, help="Choose among so many of the likeliest tokens; 0 for all."))
    top_p = setting(Float(1.0, help="Choose among the fewest tokens with this probability, to 1."))
    model = setting(Unicode("tiny", help="A name from generation.models(), or a model's folder."))
    device = setting(Unicode("auto", help="Where it runs: auto, cpu or cuda."))
    folder = setting(Unicode("takes", help="Folder for saved takes, inside the working one."))
    mark_saved = setting(Bool(True, help="Mark what is saved, so that it can be traced back."))
    autoplay = setting(Bool(True, help="Play the sound while it is being made."))
    volume = setting(Float(0.7, help="Volume of playing, 0 to 1."))
    loop = setting(Bool(False, help="Play again and again."))
    db_range = setting(Float(80.0, help="How far below the loudest colours reach, dB: 20-120."))

    options = Dict(help="What the menus offer, and the limits.").tag(sync=True)

    _check_duration = checked("duration_s", by=within(0.1, MAX_DURATION_S))
    _check_seed = checked("seed", by=within(0, MAX_SEED))
    _check_guidance = checked("guidance", by=within(1, 20))
    _check_temperature = checked("temperature", by=within(0, 4))
    _check_top_k = checked("top_k", by=within(0, 65536))
    _check_top_p = checked("top_p", by=within(0.01, 1))
    _check_device = checked("device", by=one_of("auto", "cpu", "cuda"))
    _check_volume = checked("volume", by=within(0, 1))
    _check_range = checked("db_range", by=within(20, 120))
    _check_model = checked("model", by=lambda value, name: _model_name(value))

    def __init__(self, **settings: Any) -> None:
        self._rng = generator(None)
        if "seed" not in settings:
            settings["seed"] = self._fresh_seed()
        else:
            settings.setdefault("keep_seed", True)
        super().__init__(**settings)
        self.options = _options()

    def _on_dice(self, _: dict[str, Any], __: list[memoryview]) -> None:
        self.seed = self._fresh_seed()

    def _on_surprise(self, _: dict[str, Any], __: list[memoryview]) -> None:
        self.prompt = surprise(self._rng)

    def _choose_as(self, take: Any) -> None:
        """Take over the prompt and the settings of a take."""
        chosen = take.settings
        with self.hold_sync():
            self.prompt, self.seed, self.keep_seed = take.prompt, chosen.seed, True
            self.duration_s, self.temperature = chosen.duration_s, chosen.temperature
            self.top_k, self.top_p = chosen.top_k or 0, chosen.top_p or 1.0
            self.guidance = self.guidance if chosen.guidance is None else chosen.guidance

    def _choices(self) -> dict[str, Any]:
        return {
            "duration_s": self.duration_s,
            "seed": self.seed,
            "guidance": self.guidance,
            "temperature": self.temperature,
            "top_k": self.top_k or None,
            "top_p": None if self.top_p == 1 else self.top_p,
        }

    def _fresh_seed(self) -> int:
        return int(self._rng.integers(FRESH_SEEDS))


def _options() -> dict[str, Any]:
    from .. import generation as engine

    return {
        "models": [asdict(model) for model in engine.models()],
        "devices": ["auto", "cpu", "cuda"],
        "suggestions": suggestions(),
        "examples": list(EXAMPLES),
        "max_duration_s": MAX_DURATION_S,
        "floor_db": FLOOR_DB,
    }


def _model_name(value: str) -> str:
    """Accept a name that could be there; what lies behind it is said when it is loaded."""
    from ..generation.catalogue import known

    if known(value) is None:
        from ..generation.loading import check_name  # brings torch

        check_name(value)
    return value
