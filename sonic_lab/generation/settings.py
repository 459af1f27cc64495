"""What a person may choose for one generation, checked before anything is loaded."""

from __future__ import annotations

import math
import secrets
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import ParameterError, unknown_name

MAX_SEED = 2**63 - 1
FRESH_SEEDS = 2**31  # a seed that nobody chose stays short enough to be written down


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The choices behind one generation. Every one is a keyword of `generate` and `stream`.

    Attributes
    ----------
    duration_s : how much sound, in seconds; rounded to whole frames of the codec
    seed : what the luck is drawn from; None draws a fresh seed, which the record then names
    guidance : weight of the prompt. 1 is the model's own guess; above 1, what the prompt adds is
        exaggerated (classifier-free guidance); None takes what the model was published with
    temperature : below 1 the likely becomes likelier; 0 always takes the likeliest token (greedy)
    top_k : choose among the k likeliest tokens; None, among all
    top_p : choose among the fewest tokens whose probabilities reach p; None, among all

    References
    ----------
    Ho and Salimans, Classifier-Free Diffusion Guidance, 2022; Holtzman et al., The Curious Case
    of Neural Text Degeneration, 2020 (top-p); Copet et al., Simple and Controllable Music
    Generation, 2023, section 3 (the values that MusicGen is used with).
    """

    duration_s: float = 6.0
    seed: int | None = None
    guidance: float | None = None
    temperature: float = 1.0
    top_k: int | None = 250
    top_p: float | None = None

    def __post_init__(self) -> None:
        checked = {
            "duration_s": _number("duration_s", self.duration_s),
            "seed": None if self.seed is None else _whole("seed", self.seed),
            "guidance": None if self.guidance is None else _number("guidance", self.guidance),
            "temperature": _number("temperature", self.temperature),
            "top_k": None if self.top_k is None else _whole("top_k", self.top_k),
            "top_p": None if self.top_p is None else _number("top_p", self.top_p),
        }
        if checked["seed"] is None:
            checked["seed"] = secrets.randbelow(FRESH_SEEDS)
        for name, value in checked.items():  # plain numbers, whatever NumPy's came in
            object.__setattr__(self, name, value)
        self._check_ranges()

    def _check_ranges(self) -> None:
        if not 0 < self.duration_s < math.inf:
            raise ParameterError(f"duration_s={self.duration_s} must be more than 0 seconds")
        if not 0 <= (self.seed or 0) <= MAX_SEED:
            raise ParameterError(f"seed={self.seed} must lie between 0 and {MAX_SEED}")
        if self.guidance is not None and not 1 <= self.guidance <= 20:
            raise ParameterError(
                f"guidance={self.guidance} must lie between 1 (none) and 20; 3 is usual"
            )
        if not 0 <= self.temperature <= 10:
            raise ParameterError(
                f"temperature={self.temperature} must lie between 0 (always the likeliest) and 10"
            )
        if self.top_k is not None and self.top_k < 1:
            raise ParameterError(f"top_k={self.top_k} must be at least 1, or None for all tokens")
        if self.top_p is not None and not 0 < self.top_p <= 1:
            raise ParameterError(f"top_p={self.top_p} must lie above 0 and up to 1, or be None")

    @classmethod
    def of(cls, choices: dict[str, Any]) -> Settings:
        """Build settings from keywords, or say which of them does not exist."""
        names = [field.name for field in fields(cls)]
        for name in choices:
            if name not in names:
                raise unknown_name("setting", name, names)
        return cls(**choices)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain values, for a record."""
        return asdict(self)


def check_prompt(prompt: Any) -> str:
    """Return the prompt without blanks around it, or say what is wrong with it.

    >>> check_prompt("  slow sad piano ")
    'slow sad piano'
    """
    if not isinstance(prompt, str):
        raise ParameterError(f"prompt={prompt!r:.60} must be text, such as 'slow sad piano melody'")
    if not (text := prompt.strip()):
        raise ParameterError(
            f"prompt={prompt!r:.60} says nothing: write what you want to hear, "
            "such as 'slow sad piano melody'"
        )
    return text


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, (bool, str, bytes)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError) as error:
        raise ParameterError(f"{name}={value!r:.60} must be a number") from error
    if math.isnan(number):
        raise ParameterError(f"{name}={value!r} must be a number")
    return number


def _whole(name: str, value: Any) -> int:
    try:
        if isinstance(value, bool):
            raise TypeError
        return value.__index__()
    except (AttributeError, TypeError) as error:
        raise ParameterError(f"{name}={value!r:.60} must be a whole number") from error
