"""Exercises of notebook 04, sound as tokens."""

from __future__ import annotations

from math import log, log2, prod

import numpy as np

from ..answers import Case, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 04.1 frames a second -----------------------------------------------------------------------


def _strides(draw: Draw) -> Case:
    return {
        "sr": draw.choice([16000, 24000, 32000, 48000]),
        "strides": draw.shuffled(draw.choice([[2, 4, 5, 8], [2, 4, 4, 5], [4, 4, 5, 8]])),
    }


FRAMES = Exercise(
    id="04.1",
    title="Frames a second",
    question="An encoder listens at {sr} Hz. Its convolutions take strides of {strides}, one "
    "after the other. How many frames a second come out?",
    kind=Number("frames a second"),
    given=_strides,
    truth=lambda sr, strides: sr / prod(strides),
    praise="Each stride divides the rate of what reaches the next one. What all of them multiply "
    "to is the hop, as in an STFT: samples a frame.",
    nudge="The first stride of s leaves one value of every s. The next one works on what is left.",
    mistakes=(
        Mistake(
            "added",
            "You added the strides. Each works on what the one before has thinned already.",
            like=lambda sr, strides: sr / sum(strides),
        ),
        Mistake(
            "hop",
            "That is the hop: samples a frame. How many frames fit into a second?",
            like=lambda sr, strides: prod(strides),
        ),
        Mistake(
            "milliseconds",
            "That is how long a frame lasts, in milliseconds. How many of them make a second?",
            like=lambda sr, strides: 1000 * prod(strides) / sr,
        ),
        Mistake(
            "seconds",
            "That is how long a frame lasts, in seconds. How many of them make one?",
            like=lambda sr, strides: prod(strides) / sr,
        ),
        Mistake(
            "last-only",
            "You divided by one stride only. All of them thin the frames.",
            like=lambda sr, strides: sr / max(strides),
        ),
    ),
    rtol=1e-3,
)

# --- 04.2 the nearest word ----------------------------------------------------------------------


