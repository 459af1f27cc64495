"""LineageGraph: where a sound comes from, and what must be made again without it."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import Any

from traitlets import Bool, Dict, Unicode, observe, validate

from ..errors import ParameterError, SonicLabError
from ..plots import Still, diagram
from ..tracking import Lineage, Node, draw
from ..tracking.drawing import Drawing, resolve
from ..tracking.wording import papers
from .instrument import Instrument, SettingError, front_end, setting

_MOST_NAMED = 60  # members of a group that are listed to choose from; the rest can be found by name
_WITH_CARDS = ("dataset", "model")

_CODE = """\
import sonic_lab as sl

{source}
drawing = sl.tracking.draw(lineage, {selected!r}{connected})
print(drawing.verdict)
sl.plots.diagram(drawing)
"""


class LineageGraph(Instrument):
    """Clips, data sets, runs, models and what they made, from left to right.

    Click a box, or reach it with the arrow keys and press Enter, and see its papers, all that it
    came from, all that came of it, and which models must be retrained if it is withdrawn.

    Parameters
    ----------
    lineage : a `sonic_lab.tracking.Lineage`, or the folder of runs to read one from
    **settings : any of `LineageGraph.settings()`

    Raises
    ------
    ParameterError, UnknownNameError
        It is no lineage, or a setting is not usable.

    Examples
    --------
    >>> from sonic_lab.provenance import bundled
    >>> graph = LineageGraph(Lineage([bundled()]), selected="trumpet.flac")
    >>> graph.verdict
    'If trumpet.flac is withdrawn, no model must be retrained: none learned from it.'
    """

    _esm = front_end("parts.js", "lineage_graph.js")
    _css = front_end("instrument.css", "lineage_graph.css")

    selected = setting(
        Unicode("", help="What is chosen: an id, a name, or a hash's beginning; empty for nothing.")
    )
    connected = setting(
        Bool(False, help="Draw only what the chosen thing came from and what came of it.")
    )

    verdict = Unicode("", help="What follows if the chosen thing is withdrawn.").tag(sync=True)
    description = Unicode("", help="What is shown, in words.").tag(sync=True)
    code = Unicode("", help="Python that draws the same.").tag(sync=True)
    papers = Dict(help="What is known of the chosen thing: rows, and a group's members.").tag(
        sync=True
    )
    card = Unicode("", help="The card of the chosen data set or model, once asked for.").tag(
        sync=True
    )
    _drawing = Dict().tag(sync=True)

    def __init__(self, lineage: Any, **settings: Any) -> None:
        self._source = "# lineage: what you gave the graph"
        if isinstance(lineage, (str, os.PathLike)):
            self._source = f"lineage = sl.tracking.Lineage.of({os.fspath(lineage)!r})"
            lineage = Lineage.of(lineage)
        if not isinstance(lineage, Lineage):
            raise ParameterError(
                f"lineage must be a Lineage or a folder of runs, not {type(lineage).__name__}"
            )
        self.lineage = lineage
        self._drawn: Drawing | None = None
        super().__init__(**settings)
        self._draw()

    def select(self, of: Any) -> Node:
        """Choose a thing by anything that `Lineage.node` takes: a name, a `Row`, a `Path`."""
        node = self.lineage.node(of)
        self.selected = node.id
        return node

    def snapshot(self) -> Still:
        """Return what is shown now as a still figure with alt text."""
        return diagram(self._shown())

    @validate("selected")
    def _check_selected(self, proposal: Any) -> str:
        try:
            return resolve(self.lineage, proposal["value"])
        except SonicLabError as error:
            raise SettingError(str(error)) from error

    @observe("selected", "connected")
    def _redraw(self, _: Any) -> None:
        if self._drawn is not None:  # else it is still being built
            self._draw()

    def _on_card(self, content: dict[str, Any], buffers: list[memoryview]) -> None:
        self.card = self.lineage.card(self.selected) or "No card was logged with it."

    def _draw(self) -> None:
        with self.hold_sync():
            shown = self._drawn = draw(self.lineage, self.selected, connected=self.connected)
            self._drawing = asdict(shown)
            self.verdict, self.description, self.card = shown.verdict, shown.description, ""
            self.papers = self._papers(shown.selected)
            self.code = _CODE.format(
                source=self._source,
                selected=self.selected,
                connected=", connected=True" if self.connected else "",
            )

    def _papers(self, ids: tuple[str, ...]) -> dict[str, Any]:
        nodes = [self.lineage.nodes[id] for id in ids]
        listed = nodes[:_MOST_NAMED] if len(nodes) > 1 else []
        return {
            "rows": [list(row) for row in papers(self.lineage, ids)],
            "members": [[node.id, node.name] for node in listed],
            "more": len(nodes) - len(listed) if listed else 0,
            "has_card": len(nodes) == 1 and nodes[0].kind in _WITH_CARDS,
        }

    def _shown(self) -> Drawing:
        assert self._drawn is not None  # the constructor draws before it returns
        return self._drawn
