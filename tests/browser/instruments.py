"""The instruments as a person meets them on the page: what to grasp, and what can be read off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator

from tests.browser.hearing import DURATION_S, RISING, TAP, Moment, listen
from tests.browser.lab import THEMES, Lab
from tests.browser.painting import all_painted
from tools.notebook_format import ROOT


class Instrument:
    """A widget on the page, which Python knows by a variable of the same name as its test id."""

    def __init__(self, lab: Lab, test_id: str, *, variable: str, head: str) -> None:
        self.lab, self.variable = lab, variable
        self.selector = f'[data-testid="{test_id}"]'
        self.root = lab.page.locator(self.selector)
        self.head = head

    def part(self, test_id: str) -> Locator:
        return self.root.get_by_test_id(test_id)

    def python(self, expression: str) -> str:
        """Evaluate ``w.<expression>`` in the kernel, where `w` is the widget."""
        return self.lab.python(f"print({self.variable}.{expression})")

    def set(self, **settings: Any) -> None:
        """Set traits from Python."""
        lines = [f"{self.variable}.{name} = {value!r}" for name, value in settings.items()]
        self.lab.python("\n".join(lines))

    @property
    def position(self) -> float:
        """Where the widget says it is in the sound, s."""
        return float(self.root.get_attribute("data-position") or "nan")

    @property
    def playing(self) -> bool:
        return self.root.get_attribute("data-playing") == "true"

    def expect_at(self, seconds: float, *, within: float = 1e-3) -> None:
        """Wait until the widget is at a moment: it says so with the next frame of the screen."""
        self.lab.until(
            lambda: abs(self.position - seconds) <= within, f"it is at {seconds} s within {within}"
        )

    def moment(self) -> Moment:
        return listen(self.lab, self.selector, self.head)

    def expect_pitch(self, hz: float) -> None:
        """Wait until a tone of that pitch is heard, within 1 %."""
        self.lab.until(
            lambda: abs(self.moment().pitch_hz() / hz - 1) < 0.01, f"a tone of {hz:g} Hz is heard"
        )

    def keep_pictures(self, name: str) -> None:
        """Keep a screenshot in each theme, once the widget has painted itself for it."""
        for theme in THEMES:
            self.lab.theme(theme)
            self.lab.until(lambda: all_painted(self.root), f"it is painted in {theme}")
            self.lab.screenshot(name, of=self.root, theme=theme)
            assert all_painted(self.root)

    def pause(self) -> None:
        if self.playing:
            self.part("play").click()
            self.lab.until(lambda: not self.playing, "it pauses")

    def play(self) -> None:
        self.part("play").click()
        start = self.position
        self.lab.until(lambda: self.playing and self.position != start, "it plays")


class Explorer(Instrument):
    """SpectrogramExplorer on a rising tone of four seconds."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, "explorer", variable="explorer", head='[data-testid="playhead-a"]')
        self.plot, self.canvas = self.part("plot-a"), self.part("canvas-a")

    @classmethod
    def open(cls, lab: Lab, name: str) -> Explorer:
        """Show the explorer in a notebook of its own, with ears on the page."""
        lab.page.add_init_script(TAP)
        shown = (
            "from sonic_lab.widgets import SpectrogramExplorer\n"
            "explorer = SpectrogramExplorer(rising(), sr=sr)\n"
            "explorer"
        )
        lab.write(name, RISING, shown)
        lab.run_all()
        explorer = cls(lab)
        explorer.canvas.wait_for()
        lab.until(lambda: explorer.frames > 0, "the first picture is painted")
        return explorer

    @property
    def frames(self) -> int:
        """How often the first pane has been painted."""
        return int(self.canvas.get_attribute("data-frame") or 0)

    def pixels(self) -> str:
        return self.lab.pixels(self.canvas)

    def after(self, act: Callable[[], object]) -> str:
        """Do something that repaints the first pane; return its pixels then."""
        before = self.frames
        act()
        self.lab.until(lambda: self.frames > before, "the canvas is painted anew")
        return self.pixels()

    def ends(self) -> tuple[float, float]:
        """Return where on the screen the sound begins and ends, as its playhead shows, px."""
        at = self.position
        heads = []
        for key in ("Home", "End"):
            self.plot.press(key)
            heads.append(self.moment().head_px)
        self.seek(at)
        return heads[0], heads[1]

    def seek(self, seconds: float) -> None:
        """Go to a moment by keys, in steps of 0.05 s."""
        self.plot.press("Home")
        for _ in range(round(seconds / 0.5)):
            self.plot.press("Shift+ArrowRight")

    def point(self, seconds: float, height: float = 0.5) -> tuple[float, float]:
        """Return where on the screen a moment lies, at a share of the spectrogram's height."""
        begin, end = self.ends()
        box = self.canvas.bounding_box()
        assert box is not None
        return begin + (end - begin) * seconds / DURATION_S, box["y"] + height * box["height"]