def _points(draw: Draw) -> list[Case]:
    """Draw points and books in which long vectors tempt the dot product."""
    cases: list[Case] = []
    for n, v, d in ((6, 8, 2), (5, 12, 3), (9, 7, 4)):
        book = draw.noise(v * d).reshape(v, d)
        book[: v // 2] *= 3
        cases.append({"z": np.round(draw.noise(n * d).reshape(n, d), 3), "book": np.round(book, 3)})
    return cases


def _distances(z: np.ndarray, book: np.ndarray) -> np.ndarray:
    return np.sum((z[:, None] - book[None]) ** 2, axis=2)


def _nearest(z: np.ndarray, book: np.ndarray) -> np.ndarray:
    return _distances(z, book).argmin(axis=1)


NEAREST = Exercise(
    id="04.2",
    title="The nearest word",
    question="Write `nearest(z, book)`: for each row of `z`, shape (N, D), the number of the row "
    "of `book`, shape (V, D), that lies nearest to it. Return N whole numbers, counted from 0.",
    kind=Function("nearest(z, book)"),
    given=_points,
    truth=_nearest,
    praise="That is all of vector quantisation: D numbers have become one word out of V.",
    nudge="`z[:, None] - book[None]` holds every difference, shape (N, V, D). Square, sum over "
    "D, and ask where along V it is least.",
    mistakes=(
        Mistake(
            "farthest",
            "These are the farthest ones.",
            like=lambda z, book: _distances(z, book).argmax(axis=1),
        ),
        Mistake(
            "dot-product",
            "You took the largest product. A long vector has large products with everything, "
            "near or far: take distances.",
            like=lambda z, book: (z @ book.T).argmax(axis=1),
        ),
        Mistake(
            "distances",
            "These are the distances. The answer is where they are least: `argmin`.",
            like=lambda z, book: _distances(z, book).min(axis=1),
        ),
        Mistake(
            "other-way-round",
            "One number for each row of the book: you searched along the wrong axis.",
            like=lambda z, book: _distances(z, book).argmin(axis=0),
        ),
        Mistake(
            "vectors",
            "These are the vectors themselves. Which numbers do they have?",
            like=lambda z, book: book[_nearest(z, book)],
        ),
        Mistake(
            "from-one",
            "Counted from 1. Python, and every table that these numbers look up, counts from 0.",
            like=lambda z, book: _nearest(z, book) + 1,
        ),
    ),
    rtol=0,
    atol=1e-9,
)

# --- 04.3 what is left over ---------------------------------------------------------------------


def _books(draw: Draw) -> list[Case]:
    """Draw stacks of three books, each finer than the one before."""
    cases: list[Case] = []
    for n, v, d in ((6, 5, 2), (8, 6, 3), (5, 7, 2)):
        books = [draw.noise(v * d).reshape(v, d) * scale for scale in (2.0, 0.9, 0.4)]
        z = 2 * draw.noise(n * d).reshape(n, d)
        cases.append({"z": np.round(z, 3), "books": np.round(books, 3)})
    return cases


def _residual(z: np.ndarray, books: np.ndarray) -> np.ndarray:
    left, codes = np.array(z, dtype=float), []
    for book in books:
        codes.append(_nearest(left, book))
        left = left - book[codes[-1]]
    return np.array(codes)


def _always_from_the_start(z: np.ndarray, books: np.ndarray) -> np.ndarray:
    codes, said = [], np.zeros_like(z)
    for book in books:
        codes.append(_nearest(z - said, book))
        said = book[codes[-1]]
    return np.array(codes)


def _added(z: np.ndarray, books: np.ndarray) -> np.ndarray:
    left, codes = np.array(z, dtype=float), []
    for book in books:
        codes.append(_nearest(left, book))
        left = left + book[codes[-1]]
    return np.array(codes)


RESIDUAL = Exercise(
    id="04.3",
    title="What is left over",
    question="Write `residual_codes(z, books)`: `z` has shape (N, D), `books` (K, V, D). The first "
    "book names each vector's nearest; every later one names the nearest to what all before it "
    "have left over. Return the codes, shape (K, N).",
    kind=Function("residual_codes(z, books)"),
    given=_books,
    truth=_residual,
    praise="And whoever gets only the first k rows has the best answer that k books can give. A "
    "bit rate that can be turned down after the fact comes for free.",
    nudge="Keep `left`, which begins as `z`. In each round: name the nearest to `left`, keep the "
    "names, subtract the named vectors from `left`.",
    mistakes=(
        Mistake(
            "no-residual",
            "Every book has named `z` itself. The second is there for what the first left over.",
            like=lambda z, books: np.array([_nearest(z, book) for book in books]),
        ),
        Mistake(
            "last-only",
            "Right for two books. The third must get what the first *two* left over: subtract "
            "from the residual, not from `z`.",
            like=_always_from_the_start,
        ),
        Mistake(
            "added",
            "You added what was named. What is left over is the difference.",
            like=_added,
        ),
        Mistake(
            "transposed",
            "The right numbers, lying on their side: (K, N) is asked for, one row a book.",
            like=lambda z, books: _residual(z, books).T,
        ),
        Mistake(
            "first-only",
            "These are the codes of the first book alone.",
            like=lambda z, books: _residual(z, books)[0],
        ),
    ),
    rtol=0,
    atol=1e-9,
)

# --- 04.4 kbit/s --------------------------------------------------------------------------------


def _codec(draw: Draw) -> Case:
    return {
        "sr": draw.choice([16000, 24000, 32000]),
        "hop_length": draw.choice([160, 320, 640]),
        "n_codebooks": draw.choice([4, 5, 6, 9, 12]),
        "codebook_size": draw.choice([512, 1024, 2048]),
    }


def _kbps(sr: int, hop_length: int, n_codebooks: int, codebook_size: int) -> float:
    return sr / hop_length * n_codebooks * log2(codebook_size) / 1000


RATE = Exercise(
    id="04.4",
    title="What it costs",
    question="A codec at {sr} Hz has a hop of {hop_length} samples and {n_codebooks} codebooks "
    "of {codebook_size} words each. How many kbit/s are its tokens?",
    kind=Number("kbit/s"),
    given=_codec,
    truth=_kbps,
    praise="Frames a second, times numbers a frame, times bits a number. An MP3 spends twenty to "
    "eighty times as much, and it has never heard a bar of music before.",
    nudge="A choice among V equally likely words is log2(V) bits. How many choices a second?",
    mistakes=(
        Mistake(
            "bits-not-kilobits",
            "These are bits a second. A kilobit is a thousand of them.",
            like=lambda **given: 1000 * _kbps(**given),
        ),
        Mistake(
            "bytes",
            "These are kilobytes a second. A byte has 8 bits.",
            like=lambda **given: _kbps(**given) / 8,
        ),
        Mistake(
            "one-codebook",
            "That is one codebook's share. A frame is as many words as there are books.",
            like=lambda **given: _kbps(**given) / given["n_codebooks"],
        ),
        Mistake(
            "natural-log",
            "You took the natural logarithm: those are nats. Bits are counted in powers of 2.",
            like=lambda **given: _kbps(**given) * log(2),
        ),
        Mistake(
            "words-not-bits",
            "You multiplied by the number of words. To choose among V of them takes log2(V) bits.",
            like=lambda **given: (
                _kbps(**given) / log2(given["codebook_size"]) * given["codebook_size"]
            ),
        ),
        Mistake(
            "every-sample",
            "You counted a frame for every sample. A frame comes once a hop.",
            like=lambda **given: _kbps(**given) * given["hop_length"],
        ),
    ),
    rtol=0.01,
)

EXERCISES = (FRAMES, NEAREST, RESIDUAL, RATE)
