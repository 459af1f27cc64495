"""Answers to the exercises of notebook 05."""

from __future__ import annotations

import numpy as np
import torch

from . import Answers


def attention(q, k, v, *, mask=None, scale=None, causal=False):
    Q, K, V = (torch.tensor(x)[None, None] for x in (q, k, v))
    y = torch.nn.functional.scaled_dot_product_attention(
        Q, K, V, attn_mask=mask, is_causal=causal, scale=scale
    )
    return y[0, 0].numpy()


def masked_late(q, k, v):
    weights = torch.softmax(torch.tensor(q @ k.T) / q.shape[1] ** 0.5, dim=1)
    return (weights.tril() @ torch.tensor(v)).numpy()


def not_itself(q, k, v):
    mask = torch.ones(len(q), len(q), dtype=torch.bool).tril(-1)
    mask[0, 0] = True
    return attention(q, k, v, mask=mask)


def by_columns(q, k, v):
    scores = torch.tensor(q @ k.T) / q.shape[1] ** 0.5
    hidden = torch.ones(len(q), len(q)).triu(1).bool()
    return (torch.softmax(scores.masked_fill(hidden, -1e30), dim=0) @ torch.tensor(v)).numpy()


def future(q, k, v):
    return attention(q, k, v, mask=torch.ones(len(q), len(q), dtype=torch.bool).triu())


def staircase(codes, pad):
    K = len(codes)
    rows = [[pad] * k + list(row) + [pad] * (K - 1 - k) for k, row in enumerate(codes)]
    return np.array(rows)


def chance(given, *, temperature=None, k=None, place=1):
    logits = torch.tensor(given.logits, dtype=torch.float64)
    kept = logits.topk(k or given.k).values
    return torch.softmax(kept / (temperature or given.temperature), dim=0)[place].item()


ANSWERS = {
    "05.1": Answers(
        solution=lambda given: lambda q, k, v: attention(q, k, v, causal=True),
        wrong={
            "looks-ahead": lambda given: attention,
            "not-scaled": lambda given: lambda q, k, v: attention(q, k, v, causal=True, scale=1.0),
            "divided-by-width": lambda given: (
                lambda q, k, v: attention(q, k, v, causal=True, scale=1 / q.shape[1])
            ),
            "masked-too-late": lambda given: masked_late,
            "not-itself": lambda given: not_itself,
            "columns": lambda given: by_columns,
            "backwards": lambda given: future,
            "different": lambda given: lambda q, k, v: v,
        },
    ),
    "05.2": Answers(
        solution=lambda given: staircase,
        wrong={
            "cut-short": lambda given: lambda c, pad: staircase(c, pad)[:, : c.shape[1]],
            "wrong-way": lambda given: lambda c, pad: staircase(c[::-1], pad)[::-1],
            "one-too-late": lambda given: (
                lambda c, pad: np.pad(staircase(c, pad), ((0, 0), (1, 0)), constant_values=pad)
            ),
            "zeros": lambda given: lambda c, pad: staircase(c, 0),
            "different": lambda given: lambda c, pad: staircase(c, pad)[:, ::-1],
            "wrong-shape": lambda given: lambda c, pad: c.T.ravel(),
        },
    ),
    "05.3": Answers(
        solution=lambda given: lambda a, b, s: s * a + (1 - s) * b,
        wrong={
            "one-too-far": lambda given: lambda a, b, s: (1 + s) * a - s * b,
            "other-way": lambda given: lambda a, b, s: (1 - s) * a + s * b,
            "only-louder": lambda given: lambda a, b, s: s * a,
            "no-start": lambda given: lambda a, b, s: s * (a - b),
            "different": lambda given: lambda a, b, s: (a + b) / 2,
        },
    ),
    "05.4": Answers(
        solution=chance,
        wrong={
            "not-cut": lambda given: chance(given, k=6),
            "temperature-forgotten": lambda given: chance(given, temperature=1.0),
            "temperature-upside-down": lambda given: chance(
                given, temperature=1 / given.temperature
            ),
            "the-likeliest": lambda given: chance(given, place=0),
            "percent": lambda given: 100 * chance(given),
            "different": lambda given: chance(given, place=2) / 2,
        },
    ),
}
