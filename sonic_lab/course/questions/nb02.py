"""Exercises of notebook 02, from STFT to mel."""

from __future__ import annotations

import numpy as np

from ..answers import Case, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 02.1 the Hann window -----------------------------------------------------------------------


def _sizes(draw: Draw) -> list[Case]:
    return [{"n": n + draw.integer(0, 9)} for n in (6, 16, 30)]


def _raised_cosine(n: int, *, period: float, depth: float = 0.5) -> np.ndarray:
    return 1 - depth - depth * np.cos(2 * np.pi * np.arange(n) / period)


HANN = Exercise(
    id="02.1",
    title="A window by hand",
    question="Write `hann(n)`: the *periodic* Hann window, an array of `n` values that begins at "
    "0, reaches 1 in the middle, and whose next value, the one after the last, would be 0 again.",
    kind=Function("hann(n)"),
    given=_sizes,
    truth=lambda n: _raised_cosine(n, period=n),
    praise="One whole period of a raised cosine. Shifted by half its length and added to itself "
    "it is exactly one everywhere, which is why STFTs like it.",
    nudge="It is a cosine, turned over, lifted and halved, that goes round once in n samples.",
    mistakes=(
        Mistake(
            "symmetric-window",
            "Yours ends where it began, at 0. That is the symmetric window, for designing "
            "filters. In the periodic one the second zero belongs to the next period.",
            like=lambda n: _raised_cosine(n, period=n - 1),
        ),
        Mistake(
            "hamming",
            "This is Hamming's window: it does not quite reach 0. Hann's does.",
            like=lambda n: _raised_cosine(n, period=n, depth=0.46),
        ),
        Mistake(
            "upside-down",
            "Yours is 1 at the edges and 0 in the middle: it keeps what should be faded out.",
            like=lambda n: 1 - _raised_cosine(n, period=n),
        ),
        Mistake(
            "not-halved",
            "Yours reaches 2 in the middle.",
            like=lambda n: 2 * _raised_cosine(n, period=n),
        ),
        Mistake(
            "half-a-period",
            "Yours rises and never comes down: the cosine went round only half of the way.",
            like=lambda n: _raised_cosine(n, period=2 * n),
        ),
        Mistake(
            "sine-window",
            "This is a sine, the square root of a Hann window. It has a corner at each end.",
            like=lambda n: np.sin(np.pi * np.arange(n) / n),
        ),
    ),
)

# --- 02.2 the STFT ------------------------------------------------------------------------------


def _sounds(draw: Draw) -> list[Case]:
    sizes = [(32, 8), (64, 16), (64, 24)]
    return [
        {"y": draw.noise(4 * n_fft + draw.integer(20, 90)), "n_fft": n_fft, "hop_length": hop}
        for n_fft, hop in sizes
    ]


