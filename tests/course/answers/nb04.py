"""Answers to the exercises of notebook 04."""

from __future__ import annotations

import numpy as np

from . import Answers


def nearest(z, book):
    return [int(np.linalg.norm(book - one, axis=1).argmin()) for one in z]


def residual_codes(z, books):
    said, codes = np.zeros_like(z), []
    for book in books:
        codes.append(nearest(z - said, book))
        said = said + book[codes[-1]]
    return codes


def forgets(z, books):
    first = nearest(z, books[0])
    second = nearest(z - books[0][first], books[1])
    return [first, second, nearest(z - books[1][second], books[2])]


def adds(z, books):
    codes = []
    for book in books:
        codes.append(nearest(z, book))
        z = z + book[codes[-1]]
    return codes


def hop(given):
    return float(np.prod(given.strides))


def bits(given):
    return given.sr / given.hop_length * given.n_codebooks * np.log2(given.codebook_size)


ANSWERS = {
    "04.1": Answers(
        solution=lambda given: given.sr / hop(given),
        wrong={
            "added": lambda given: given.sr / sum(given.strides),
            "hop": hop,
            "milliseconds": lambda given: 1e3 * hop(given) / given.sr,
            "seconds": lambda given: hop(given) / given.sr,
            "last-only": lambda given: given.sr / max(given.strides),
            "different": lambda given: 2 * given.sr / hop(given),
        },
    ),
    "04.2": Answers(
        solution=lambda given: nearest,
        wrong={
            "farthest": lambda given: (
                lambda z, book: [np.linalg.norm(book - one, axis=1).argmax() for one in z]
            ),
            "dot-product": lambda given: lambda z, book: np.argmax(z @ book.T, axis=1),
            "distances": lambda given: (
                lambda z, book: np.array(
                    [np.linalg.norm(book - one, axis=1).min() ** 2 for one in z]
                )
            ),
            "other-way-round": lambda given: lambda z, book: nearest(book, z),
            "vectors": lambda given: lambda z, book: book[nearest(z, book)],
            "from-one": lambda given: lambda z, book: np.array(nearest(z, book)) + 1,
            "different": lambda given: lambda z, book: np.zeros(len(z)),
        },
    ),
    "04.3": Answers(
        solution=lambda given: residual_codes,
        wrong={
            "no-residual": lambda given: lambda z, books: [nearest(z, book) for book in books],
            "last-only": lambda given: forgets,
            "added": lambda given: adds,
            "transposed": lambda given: lambda z, books: np.transpose(residual_codes(z, books)),
            "first-only": lambda given: lambda z, books: nearest(z, books[0]),
            "different": lambda given: lambda z, books: np.zeros((len(books), len(z))),
        },
    ),
    "04.4": Answers(
        solution=lambda given: bits(given) / 1000,
        wrong={
            "bits-not-kilobits": bits,
            "bytes": lambda given: bits(given) / 8000,
            "one-codebook": lambda given: bits(given) / 1000 / given.n_codebooks,
            "natural-log": lambda given: bits(given) / 1000 * np.log(2),
            "words-not-bits": lambda given: (
                given.sr / given.hop_length * given.n_codebooks * given.codebook_size / 1000
            ),
            "every-sample": lambda given: bits(given) / 1000 * given.hop_length,
            "different": lambda given: bits(given) / 1000 / 3,
        },
    ),
}
