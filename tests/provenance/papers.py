"""Rows and sounds that tests share."""

from __future__ import annotations

import hashlib
import string
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sonic_lab.provenance import USES, Consent, Manifest, Row, Step

SR = 16_000


def digest(text: object) -> str:
    return hashlib.sha256(str(text).encode("utf-8", "replace")).hexdigest()


def row(path: str = "a.wav", **papers: Any) -> Row:
    """A row with nothing against it, but for what is said otherwise."""
    clean: dict[str, Any] = {
        "sha256": digest(path),
        "samples_sha256": digest(f"samples of {path}"),
        "duration_s": 2.0,
        "sr": SR,
        "channels": 1,
        "creator": "Ada",
        "licence": "CC0-1.0",
        "voice": False,
    }
    return Row(path=path, **{**clean, **papers})


def tune(seed: int, seconds: float = 3.0, sr: int = SR) -> np.ndarray:
    """A row of plucked notes over noise, another for each seed."""
    rng = np.random.default_rng(seed)
    n = int(seconds * sr)
    y = 0.02 * rng.standard_normal(n)
    for start in np.arange(0, seconds, 0.25):
        t = np.arange(n) / sr - start
        pitch = 220 * 2 ** (rng.integers(0, 24) / 12)
        decay = np.where(t >= 0, np.exp(-6 * np.maximum(t, 0)), 0)
        for k in range(1, 6):
            y += decay * rng.uniform(0.2, 1) / k * np.sin(2 * np.pi * k * pitch * t)
    return (0.5 * y / np.abs(y).max()).astype(np.float32)


texts = st.text(max_size=12)
hashes = st.binary(min_size=1, max_size=2).map(lambda b: hashlib.sha256(b).hexdigest())
dates = st.dates().map(str)
paths = st.sampled_from([f"{folder}{name}.wav" for folder in ("", "x/") for name in "abcd"])
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | texts
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
steps = st.builds(
    Step,
    how=st.text(string.ascii_letters, min_size=1, max_size=8),
    parents=st.lists(hashes, max_size=2).map(tuple),
    by=texts,
    at=texts,
    run=texts,
    model=st.just("") | hashes,
    settings=st.dictionaries(texts, values, max_size=3),
)
consents = st.builds(
    Consent,
    by=st.text(min_size=1, max_size=8),
    on=dates,
    covers=st.lists(st.sampled_from(USES), max_size=2).map(tuple),
    reference=texts,
)
rows = st.builds(
    Row,
    path=paths,
    sha256=hashes,
    samples_sha256=hashes,
    duration_s=st.floats(1e-3, 1e6),
    sr=st.integers(1, 192_000),
    channels=st.integers(1, 8),
    source=texts,
    creator=texts,
    licence=st.sampled_from(["", "CC0-1.0", "CC-BY-4.0", "MIT OR CC-BY-SA-3.0", "no such thing"]),
    attribution=texts,
    consent=st.none() | consents,
    voice=st.none() | st.booleans(),
    obtained=st.just("") | dates,
    derivation=st.lists(steps, max_size=2).map(tuple),
    split=st.sampled_from(["", "train", "test"]),
    labels=st.lists(texts, max_size=2).map(tuple),
    revision=st.integers(0, 2),
)
manifests = st.lists(rows, max_size=6).map(Manifest)