def _spectra(
    y: np.ndarray, n_fft: int, hop_length: int, *, pad: str = "constant", window: str = "hann"
) -> np.ndarray:
    """Complex STFT (F, T) in double precision; `pad` "" leaves the sound uncentred."""
    sound = np.pad(y, n_fft // 2, mode=pad) if pad else y  # type: ignore[call-overload]
    starts = range(0, len(sound) - n_fft + 1, hop_length)
    taper = {
        "hann": _raised_cosine(n_fft, period=n_fft),
        "symmetric": np.hanning(n_fft),
        "none": np.ones(n_fft),
    }[window]
    return np.fft.rfft([sound[s : s + n_fft] * taper for s in starts]).T


def _with_negatives(S: np.ndarray) -> np.ndarray:
    return np.concatenate([S, S[-2:0:-1]])


STFT = Exercise(
    id="02.2",
    title="Put each frame around its moment",
    question="Write `magnitudes(y, n_fft, hop_length)`: the magnitudes of a *centred* STFT with a "
    "periodic Hann window. Frame t stands around sample `t * hop_length`, with zeros beyond both "
    "ends of the sound; rows are frequencies, columns are frames.",
    kind=Function("magnitudes(y, n_fft, hop_length)"),
    given=_sounds,
    truth=lambda y, n_fft, hop_length: np.abs(_spectra(y, n_fft, hop_length)),
    praise="This is what librosa computes, up to rounding. With the frames centred, column t "
    "speaks about the time t * hop / sr, and not about half a frame later.",
    nudge="Put zeros before and behind the sound first, and then proceed as in the section above.",
    mistakes=(
        Mistake(
            "not-centred",
            "Your first frame begins at the first sample, where it should be centred there. So "
            "it misses a few frames, and every column is half a frame late.",
            like=lambda y, n_fft, hop_length: np.abs(_spectra(y, n_fft, hop_length, pad="")),
        ),
        Mistake(
            "no-window",
            "These frames were cut out with a knife: no window was applied.",
            like=lambda y, n_fft, hop_length: np.abs(_spectra(y, n_fft, hop_length, window="none")),
        ),
        Mistake(
            "symmetric-window",
            "Nearly: the window is the symmetric one. `np.hanning` makes that; exercise 02.1 made "
            "the other.",
            like=lambda y, n_fft, hop_length: np.abs(
                _spectra(y, n_fft, hop_length, window="symmetric")
            ),
        ),
        Mistake(
            "power",
            "This is power. Magnitudes are asked for, and power is their square.",
            like=lambda y, n_fft, hop_length: np.abs(_spectra(y, n_fft, hop_length)) ** 2,
        ),
        Mistake(
            "mirrored-ends",
            "The ends are filled with a mirror image of the sound (older versions of librosa did "
            "so). Zeros are asked for.",
            like=lambda y, n_fft, hop_length: np.abs(_spectra(y, n_fft, hop_length, pad="reflect")),
        ),
        Mistake(
            "both-halves",
            "You kept the negative frequencies too. Those of a real sound mirror the positive "
            "ones and say nothing new.",
            like=lambda y, n_fft, hop_length: _with_negatives(
                np.abs(_spectra(y, n_fft, hop_length))
            ),
        ),
    ),
    atol=1e-4,  # single precision will do: the largest magnitudes are about 10
)

# --- 02.3 time or frequency ---------------------------------------------------------------------


def _pipes_and_drums(draw: Draw) -> Case:
    """Draw a task that exactly one power of two can do."""
    n_fft = draw.choice([512, 1024, 2048, 4096])
    sr = draw.choice([16000, 22050, 44100, 48000])
    return {
        "sr": sr,
        "gap_hz": round(4 * sr / n_fft * draw.uniform(1.1, 1.9), 1),
        "gap_ms": round(1000 * n_fft / sr * draw.uniform(1.1, 1.9), 1),
    }


def _only_n_fft(sr: int, gap_hz: float, gap_ms: float) -> int:
    return 2 ** int(np.floor(np.log2(sr * gap_ms / 1000)))


def _not_a_power(got: np.ndarray, **case: float) -> bool:
    size = float(got)
    return size < 2 or not np.log2(size).is_integer()


CHOOSE = Exercise(
    id="02.3",
    title="Which window for this music?",
    question="Two organ pipes sound at once, {gap_hz} Hz apart, and a drum beats every {gap_ms} "
    "ms; the rate is {sr} Hz. Under a Hann window two tones stand apart if at least 4 bins lie "
    "between them, and two hits if a frame is shorter than the time between them. Which `n_fft`, "
    "a power of two, does both?",
    kind=Number("samples"),
    given=_pipes_and_drums,
    truth=_only_n_fft,
    praise="It fits, and its neighbours do not: half of it melts the pipes into one, twice of it "
    "smears the drum.",
    nudge="A bin is sr / n_fft wide, and a frame n_fft / sr long. Both wishes bound n_fft, one "
    "from below and one from above.",
    mistakes=(
        Mistake(
            "not-a-power-of-two",
            "Between the two bounds lies just one power of two.",
            when=_not_a_power,
        ),
        Mistake(
            "too-short",
            "Too short: with such frames fewer than 4 bins lie between the pipes, and they melt "
            "into one. Are 4 bins really `4 * sr / n_fft` Hz in your reckoning?",
            when=lambda got, **case: got < _only_n_fft(**case),
        ),
        Mistake(
            "too-long",
            "Too long: a frame takes in two hits, and nobody can tell that there were two. Are "
            "the milliseconds seconds in your reckoning?",
            when=lambda got, **case: got > _only_n_fft(**case),
        ),
    ),
    rtol=0,
    atol=1e-6,
)

# --- 02.4 decibels ------------------------------------------------------------------------------


def _powers(draw: Draw) -> list[Case]:
    """Draw power over thirteen decades, so that the floor has something to do."""
    shapes = [(4, 5), (3, 8), (6, 4)]
    return [
        {"S": draw.uniform(2, 9) * 10 ** (6.5 * draw.noise(a * b).reshape(a, b) - 6)}
        for a, b in shapes
    ]


def _db(S: np.ndarray, *, factor: float = 10, floor: float = -80, ref: float = 0) -> np.ndarray:
    return np.maximum(factor * np.log10(S / (ref or S.max())), floor)


DECIBELS = Exercise(
    id="02.4",
    title="Decibels below the loudest",
    question="Write `to_db(S)` for an array `S` of *power*, all of it positive: decibels below "
    "the largest value, so that this one is 0, and nothing further down than -80.",
    kind=Function("to_db(S)"),
    given=_powers,
    truth=_db,
    praise="That is what `ref=np.max` and `top_db=80` do. The picture no longer depends on how "
    "loud the recording was.",
    nudge="Divide by the largest value, take the logarithm, then lift what is too low.",
    mistakes=(
        Mistake(
            "amplitude-for-power",
            "This is the rule for amplitudes. `S` is power, already squared.",
            like=lambda S: _db(S, factor=20),
        ),
        Mistake(
            "natural-log",
            "Decibels use the logarithm to base 10. `np.log` is the natural one.",
            like=lambda S: _db(S, factor=10 * np.log(10)),
        ),
        Mistake(
            "bels",
            "These are bels. A decibel is a tenth of one, so there are ten times as many.",
            like=lambda S: _db(S, factor=1),
        ),
        Mistake(
            "no-floor",
            "Right at the top, but some values lie below the floor.",
            like=lambda S: _db(S, floor=-np.inf),
        ),
        Mistake(
            "no-reference",
            "The largest value must come out as 0 dB. Yours are measured against a power of 1.",
            when=lambda got, S: bool(np.isclose(got.max(), 10 * np.log10(S.max()))),
        ),
        Mistake(
            "average-reference",
            "You compare with the mean. The largest value then lies above 0 dB.",
            when=lambda got, S: bool(np.isclose(got.max(), 10 * np.log10(S.max() / S.mean()))),
        ),
    ),
)

# --- 02.5 the mel scale -------------------------------------------------------------------------


def _pitches(draw: Draw) -> list[Case]:
    spans = [(30, 200), (300, 900), (1000, 3000), (4000, 11000)]
    return [{"f": draw.uniform(low, high, digits=1)} for low, high in spans]


def _slaney(f: float) -> float:
    return f * 3 / 200 if f < 1000 else 15 + 27 * float(np.log(f / 1000) / np.log(6.4))


HTK = Exercise(
    id="02.5",
    title="The other mel scale",
    question="Write `hz_to_mel(f)` as the HTK toolkit has it: 2595 times the base-10 logarithm "
    "of 1 + f / 700, with `f` in Hz.",
    kind=Function("hz_to_mel(f)"),
    given=_pitches,
    truth=lambda f: 2595 * np.log10(1 + f / 700),
    praise="Nearly straight below 700 Hz, nearly logarithmic above, and 1000 Hz comes out as "
    "1000 mel: the 2595 is there for that.",
    nudge="Try 1000 Hz: it must come out as 1000 mel, within a thousandth.",
    mistakes=(
        Mistake(
            "natural-log",
            "`np.log` is the natural logarithm; with it the factor would have to be 1127.",
            like=lambda f: 2595 * np.log(1 + f / 700),
        ),
        Mistake(
            "constants-of-the-other-form",
            "1127 belongs to the natural logarithm, 2595 to the one of base 10.",
            like=lambda f: 1127 * np.log10(1 + f / 700),
        ),
        Mistake(
            "one-forgotten",
            "Without the 1 inside, low notes come out negative, and 0 Hz at minus infinity.",
            like=lambda f: 2595 * np.log10(f / 700),
        ),
        Mistake(
            "one-outside",
            "The 1 is added to f / 700. It looks as if f was divided after the addition.",
            like=lambda f: 2595 * np.log10((1 + f) / 700),
        ),
        Mistake(
            "slaney-scale",
            "That is Slaney's scale, which librosa takes unless you say `htk=True`.",
            like=_slaney,
        ),
        Mistake(
            "the-way-back",
            "This goes from mel to Hz.",
            like=lambda f: 700 * (10 ** (f / 2595) - 1),
        ),
    ),
    rtol=1e-4,
)

# --- 02.6 the filterbank ------------------------------------------------------------------------


def _bands(draw: Draw) -> list[Case]:
    """Draw edges that widen as they rise, and FFT bins that do not fall on them."""
    cases: list[Case] = []
    for bands, bins in ((4, 40), (5, 33), (3, 50)):
        steps = np.cumsum([draw.uniform(1.2, 2.0) * 1.25**k for k in range(bands + 2)])
        edges = np.round(200 + 5000 * steps / steps[-1], 1)
        cases.append({"freqs": np.linspace(0, 6000, bins), "edges": edges})
    return cases


def _triangles(freqs: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Triangles of unit peak before anything is clipped: (M, F)."""
    low, mid, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    return np.minimum((freqs - low) / (mid - low), (high - freqs) / (high - mid))


def _bank(freqs: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return np.maximum(0, _triangles(freqs, edges)) * _heights(edges)


def _heights(edges: np.ndarray) -> np.ndarray:
    return (2 / (edges[2:] - edges[:-2]))[:, None]


def _shares(freqs: np.ndarray, edges: np.ndarray) -> np.ndarray:
    unit = np.maximum(0, _triangles(freqs, edges))
    return unit / unit.sum(axis=1, keepdims=True)


def _boxes(freqs: np.ndarray, edges: np.ndarray) -> np.ndarray:
    return (_triangles(freqs, edges) > 0) * _heights(edges) / 2


BANK = Exercise(
    id="02.6",
    title="Bands of equal area",
    question="Write `filterbank(freqs, edges)`. For F frequencies and M + 2 edges it returns an "
    "array (M, F): row m is a triangle over `freqs` that rises from 0 at `edges[m]` to its peak "
    "at `edges[m + 1]`, falls to 0 at `edges[m + 2]`, is 0 outside, and has *area* 1.",
    kind=Function("filterbank(freqs, edges)"),
    given=_bands,
    truth=_bank,
    praise="That is Slaney's normalisation, librosa's default. Without it wide bands collect more "
    "power only for being wide, and every picture brightens towards the top.",
    nudge="A triangle's area is half its base times its height. What height makes that 1?",
    mistakes=(
        Mistake(
            "unit-peak",
            "Your triangles all have the height 1. The wide ones then have more area.",
            like=lambda freqs, edges: np.maximum(0, _triangles(freqs, edges)),
        ),
        Mistake(
            "half-the-height",
            "A box of this base and height would have area 1. A triangle is half a box.",
            like=lambda freqs, edges: _bank(freqs, edges) / 2,
        ),
        Mistake(
            "rows-sum-to-one",
            "The values of each row add up to 1. Area is measured in Hz, and does not depend on "
            "how closely the frequencies lie.",
            like=_shares,
        ),
        Mistake(
            "below-zero",
            "Outside its base a triangle is 0, and yours goes on below it.",
            like=lambda freqs, edges: _triangles(freqs, edges) * _heights(edges),
        ),
        Mistake(
            "boxes",
            "These are boxes: as strong at their edges as in the middle.",
            like=_boxes,
        ),
    ),
)

# --- 02.7 what a batch weighs -------------------------------------------------------------------


def _batch(draw: Draw) -> Case:
    return {
        "clips": draw.choice([16, 24, 32, 48]),
        "seconds": draw.integer(3, 12),
        "sr": draw.choice([16000, 22050, 32000]),
        "hop_length": draw.choice([160, 256, 512]),
        "n_mels": draw.choice([64, 80, 128]),
    }


def _values(clips: int, seconds: int, sr: int, hop_length: int, n_mels: int) -> int:
    return clips * n_mels * (1 + seconds * sr // hop_length)


WEIGHT = Exercise(
    id="02.7",
    title="What a batch weighs",
    question="{clips} clips of {seconds} s at {sr} Hz become centred log-mels with {n_mels} bands "
    "and a hop of {hop_length}, in float32. How many bytes is that tensor?",
    kind=Number("bytes"),
    given=_batch,
    truth=lambda **case: 4 * _values(**case),
    praise="That is how you plan a batch before the GPU tells you that it was too large.",
    nudge="Clips times bands times frames, and so many bytes for each value.",
    mistakes=(
        Mistake(
            "values-for-bytes",
            "That many values. How many bytes does a float32 take?",
            like=_values,
        ),
        Mistake(
            "float64",
            "A float32 has 32 bits. These would be float64.",
            like=lambda **case: 8 * _values(**case),
        ),
        Mistake(
            "frame-forgotten",
            "Very close: count the frame around sample 0 too.",
            like=lambda clips, seconds, sr, hop_length, n_mels: (
                4 * clips * n_mels * (seconds * sr // hop_length)
            ),
        ),
        Mistake(
            "one-clip",
            "That is one clip. The batch holds more.",
            like=lambda clips, **case: 4 * _values(1, **case),
        ),
        Mistake(
            "the-waveforms",
            "That is what the waveforms weigh.",
            like=lambda clips, seconds, sr, **rest: 4 * clips * seconds * sr,
        ),
    ),
    rtol=0,
    atol=0.5,  # bytes
)

EXERCISES = (HANN, STFT, CHOOSE, DECIBELS, HTK, BANK, WEIGHT)
