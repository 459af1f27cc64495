"""Whether a canvas has been painted, and for the place that it has now."""

from __future__ import annotations

from playwright.sync_api import Locator

FRESH = """canvas => {
    const { width, height } = canvas;
    if (!width || width !== Math.round(canvas.clientWidth * devicePixelRatio)) return false;
    const data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    return new Uint32Array(data.buffer).some((pixel, _, all) => pixel !== all[0]);
}"""


def is_painted(canvas: Locator) -> bool:
    """Tell whether a canvas is as large as its place, and holds more than one colour."""
    return bool(canvas.evaluate(FRESH))


# What an instrument shows that has no canvas to see: a drawing, or words that nothing is there yet.
INSTEAD = ".sl-graph svg:visible, [data-testid=empty]:visible"


def all_painted(root: Locator) -> bool:
    """Tell whether every visible canvas inside an element is painted, or what stands for one."""
    canvases = root.locator("canvas:visible").all()
    if not canvases:
        return root.locator(INSTEAD).count() > 0
    return all(map(is_painted, canvases))
