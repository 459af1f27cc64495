"""Two takes side by side: in step, equally loud, and told apart blind if wanted."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Dict, Int, List, observe, validate

from ..errors import ParameterError, SonicLabError
from .blind_test import BlindTest
from .instrument import Instrument, SettingError, setting
from .take_shelf import TakeShelf, in_step


class Comparison(Instrument):
    """The part of a studio that compares two of the takes on its shelf."""

    level_matched = setting(Bool(True, help="Compare takes at the same loudness."))

    pair = List(Int(), help="Numbers of the two takes that are compared.").tag(sync=True)
    test = Dict(help="The blind test: trials, right answers, p-value.").tag(sync=True)
    _pair_sound = Dict().tag(sync=True)
    _x = Dict().tag(sync=True)  # the sound X of a blind test; the page cannot tell which it is

    _shelf: TakeShelf
    _test: BlindTest | None

    def __init__(self, **settings: Any) -> None:
        self._shelf, self._test = TakeShelf(), None
        super().__init__(**settings)

    @validate("pair")
    def _check_pair(self, proposal: Any) -> Any:
        pair = proposal["value"]
        if pair and (len(pair) != 2 or pair[0] == pair[1]):
            raise SettingError(f"pair={pair} must be [] or the numbers of two takes")
        for number in pair:
            self._check_there(number)
        return pair

    def _check_there(self, number: int) -> None:
        try:
            self._shelf[number]
        except ParameterError as error:  # traitlets keeps the old value for errors of its own kind
            raise SettingError(str(error)) from error

    @observe("pair", "level_matched")
    def _on_pair(self, change: Any) -> None:
        with self.hold_sync():
            self._pair_sound = self._pack_pair()
            if self._test is None:
                return
            if change["name"] == "pair":
                if self._test.mode == "abx" or not self.pair or not self._prompts_differ():
                    self._test = None  # X was one of the two that were there
                else:
                    self._test.next_pair()
            self._show_test()

    def _on_test(self, content: dict[str, Any], _: list[memoryview]) -> None:
        """Begin a blind test ({"mode": "abx" or "prompt"}), answer ("A" or "B"), or end it ("")."""
        mode = content.get("mode")
        if mode == "":
            self._test = None
        elif "answer" in content and self._test is not None:
            self._test.answer(content["answer"])
        else:
            if not self.pair:
                raise ParameterError("choose two takes to compare first")
            test = BlindTest(mode)
            if mode == "prompt" and not self._prompts_differ():
                raise ParameterError("both takes were made from the same words: compare two others")
            self._test = test
        self._show_test()

    def _prompts_differ(self) -> bool:
        return len({self._shelf[number].take.prompt for number in self.pair}) > 1

    def _show_test(self) -> None:
        """Show how the blind test stands, and hand over its X."""
        with self.hold_sync():
            if self._test is None:
                self.test, self._x = {}, {}
                return
            if not self._test.over:
                self._x = self._pair_sound["versions"][self._test.x]
            self.test = self._test.state()

    def _pack_pair(self) -> dict[str, Any]:
        if len(self.pair) != 2:
            return {}
        a, b = (self._shelf[number] for number in self.pair)
        try:
            return in_step(a, b, level_matched=self.level_matched)
        except SonicLabError as error:  # too short to be measured, or no meter is installed
            if not self.level_matched:
                raise
            self.error = f"The takes are compared as loud as they are: {error}"
            return in_step(a, b, level_matched=False)