class Player(Instrument):
    """ABPlayer with a rising tone, and the same tone a kilohertz higher and twice as loud."""

    LIFT_HZ = 1000.0

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, "ab-player", variable="player", head=".sl-chosen .sl-playhead")

    @classmethod
    def open(cls, lab: Lab, name: str) -> Player:
        lab.page.add_init_script(TAP)
        shown = (
            "from sonic_lab.widgets import ABPlayer\n"
            f"both = {{'low': rising(), 'high': rising({cls.LIFT_HZ}, amplitude=1.0)}}\n"
            "player = ABPlayer(both, sr=sr)\n"
            "player"
        )
        lab.write(name, RISING, shown)
        lab.run_all()
        player = cls(lab)
        player.root.wait_for()
        return player


class Watermark(Instrument):
    """WatermarkLab on a bundled guitar phrase, with nothing done to it yet."""

    def __init__(self, lab: Lab) -> None:
        head = '[data-testid="playhead-original"]'
        super().__init__(lab, "watermark-lab", variable="marker", head=head)

    @classmethod
    def open(cls, lab: Lab, name: str) -> Watermark:
        shown = (
            "import sonic_lab as sl\n"
            "marker = sl.widgets.WatermarkLab(clip='guitar')\n"
            "marker"
        )  # fmt: skip
        lab.write(name, shown)
        lab.run_all()
        marker = cls(lab)
        marker.root.wait_for()
        lab.until(lambda: marker.frames("attacked") > 0, "the pictures are painted")
        return marker

    def frames(self, version: str) -> int:
        """How often the spectrogram of a version has been painted."""
        return int(self.part(f"canvas-{version}").get_attribute("data-frame") or 0)

    def says(self) -> str:
        """What the detector says on the page."""
        return self.part("result").inner_text()


class Studio(Instrument):
    """GenerationStudio over a job that the test leads from the kernel, and so is never in a hurry.

    The sound of take after take is a sine of 220 Hz and as many more as its seed says.
    """

    def __init__(self, lab: Lab) -> None:
        head = '[data-testid="playhead-stage"]'
        super().__init__(lab, "generation-studio", variable="studio", head=head)
        self.plot, self.matrix = self.part("plot-stage"), self.part("matrix")

    @classmethod
    def open(cls, lab: Lab, name: str) -> Studio:
        lab.page.add_init_script(TAP)
        lab.page.set_viewport_size({"width": 1280, "height": 1500})
        engine = (
            f"import sys; sys.path.insert(0, {str(ROOT)!r})\n"
            "import sonic_lab as sl\n"
            "from tests.widgets.scripted import ScriptedJob, wait_for\n"
            "sl.generation.Job = ScriptedJob"
        )
        shown = "studio = sl.widgets.GenerationStudio(seed=5, duration_s=6)\nstudio"
        lab.write(name, engine, shown)
        lab.run_all()
        studio = cls(lab)
        studio.part("generate").wait_for()
        return studio

    def lead(self, *acts: str) -> None:
        """Let the newest job go on: ``lead("compose(10)", "finish()")``."""
        self.lab.python("\n".join(f"ScriptedJob.made[-1].{act}" for act in acts))

    def begin(self) -> None:
        """Press Generate and wait until a job is at work."""
        made = self.lab.python("print(len(ScriptedJob.made))")
        self.part("generate").click()
        self.lab.until(
            lambda: self.lab.python("print(len(ScriptedJob.made))") != made, "a job is at work"
        )

    def make(self) -> int:
        """Make a take to its end; return its number."""
        self.begin()
        self.lead("finish()")
        self.lab.until(lambda: self.python("_live") == "None", "the take is kept")
        number = int(self.python("_cards[-1]['number']"))
        self.part(f"take-{number}").wait_for()
        return number

    def rest(self) -> None:
        """Stop what is being made, forget all takes, and take back what was chosen."""
        self.lab.python(
            "studio.cancel()\n"
            "wait_for(lambda: studio._live is None, 'nothing is being made')\n"
            "for held in list(studio._shelf):\n"
            "    studio._receive(studio, {'type': 'delete', 'number': held.number}, [])\n"
            "studio._removed, studio.status, studio.error = None, '', ''\n"
        )
        self.set(prompt="slow sad piano melody", seed=5, keep_seed=True, duration_s=6.0)
        self.set(autoplay=True, loop=False)
        self.lab.until(lambda: self.part("empty").is_visible(), "the stage is empty")

    @property
    def waits(self) -> int:
        """How often the live sound had to wait for its maker."""
        return int(self.root.get_attribute("data-waits") or 0)
