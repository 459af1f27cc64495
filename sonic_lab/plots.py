"""Still figures, each with a text for those who cannot see it.

Figures are made without pyplot, so nothing is left open and no global style is changed. The
colours read on a light and on a dark page.
"""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from .audio import check_rate, peak_db, to_mono
from .errors import AudioError, ParameterError
from .features import Picture, envelope, picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.patches import Patch

INK = "#808080"  # grey on white and on near-black both pass for axes
COLOURS = ("#3b82c4", "#d9822b", "#3a9d6a", "#b5559b", "#7a6fd0", "#a08020")
_MAX_POINTS = 4000
_STATES = {  # what a selection means for a box: it came from it, it led to it
    **dict.fromkeys(("back", "selected"), COLOURS[0]),
    **dict.fromkeys(("forward", "retrain"), COLOURS[1]),
}


class Still:
    """A finished figure with its alt text. Notebooks show both; `save` writes the figure.

    The text goes along as the image's alt text and again as a caption, since JupyterLab and
    nbconvert's usual template drop the alt text of an image.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.figure = figure
        self.alt = alt
        self._png: dict[int, bytes] = {}  # drawn once: a second layout may differ by a pixel

    def png(self, *, dpi: int = 96) -> bytes:
        """Return the figure as the bytes of a PNG file, in 96 colours to keep notebooks small."""
        if dpi not in self._png:
            self._png[dpi] = _draw(self.figure, dpi)
        return self._png[dpi]

    def save(self, path: str | Path) -> Path:
        """Write the figure as a PNG file."""
        target = Path(path)
        target.write_bytes(self.png())
        return target

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, str], dict[str, Any]]:
        return mimebundle(self.png(), self.alt)

    def _ipython_display_(self) -> None:
        from IPython.display import display

        data, metadata = self._repr_mimebundle_()
        display(data, metadata=metadata, raw=True)
        caption = f'<p style="font-size: 90%; margin: 0 0 1em">{html.escape(self.alt)}</p>'
        display({"text/html": caption, "text/plain": self.alt}, raw=True)


def mimebundle(png: bytes, alt: str) -> tuple[dict[str, str], dict[str, Any]]:
    """Return a notebook output, (data, metadata), of a PNG with alt text."""
    data = {"image/png": base64.b64encode(png).decode(), "text/plain": alt}
    return data, {"image/png": {"alt": alt}}


def waveform(y: np.ndarray | Mapping[str, np.ndarray], *, sr: int, title: str = "") -> Still:
    """Draw amplitude over time, one row a sound.

    Parameters
    ----------
    y : float, shape (n,) or (c, n), or several sounds by name
    sr : Hz
    title : printed above
    """
    rate = check_rate(sr)
    sounds = {k: to_mono(v) for k, v in (y if isinstance(y, Mapping) else {title: y}).items()}
    figure, rows = _figure(len(sounds), height=1.5 if len(sounds) > 1 else 2.2, sharex=True)
    for ax, (name, sound), colour in zip(rows, sounds.items(), _cycle(), strict=False):
        low, high = envelope(sound, max_columns=_MAX_POINTS)
        times = np.arange(len(low)) * len(sound) / len(low) / rate
        ax.fill_between(times, low, high, color=colour, linewidth=0.6)
        ax.set(ylim=(-1.05, 1.05), ylabel="amplitude", title=name, xlim=(0, len(sound) / rate))
    rows[-1].set_xlabel("time (s)")
    told = "; ".join(
        f"{name or 'a sound'}, {len(sound) / rate:.2f} s, peak {peak_db(sound):.1f} dBFS"
        for name, sound in sounds.items()
    )
    return Still(figure, f"Waveform: {told}.")


def spectrogram(
    y: np.ndarray,
    *,
    sr: int,
    axis: str = "mel",
    db_range: float = 80.0,
    cmap: str = "magma",
    title: str = "",
    **settings: Any,
) -> Still:
    """Draw a spectrogram in dB below its loudest value.

    Parameters
    ----------
    y : float, shape (n,) or (c, n)
    sr : Hz
    axis : ``"mel"``, ``"linear"`` or ``"log"``
    db_range : how many dB the colours span
    cmap : a matplotlib colour map
    title : printed above
    **settings : those of `sonic_lab.features.picture`
    """
    image = picture(y, sr=sr, axis=axis, **settings)
    return spectrograms({title: image}, db_range=db_range, cmap=cmap)


def spectrograms(
    pictures: Mapping[str, Picture], *, db_range: float = 80.0, cmap: str = "magma"
) -> Still:
    """Draw pictures from `sonic_lab.features.picture` side by side, on one colour scale."""
    check_colour_map(cmap)
    if not pictures:
        raise ParameterError("there is no picture to draw")
    if not 1 <= db_range <= 200:
        raise ParameterError(f"db_range={db_range} must be from 1 to 200 dB")
    figure, axes = _figure(1, columns=len(pictures), height=3.2)
    for ax, (name, image) in zip(axes, pictures.items(), strict=True):
        mesh = ax.pcolormesh(
            np.linspace(0, image.duration_s, image.db.shape[1]),
            image.hz,
            image.db,
            cmap=cmap,
            vmin=-db_range,
            vmax=0,
            shading="nearest",
            rasterized=True,
        )
        ax.set(title=name, xlabel="time (s)", ylabel="frequency (Hz)")
        _scale(ax, image)
    _colour_bar(figure, mesh, axes, format="%.0f dB")
    return Still(figure, " ".join(describe(p, name=k) for k, p in pictures.items()))


def curves(
    lines: Mapping[str, tuple[Any, Any]],
    *,
    xlabel: str,
    ylabel: str,
    alt: str,
    title: str = "",
    marker: str = "",
    xscale: str = "linear",
    xlim: tuple[float, float] | None = None,
    ylim: tuple[float, float] | None = None,
) -> Still:
    """Draw lines, each given as name: (x, y). The alt text says what they show."""
    figure, (ax,) = _figure(1, height=2.8)
    for (name, (x, y)), colour in zip(lines.items(), _cycle(), strict=False):
        ax.plot(x, y, label=name, color=colour, marker=marker, markersize=4, linewidth=1.4)
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title, xscale=xscale)
    if xlim is not None:
        ax.set_xlim(*xlim)
    if ylim is not None:
        ax.set_ylim(*ylim)
    if len(lines) > 1:
        ax.legend(frameon=False, labelcolor=INK)
    return Still(figure, alt)


def heatmap(
    values: np.ndarray,
    *,
    alt: str,
    rows: Sequence[str] | None = None,
    columns: Sequence[str] | None = None,
    xlabel: str = "",
    ylabel: str = "",
    title: str = "",
    cmap: str = "magma",
    numbers: bool = False,
) -> Still:
    """Draw a matrix, with names on its sides and its numbers inside if asked."""
    matrix = np.asarray(values)
    if matrix.ndim != 2 or matrix.size == 0:
        raise AudioError(f"values has shape {matrix.shape}: it must be a matrix")
    check_colour_map(cmap)
    figure, (ax,) = _figure(1, height=3.6)
    mesh = ax.imshow(matrix, cmap=cmap, aspect="auto", origin="upper" if rows else "lower")
    ax.set(xlabel=xlabel, ylabel=ylabel, title=title)
    if rows is not None:
        ax.set_yticks(range(len(rows)), rows)
    if columns is not None:
        ax.set_xticks(range(len(columns)), columns)
    if numbers:
        middle = (matrix.max() + matrix.min()) / 2
        for (row, column), value in np.ndenumerate(matrix):
            colour = "black" if value > middle else "white"
            ax.text(column, row, f"{value:g}", ha="center", va="center", color=colour)
    _colour_bar(figure, mesh, [ax])
    return Still(figure, alt)


class Diagram(Protocol):
    """Boxes and arrows that were laid out before, such as `sonic_lab.tracking.draw` returns."""

    @property
    def boxes(self) -> Sequence[Any]: ...
    @property
    def lines(self) -> Sequence[Any]: ...
    @property
    def width(self) -> float: ...
    @property
    def height(self) -> float: ...
    @property
    def box_size(self) -> tuple[float, float]: ...
    @property
    def description(self) -> str: ...


def diagram(drawing: Diagram) -> Still:
    """Draw boxes and arrows where they were placed, in px; the description is the alt text."""
    width, height = max(drawing.width, 320), max(drawing.height, 64)
    figure, (ax,) = _figure(1, height=1)
    figure.set_size_inches(width / 96, height / 96)
    ax.set(xlim=(0, width), ylim=(height, 0), aspect="equal")
    ax.set_axis_off()
    for line in drawing.lines:
        ax.add_patch(_arrow(line))
    for box in drawing.boxes:
        ax.add_patch(_shape(box, drawing.box_size))
        ax.text(box.x + 8, box.y + 16, box.title, color=INK, fontsize=8, weight="bold")
        ax.text(box.x + 8, box.y + 31, box.note, color=INK, fontsize=7)
    return Still(figure, drawing.description)


def _arrow(line: Any) -> Patch:
    from matplotlib.patches import FancyArrowPatch
    from matplotlib.path import Path as Curve

    points = list(line.points)
    return FancyArrowPatch(
        path=Curve(points, [Curve.MOVETO, *[Curve.CURVE4] * (len(points) - 1)]),
        color=_STATES.get(line.state, INK),
        linewidth=1.8 if line.state else 0.8,
        arrowstyle="-|>",
        mutation_scale=8,
        fill=False,
    )


def _shape(box: Any, size: tuple[float, float]) -> Patch:
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch(
        (box.x, box.y),
        *size,
        boxstyle="round,pad=0,rounding_size=5",
        facecolor=(box.colour, 0.16),
        edgecolor=_STATES.get(box.state, box.colour),
        linewidth=2.2 if box.state else 0.9,
        linestyle="--" if box.state == "retrain" else "-",
    )


def composition(
    tokens: np.ndarray | None = None,
    image: Picture | None = None,
    *,
    alt: str,
    title: str = "",
) -> Still:
    """Draw the tokens of a generated sound over its spectrogram, both on one time axis.

    Parameters
    ----------
    tokens : int, shape (K, T); None draws the staircase in which they would be made
    image : the spectrogram, or None
    alt : what the figure shows, in words
    title : printed above
    """
    if tokens is None:
        K, T = 4, 24
        tokens = np.arange(T) * 37 % 1024 + 211 * np.arange(K)[:, None]
        stairs = np.full((K, T + K - 1), -1)
        for k in range(K):
            stairs[k, k : k + T] = tokens[k]
        tokens = stairs
    codes = np.asarray(tokens)
    if codes.ndim != 2 or codes.size == 0:
        raise ParameterError(f"tokens has shape {codes.shape}: it must be (K, T)")
    figure, axes = _figure(1 if image is None else 2, height=1.6)
    seconds = codes.shape[1] if image is None else image.duration_s
    extent = (0, seconds, codes.shape[0] + 0.5, 0.5)
    axes[0].imshow(token_colours(codes) / 255, aspect="auto", extent=extent, interpolation="none")
    axes[0].set(title=title, ylabel="codebook", yticks=range(1, len(codes) + 1))
    axes[-1].set_xlabel("step" if image is None else "time (s)")
    if image is not None:
        times = np.linspace(0, image.duration_s, image.db.shape[1])
        axes[1].pcolormesh(
            times, image.hz, image.db, cmap="magma", vmin=-80, vmax=0, shading="nearest",
            rasterized=True,
        )  # fmt: skip
        axes[1].set(ylabel="frequency (Hz)", xlim=axes[0].get_xlim())
        _scale(axes[1], image)
    return Still(figure, alt)


def token_colours(tokens: np.ndarray) -> np.ndarray:
    """Give each token a colour of its own, the same wherever it stands, so repeats can be seen.

    Parameters
    ----------
    tokens : int, any shape; negative where there is none

    Returns
    -------
    float64, shape (..., 3), RGB from 0 to 255
    """
    from matplotlib.colors import hsv_to_rgb

    codes = np.asarray(tokens)
    hue = codes * 0.6180339887 % 1.0  # turns by the golden ratio never come close to one another
    value = 0.95 - 0.3 * (codes * 0.7548776662 % 1.0)
    rgb = hsv_to_rgb(np.stack([hue, np.full(codes.shape, 0.6), value], axis=-1))
    return np.where(codes[..., None] < 0, 230.0, np.rint(255 * rgb))


def describe(image: Picture, *, name: str = "") -> str:
    """Say in words what a spectrogram shows: its span, and where its energy lies."""
    power = 10 ** (image.db / 10)
    per_row = power.sum(axis=1)
    total = float(per_row.sum())
    share = np.cumsum(per_row) / total
    low, high = (float(image.hz[np.searchsorted(share, q)]) for q in (0.05, 0.95))
    strongest = float(image.hz[int(np.argmax(per_row))])
    who = f" of {name}" if name else ""
    return (
        f"Spectrogram{who}, {image.duration_s:.2f} s on a {image.axis} frequency axis up to "
        f"{image.hz[-1]:.0f} Hz: most energy from {low:.0f} to {high:.0f} Hz, "
        f"strongest near {strongest:.0f} Hz."
    )


def colour_table(cmap: str) -> bytes:
    """Return a colour map as 256 RGB triples of bytes, darkest first."""
    import matplotlib

    check_colour_map(cmap)
    return (matplotlib.colormaps[cmap](np.arange(256))[:, :3] * 255).round().astype("u1").tobytes()


def check_colour_map(cmap: str) -> str:
    """Return the name of a colour map that matplotlib has, or say that it has none."""
    import matplotlib

    if isinstance(cmap, str) and cmap in matplotlib.colormaps:
        return cmap
    raise ParameterError(f"cmap={cmap!r} is no colour map of matplotlib; try 'magma' or 'viridis'")


def _draw(figure: Figure, dpi: int) -> bytes:
    from PIL import Image

    full, small = io.BytesIO(), io.BytesIO()
    figure.savefig(full, format="png", dpi=dpi)
    image = Image.open(full).quantize(96, method=Image.Quantize.FASTOCTREE)
    image.save(small, "png", optimize=True)
    return small.getvalue()


def _figure(
    rows: int, *, height: float, columns: int = 1, sharex: bool = False
) -> tuple[Figure, list[Axes]]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9.5, height * rows), layout="constrained")
    FigureCanvasAgg(figure)
    figure.patch.set_alpha(0)
    axes = list(np.ravel(figure.subplots(rows, columns, sharex=sharex)))
    for ax in axes:
        ax.patch.set_alpha(0)
        ax.tick_params(colors=INK)
        ax.title.set_color(INK)
        ax.xaxis.label.set_color(INK)
        ax.yaxis.label.set_color(INK)
        for side, spine in ax.spines.items():
            spine.set_color(INK)
            spine.set_visible(side in ("left", "bottom"))
    return figure, axes


def _colour_bar(figure: Figure, mesh: Any, axes: list[Axes], **settings: Any) -> None:
    bar = figure.colorbar(mesh, ax=axes, pad=0.015, **settings)
    bar.ax.tick_params(colors=INK)
    bar.outline.set_visible(False)


def _scale(ax: Axes, image: Picture) -> None:
    if image.axis == "log":
        ax.set_yscale("log", base=2)
        ax.yaxis.set_major_formatter(lambda hz, _: f"{hz:g}" if hz >= 1 else "")
        ax.set_ylim(image.hz[0], image.hz[-1])
    elif image.axis == "mel":
        # Linear below 1 kHz and logarithmic above is what the mel scale looks like.
        ax.set_yscale("symlog", linthresh=1000, linscale=1)
        ticks = [t for t in (0, 250, 500, 1000, 2000, 4000, 8000, 16000) if t <= image.hz[-1]]
        ax.set_yticks(ticks, [str(t) for t in ticks])
        ax.set_ylim(image.hz[0], image.hz[-1])


def _cycle() -> list[str]:
    return list(COLOURS) * 4
