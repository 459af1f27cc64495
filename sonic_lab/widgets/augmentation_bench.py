"""AugmentationBench: build a policy from cards, and hear and see what it makes of a sound."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

import numpy as np
from traitlets import Bool, Bytes, Dict, Float, Int, List, Unicode, observe, validate

from .. import clips
from ..audio import for_playback
from ..augment import LABELS, Draw, Pipeline, Record, Transform, article
from ..errors import ParameterError, SonicLabError
from ..features import envelope, picture
from ..features.picture import FLOOR_DB
from ..plots import Still, colour_table, spectrograms
from . import policy_code
from .instrument import Instrument, SettingError, checked, front_end, one_of, setting, within
from .packing import pack_picture
from .policy_cards import MAX_CARDS, card_of, check_cards, choices, transform_of
from .sound_input import MAX_UPLOAD_BYTES, MIN_SAMPLES, Sound, Upload, bundled, from_array

DRAWS = 5
_DIALECTS = ("audiomentations", "sonic_lab")
_REST_S = 0.2  # a slider that still moves should not wait for sounds that nobody hears yet
_MAX_ROWS, _MAX_COLUMNS = 256, 640

Stage = tuple[Draw, np.ndarray]


class AugmentationBench(Instrument):
    """A policy of cards, the sound before and after it, and four more draws from the same luck.

    Parameters
    ----------
    y : float array, shape (n,) or (c, n), of at most 120 s; None begins with a bundled clip
    sr : Hz, needed with `y`
    policy : transforms of `sonic_lab.augment` to begin with; None begins with the article's
    **settings : any of `AugmentationBench.settings()`

    Raises
    ------
    AudioError, ParameterError, UnknownNameError
        The sound, a transform or a setting is not usable.

    Examples
    --------
    >>> from sonic_lab.augment import Gain
    >>> bench = AugmentationBench(np.ones(8000) / 4, sr=8000, policy=[Gain(gain_db=-6, p=1)])
    >>> str(bench.record)
    'Gain: gain_db=-6'
    """

    _esm = front_end("sound.js", "parts.js", "versions.js", "pane.js", "augmentation_bench.js")
    _css = front_end("instrument.css", "augmentation_bench.css")

    cards = setting(List(Dict(), help="Transforms in order: name, settings, p, and on or off."))
    seed = setting(Int(0, help="Luck of the first draw; the others count on from it."))
    draw = setting(Int(0, help="Which of the five draws is shown, 0 to 4."))
    heard = setting(Unicode("after", help="What is heard: before, or after."))
    level_matched = setting(Bool(True, help="Play every draw as loud as the sound before."))
    keeps = setting(Unicode("", help="A label that must stay true; empty for none."))
    dialect = setting(Unicode("audiomentations", help="Whose words the code is in."))
    clip = setting(Unicode("", help="Bundled clip that is augmented; empty for your own sound."))
    volume = setting(Float(0.7, help="Volume of playing, 0 to 1."))
    loop = setting(Bool(True, help="Play again and again."))
    db_range = setting(Float(80.0, help="How far below the loudest colours reach, dB: 20-120."))

    verdict = Dict(help="Whether the label that must stay true does, and why not.").tag(sync=True)
    drawn = List(List(Unicode()), help="What each draw did, a line for each card.").tag(sync=True)
    pending = List(Int(), help="Draws that are being computed anew.").tag(sync=True)
    code = Unicode("", help="Python for the same policy.").tag(sync=True)
    description = Unicode("", help="What is shown, in words.").tag(sync=True)
    options = Dict(help="What the menus offer, and the limits.").tag(sync=True)
    _before = Dict().tag(sync=True)
    _draw_0 = Dict().tag(sync=True)  # each by itself, so that one can be sent without the others
    _draw_1 = Dict().tag(sync=True)
    _draw_2 = Dict().tag(sync=True)
    _draw_3 = Dict().tag(sync=True)
    _draw_4 = Dict().tag(sync=True)
    _picture_before = Dict().tag(sync=True)
    _picture_after = Dict().tag(sync=True)
    _colours = Bytes().tag(sync=True)

    _check_seed = checked("seed", by=within(0, 2**53))
    _check_draw = checked("draw", by=within(0, DRAWS - 1))
    _check_heard = checked("heard", by=one_of("before", "after"))
    _check_keeps = checked("keeps", by=one_of("", *LABELS))
    _check_dialect = checked("dialect", by=one_of(*_DIALECTS))
    _check_clip = checked("clip", by=one_of("", *clips.names()))
    _check_volume = checked("volume", by=within(0, 1))
    _check_range = checked("db_range", by=within(20, 120))

    @validate("cards")
    def _check_cards(self, proposal: Any) -> list[dict[str, Any]]:
        try:
            cards = check_cards(proposal["value"], name="cards")
            if self._held is not None:  # part of a range may make no sense at this rate
                Pipeline(transform_of(card) for card in cards).check_at(self._held.sr)
        except SonicLabError as error:
            raise SettingError(str(error)) from error
        return cards

    def __init__(
        self,
        y: Any = None,
        *,
        sr: Any = None,
        policy: Iterable[Transform] | None = None,
        **settings: Any,
    ) -> None:
        sound = _first_sound(y, sr, settings)
        self._held: Sound | None = None
        self._upload = Upload()
        self._stages: dict[int, list[Stage]] = {}
        self._before_image: dict[int, Any] = {}  # by how many samples it is padded to
        self._waiting: asyncio.Task[None] | None = None
        if "cards" not in settings:
            settings["cards"] = _cards(article() if policy is None else policy)
        elif policy is not None:
            raise ParameterError("give either policy or cards, not both")
        super().__init__(**settings)
        with self.hold_sync():
            self._colours = colour_table("magma")
            self._hold(sound)

    @property
    def policy(self) -> Pipeline:
        """The policy as it stands; a card that is off never runs, and keeps its place."""
        return Pipeline(transform_of(card) for card in self.cards)

    @property
    def record(self) -> Record:
        """What the draw that is shown did."""
        return self._result(self.draw)[1]

    def sounds(self) -> dict[str, np.ndarray]:
        """Return the sound before, and after as the draw that is shown made it."""
        return {"before": self._sound().y, "after": self._result(self.draw)[0]}

    def draws(self) -> list[tuple[np.ndarray, Record]]:
        """Return all five draws, each with what was done."""
        return [self._result(i) for i in range(DRAWS)]

    def load(self, y: Any, *, sr: Any) -> None:
        """Augment another sound, by the policy as it is."""
        sound = from_array(y, sr=sr)
        with self.hold_sync():
            self._hold(sound)
            self.clip = ""

    def snapshot(self) -> Still:
        """Return the spectrograms before and after as a still figure with alt text."""
        images = {"before": self._image("before"), "after": self._image("after")}
        still = spectrograms(images, db_range=self.db_range)
        return Still(still.figure, self.description)

    # What a change sets going.

    @observe("cards")
    def _on_cards_change(self, _: Any) -> None:
        self._augment()

    @observe("seed")
    def _on_seed_change(self, _: Any) -> None:
        self._stages = {}
        self._augment()

    @observe("draw")
    def _on_draw_change(self, _: Any) -> None:
        if self._held is not None:
            with self.hold_sync():
                self._show()

    @observe("level_matched")
    def _on_level_change(self, _: Any) -> None:
        self._augment()

    @observe("keeps")
    def _on_keeps_change(self, _: Any) -> None:
        self._judge()

    @observe("dialect")
    def _on_dialect_change(self, _: Any) -> None:
        if self._held is not None:
            self._tell()

    @observe("clip")
    def _on_clip_change(self, change: Any) -> None:
        if change["new"] and self._held is not None:
            with self.hold_sync():
                self._hold(bundled(change["new"]))

    def _on_upload(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        sound = self._upload.add(content, buffers)
        if sound is not None:
            with self.hold_sync():
                self._hold(sound)
                self.clip = ""

    def _hold(self, sound: Sound) -> None:
        self.policy.check_at(sound.sr)  # refuse it before it stays
        self._held, self._stages, self._before_image = sound, {}, {}
        self.options = {
            "clips": list(clips.names()),
            "transforms": choices(sound.sr),
            "labels": LABELS,
            "dialects": list(_DIALECTS),
            "draws": DRAWS,
            "max_cards": MAX_CARDS,
            "max_upload_bytes": MAX_UPLOAD_BYTES,
            "floor_db": FLOOR_DB,
        }
        self._before = self._packed(sound.y)
        self._augment()

    def _augment(self) -> None:
        """Make the draw that is shown anew now, and the others when there is time."""
        if self._held is None:
            return
        with self.hold_sync():
            self.pending = [i for i in range(DRAWS) if i != self.draw]
            self._note(self.draw)
            self._show()
            self._judge()
        self._hear(self.draw)  # in a message of its own: the picture need not wait for the sound
        if self._waiting is not None:
            self._waiting.cancel()
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no page waits for an answer
            self._waiting = None
            self._hear_others()
        else:
            self._waiting = loop.create_task(self._hear_others_slowly())

    def _hear_others(self) -> None:
        while self.pending:
            self._hear(self.pending[0])

    async def _hear_others_slowly(self) -> None:
        await asyncio.sleep(_REST_S)
        try:
            while self.pending:
                self._hear(self.pending[0])
                await asyncio.sleep(0)  # let the page speak: move a slider, play, choose
        except SonicLabError as error:
            self.pending, self.error = [], str(error)

    def _hear(self, i: int) -> None:
        """Make a draw and send it to the page."""
        y, _ = self._result(i)
        with self.hold_sync():
            self._note(i)
            setattr(self, f"_draw_{i}", self._packed(y, at_most_db=self._before["gain_db"]))
            self.pending = [other for other in self.pending if other != i]

    def _note(self, i: int) -> None:
        """Say what a draw did, a line for each card."""
        _, record = self._result(i)
        lines = [*self.drawn, *([] for _ in range(DRAWS - len(self.drawn)))]
        lines[i] = [str(draw).partition(": ")[2] or "applied" for draw in record.draws]
        self.drawn = lines

    def _show(self) -> None:
        """Draw the pictures on one axis of time, as long as the longer sound."""
        if self.draw in self.pending:
            self._hear(self.draw)
        for name, y in self.sounds().items():
            low, high = envelope(_padded(self._levelled(y), self._axis()))
            outline = {"low": low.tobytes(), "high": high.tobytes()}
            setattr(self, f"_picture_{name}", {**pack_picture(self._image(name)), **outline})
        self._tell()

    def _judge(self) -> None:
        if not self.keeps:
            self.verdict = {}
            return
        try:
            self.policy.check(self.keeps)
        except ParameterError as error:
            self.verdict = {"keeps": False, "words": str(error)}
        else:
            words = f"{self.keeps} ({LABELS[self.keeps]}) stays true."
            self.verdict = {"keeps": True, "words": words}

    def _tell(self) -> None:
        sound = self._sound()
        write = policy_code.theirs if self.dialect == "audiomentations" else policy_code.ours
        self.code = write(sound, self.cards, seed=self.seed + self.draw)
        done = "; ".join(str(draw) for draw in self.record) or "nothing, as luck would have it"
        self.description = (
            f"Spectrograms of {sound.name} before and after augmentation. Draw {self.draw + 1} of "
            f"{DRAWS}, rng {self.seed + self.draw}: {done}."
        )

    def _result(self, i: int) -> tuple[np.ndarray, Record]:
        """Run a draw, from the first card on whose outcome is another than it was."""
        sound, policy = self._sound(), self.policy
        known = self._stages.get(i, [])
        stages: list[Stage] = []
        y = sound.y
        for transform, luck in zip(policy, policy.lots(self.seed + i), strict=True):
            assert isinstance(transform, Transform)  # cards are of ours alone
            draw = transform.decide(luck)
            if len(stages) < len(known) and known[len(stages)][0] == draw:
                y = known[len(stages)][1]
            else:
                known = []
                y = transform.apply(y, sr=sound.sr, settings=draw.settings) if draw.ran else y
            stages.append((draw, y))
        self._stages[i] = stages
        return y, Record(sound.sr, tuple(draw for draw, _ in stages))

    def _packed(self, y: np.ndarray, *, at_most_db: float = 0.0) -> dict[str, Any]:
        """Pack a sound to be heard beside the one before, as loud or as it came out."""
        y, sr = self._levelled(y), self._sound().sr
        [played] = for_playback([y], sr=sr, at_most_db=at_most_db)
        low, high = envelope(y)
        return {
            "pcm": played.pcm,
            "sr": played.sr,
            "channels": played.channels,
            "gain_db": played.gain_db,
            "duration_s": y.shape[-1] / sr,
            "low": low.tobytes(),
            "high": high.tobytes(),
        }

    def _levelled(self, y: np.ndarray) -> np.ndarray:
        """Return a sound as loud as the one before, where that is asked for and can be."""
        level, aim = _rms(y), _rms(self._sound().y)
        return y * np.float32(aim / level) if self.level_matched and level > 0 and aim > 0 else y

    def _image(self, name: str) -> Any:
        y, n = self.sounds()[name], self._axis()
        if name == "before":  # it stays the same while a slider moves
            if n not in self._before_image:
                self._before_image = {n: self._picture(y, n)}
            return self._before_image[n]
        return self._picture(y, n)

    def _axis(self) -> int:
        """Return how many samples both pictures are long: as many as the longer sound."""
        return max(MIN_SAMPLES, *(y.shape[-1] for y in self.sounds().values()))

    def _picture(self, y: np.ndarray, n: int) -> Any:
        n_fft = min(2048, 2 ** int(np.log2(n)))
        return picture(
            _padded(y, n), sr=self._sound().sr, n_fft=n_fft, hop_length=n_fft // 4,
            max_rows=_MAX_ROWS, max_columns=_MAX_COLUMNS,
        )  # fmt: skip

    def _sound(self) -> Sound:
        assert self._held is not None  # the constructor holds one before it returns
        return self._held


def _padded(y: np.ndarray, n: int) -> np.ndarray:
    return np.pad(y, [(0, 0)] * (y.ndim - 1) + [(0, n - y.shape[-1])])


def _rms(y: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(y, dtype=np.float64))))


def _cards(policy: Iterable[Any]) -> list[dict[str, Any]]:
    foreign = [t for t in policy if not isinstance(t, Transform)]
    if foreign:
        raise ParameterError(
            f"{foreign[0]!r:.80} has no card: the bench takes transforms of sonic_lab.augment"
        )
    return [card_of(transform) for transform in policy]


def _first_sound(y: Any, sr: Any, settings: dict[str, Any]) -> Sound:
    if y is None:
        return bundled(settings.setdefault("clip", "guitar"))
    if sr is None:
        raise ParameterError("sr is missing: AugmentationBench(y, sr=...) needs the rate")
    if settings.get("clip"):
        raise ParameterError(f"give either y or clip={settings['clip']!r}, not both")
    return from_array(y, sr=sr)
