"""GenerationStudio: ask for music in words, watch it being made token by token, and compare."""

from __future__ import annotations

import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
from traitlets import Bytes, Dict, Int, List, Unicode, observe, validate

from ..errors import ParameterError
from ..plots import Still, colour_table, composition, token_colours
from .instrument import SettingError, front_end
from .live_take import LiveTake
from .studio_choices import Choices
from .take_comparison import Comparison
from .take_files import file_stem, save_take
from .take_shelf import HeldTake, picture_of
from .take_words import code_of, describe_held, generation_code, progress_in_words, short
from .token_place import look

_ESM = (
    "sound.js", "live_sound.js", "deck.js", "parts.js", "pane.js", "versions.js",
    "token_matrix.js", "candidates.js", "studio_form.js", "take_cards.js", "compare_takes.js",
    "generation_studio.js",
)  # fmt: skip


class GenerationStudio(Choices, Comparison):
    """Words in, music out: what is being made can be watched, heard, stopped, kept and compared.

    Generating runs beside the kernel's other work, so cells and controls stay usable.

    Parameters
    ----------
    **settings : any of `GenerationStudio.settings()`

    Raises
    ------
    ParameterError, UnknownNameError
        A setting is not usable.

    Notes
    -----
    Takes are kept in memory until they fill 200 MB; then the oldest goes. A take that was saved,
    or that Python holds on to, is not lost.

    Examples
    --------
    >>> studio = GenerationStudio(prompt="fast happy flute", duration_s=4, seed=1)
    >>> studio.takes
    ()
    """

    _esm = front_end(*_ESM)
    _css = front_end("instrument.css", "generation_studio.css")

    selected = Int(0, help="Number of the take on the stage; 0 is the one being made.").tag(
        sync=True
    )
    place = List(Int(), help="Codebook and frame of the token looked at; empty for none.").tag(
        sync=True
    )
    progress = Dict(help="How far the take is that is being made.").tag(sync=True)
    distribution = Dict(help="What the token looked at was drawn from.").tag(sync=True)
    status = Unicode("", help="What happened last, in words.").tag(sync=True)
    code = Unicode("", help="Python that makes the same take.").tag(sync=True)
    description = Unicode("", help="What is shown, in words.").tag(sync=True)
    _cards = List(Dict()).tag(sync=True)
    _sound = Dict().tag(sync=True)  # of the take on the stage, once it is whole
    _outline = Dict().tag(sync=True)
    _tokens = Dict().tag(sync=True)
    _picture_stage = Dict().tag(sync=True)
    _colours = Bytes().tag(sync=True)
    _token_colours = Bytes().tag(sync=True)

    @validate("selected")
    def _check_selected(self, proposal: Any) -> int:
        if proposal["value"]:
            self._check_there(proposal["value"])
        return proposal["value"]

    @validate("place")
    def _check_place(self, proposal: Any) -> Any:
        place = proposal["value"]
        if place and len(place) != 2:
            raise SettingError(f"place={place} must be [] or [codebook, frame]")
        return place

    def __init__(self, **settings: Any) -> None:
        self._lock = threading.RLock()  # the page, Python and the worker all change traits
        self._live: LiveTake | None = None
        self._runs = 0
        self._removed: HeldTake | None = None
        super().__init__(**settings)
        picture_of(np.zeros(16000), sr=16000)  # its libraries load now, not between two chunks
        with self.hold_sync():
            self._colours = colour_table("magma")
            self._token_colours = token_colours(np.arange(2048)).astype("u1").tobytes()
            self.progress = {"stage": "idle", "run": 0, "words": "Nothing is being made."}
            self._tell()

    # From Python ----------------------------------------------------------------------------

    @property
    def takes(self) -> tuple[Any, ...]:
        """The takes that are kept, the oldest first, as `sonic_lab.generation.Take`."""
        return tuple(held.take for held in self._shelf)

    @property
    def take(self) -> Any:
        """The take on the stage, or None."""
        return self._shelf[self.selected].take if self.selected else None

    def generate(self, *, wait: bool = False) -> Any:
        """Make a take with the settings as they are.

        Parameters
        ----------
        wait : return the finished take; otherwise return None at once, and the studio goes on

        Raises
        ------
        ParameterError
            The prompt is empty, or a take is being made already.
        SonicLabError
            With `wait`: whatever ended it.
        """
        with self._lock:
            live = self._begin()
        follower = threading.Thread(target=self._follow, args=(live,), daemon=True)
        follower.start()
        if not wait:
            return None
        follower.join()
        if live.error is not None:
            raise live.error
        return live.take

    def cancel(self) -> None:
        """Stop the take that is being made, if there is one."""
        if self._live is not None:
            self._live.job.cancel()

    def save(self, number: int | None = None) -> Path:
        """Mark a take, the one on the stage if None, and write it and its record into `folder`.

        With `mark_saved` off it is written as it is.

        Returns
        -------
        The path of the sound. Nothing is overwritten: a name that is taken gets a number.

        Raises
        ------
        ParameterError, PathError, AudioFileError
            There is no such take, or it cannot be written there.
        SignatureError, ManifestError, MissingDependencyError
            Your keys or your registry cannot be used.
        """
        with self._lock:
            held = self._shelf[self.selected if number is None else number]
            out = save_take(held.take, self.folder, marked=self.mark_saved)
            held.saved = str(out.path.relative_to(Path.cwd().resolve()))
            self._show_cards()
            self.status = (
                f"Take {held.number} is saved as {held.saved}, with its record beside it. "
                f"{out.words}"
            )
        return out.path

    def snapshot(self) -> Still:
        """Return the tokens and the spectrogram on the stage as a still figure with alt text."""
        held = self._shelf[self.selected] if self.selected else None
        if held is None:
            return composition(alt=self.description)
        return composition(
            held.take.tokens[0], held.image, alt=self.description, title=short(held.take.prompt)
        )

    def close(self) -> None:
        """Stop what is being made, and take the studio off its pages."""
        self.cancel()
        super().close()

    # A take while it is made: these run in the worker's threads ------------------------------

    def _begin(self) -> LiveTake:
        from .. import generation as engine

        if self._live is not None:
            raise ParameterError("a take is being made already: stop it, or wait until it is done")
        if not self.keep_seed:
            self.seed = self._fresh_seed()
        job = engine.Job(
            self.prompt, model=self.model, device=self.device,
            on_progress=self._on_progress, **self._choices(),
        )  # fmt: skip
        self._runs += 1
        self._live = LiveTake(self._runs, job)
        with self.hold_sync():
            self.error = self.status = ""
            self._tell_progress(job.progress)
            self.selected = 0
            self._show()
        return self._live

    def _follow(self, live: LiveTake) -> None:
        """Hand on the sound of a job chunk by chunk, and keep what comes of it."""
        from .. import generation as engine

        try:
            live.job.start()
            for chunk, sr in live.job.chunks():
                with self._lock:
                    message, pcm = live.hear(chunk, sr)
                self.send(message, buffers=[pcm])
                if live.picture_due():
                    self._draw_live(live)
            live.take = live.job.result()
            if last := live.end():
                self.send(last[0], buffers=[last[1]])
            self._keep(live)
        except engine.Cancelled as stopped:
            live.error = stopped
            self._end(live, "cancelled", "Stopped. Nothing of it was kept.")
        except Exception as error:
            live.error = error
            self._end(live, "failed", "")
            with self._lock, self.showing_errors():
                raise

    def _on_progress(self, progress: Any) -> None:
        """Tell the page how far it is. The job calls this from the thread that works."""
        live = self._live
        over = progress.stage in ("done", "cancelled", "failed")  # told once all sound is sent
        if live is None or over or not live.tokens_due():
            return
        # Whoever holds the lock needs it now, and the next call is a tenth of a second off.
        if not self._lock.acquire(blocking=False):
            return
        try:
            with self.hold_sync():
                self._tell_progress(progress)
                if progress.stage == "composing" and self.selected == 0:
                    self._tokens = live.tokens()
        finally:
            self._lock.release()

    def _draw_live(self, live: LiveTake) -> None:
        drawn = live.drawn()  # the slow part, before the lock
        with self._lock, self.hold_sync():
            if self.selected == 0 and self._live is live:
                self._picture_stage, self._outline = drawn

    def _keep(self, live: LiveTake) -> None:
        packed = HeldTake(0, live.take, live.job)  # the slow part, before the lock
        with self._lock, self.hold_sync():
            held, gone = self._shelf.add(packed)
            self._tell_progress(live.job.progress, number=held.number)
            watched = self.selected == 0
            self._show_cards()
            if len(self._shelf) > 1 and len(self.pair) < 2:
                self.pair = [h.number for h in self._shelf][-2:]
            self.status = _kept_in_words(held, gone, live.job.remarks)
            for lost in gone:
                self._forget(lost.number)
            if watched:
                self.selected = held.number
            self._live = None

    def _end(self, live: LiveTake, stage: Any, words: str) -> None:
        with self._lock, self.hold_sync():
            self._live = None
            # Said here, since the job may still be about its last step.
            self._tell_progress(replace(live.job.progress, stage=stage))
            self.status = words
            if self.selected == 0 and len(self._shelf):
                self.selected = max(held.number for held in self._shelf)
            else:
                self._show()

    # What a change sets going ---------------------------------------------------------------

    @observe("selected")
    def _on_selected(self, _: Any) -> None:
        with self.hold_sync():
            self.place, self.distribution = [], {}
            self._show()

    @observe("mark_saved")
    def _on_mark_saved(self, _: Any) -> None:
        self._tell()

    @observe("prompt", "duration_s", "seed", "guidance", "temperature", "top_k", "top_p", "model",
             "device")  # fmt: skip
    def _on_choice(self, _: Any) -> None:
        if not self.selected:
            self._tell()

    @observe("place")
    def _on_place(self, _: Any) -> None:
        if not self.place:
            self.distribution = {}
            return
        job = self._live.job if self.selected == 0 and self._live else None
        if self.selected:
            job = self._shelf[self.selected].job
        if job is None:
            raise ParameterError("the model's choices behind this take are no longer in memory")
        self.distribution = look(job, self.place, tokens=self._tokens)

    # From the page --------------------------------------------------------------------------

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take over what the page changed, one at a time with the worker."""
        with self._lock:
            super().set_state(sync_data)

    def _receive(self, widget: Any, content: Any, buffers: list[memoryview]) -> None:
        with self._lock:
            super()._receive(widget, content, buffers)

    def _on_generate(self, _: dict[str, Any], __: list[memoryview]) -> None:
        if self._live is None:  # a second press finds one at work already
            self.generate()

    def _on_cancel(self, _: dict[str, Any], __: list[memoryview]) -> None:
        self.cancel()

    def _on_listen(self, content: dict[str, Any], _: list[memoryview]) -> None:
        """Send the live sound from a sample on, to a page that was opened in the middle."""
        if self._live is not None and (heard := self._live.heard_since(content.get("from", 0))):
            message, pcm = heard
            self.send(message, buffers=[pcm])

    def _on_save(self, content: dict[str, Any], _: list[memoryview]) -> None:
        self.save(_number(content))

    def _on_reuse(self, content: dict[str, Any], _: list[memoryview]) -> None:
        held = self._shelf[_number(content)]
        with self.hold_sync():
            self._choose_as(held.take)
            self.status = f"The settings are those of take {held.number}."

    def _on_delete(self, content: dict[str, Any], _: list[memoryview]) -> None:
        with self.hold_sync():
            self._removed = self._shelf.remove(_number(content))
            self._forget(self._removed.number)
            self.status = f"Take {self._removed.number} is deleted."
            self._show_cards()

    def _on_undo(self, _: dict[str, Any], __: list[memoryview]) -> None:
        """Put back the take that was deleted last."""
        if self._removed is None:
            return
        with self.hold_sync():
            self._shelf.put_back(self._removed)
            self.status = f"Take {self._removed.number} is back."
            self._removed = None
            self._show_cards()

    # What the page shows --------------------------------------------------------------------

    def _forget(self, number: int) -> None:
        """Take a number that is gone off the stage and out of the comparison."""
        if number in self.pair:
            self.pair = []
        if self.selected == number:
            there = [held.number for held in self._shelf]
            self.selected = there[-1] if there else 0
            if not there:
                self._show()

    def _show(self) -> None:
        """Put the selected take on the stage, or the one being made, or nothing."""
        with self.hold_sync():
            if self.selected:
                held = self._shelf[self.selected]
                self._sound = {**held.sound, "number": held.number}
                self._outline = {"low": held.sound["low"], "high": held.sound["high"]}
                self._picture_stage, self._tokens = held.large, held.tokens
            else:
                self._sound, self._outline, self._picture_stage, self._tokens = {}, {}, {}, {}
                if self._live is not None:
                    self._draw_live(self._live)
            self._tell()

    def _show_cards(self) -> None:
        self._cards = [held.card() for held in self._shelf]

    def _tell_progress(self, progress: Any, *, number: int = 0) -> None:
        live = self._live
        self.progress = {
            **asdict(progress),
            "run": self._runs,
            "number": number,
            "words": progress_in_words(progress),
            "prompt": short(live.job.prompt) if live else "",
            "duration_s": live.job.settings.duration_s if live else 0.0,
        }

    def _tell(self) -> None:
        """Say in words and in Python what is on the stage."""
        if self.selected:
            held = self._shelf[self.selected]
            self.code = code_of(held.take, marked=self.mark_saved)
            self.description = describe_held(held)
            return
        self.code = generation_code(
            self.prompt, model=self.model, device=self.device, settings=self._choices(),
            stem=file_stem(self.prompt, seed=self.seed), marked=self.mark_saved,
        )  # fmt: skip
        self.description = (
            "The generation studio. Nothing has been made yet: write what you want to hear, and "
            "press Generate."
            if self._live is None
            else f"“{short(self._live.job.prompt)}” is being made."
        )


def _number(content: dict[str, Any]) -> int:
    number = content.get("number")
    if not isinstance(number, int):
        raise ParameterError(f"number={number!r} must be the number of a take")
    return number


def _kept_in_words(held: HeldTake, gone: list[HeldTake], remarks: list[str]) -> str:
    words = f"Take {held.number} is done: {held.duration_s:.1f} s."
    words += "".join(f" Note that {remark}." for remark in remarks)
    if gone:
        numbers = ", ".join(str(lost.number) for lost in gone)
        words += f" To make room in memory, take {numbers} had to go: save those you want to keep."
    return words
