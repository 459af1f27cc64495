"""The report: tables for people, the bars that the course sets itself, and two pictures."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from benchmarks.machine import verdict
from benchmarks.marking.contenders import CONTENDERS, SURE
from benchmarks.marking.summary import (
    Row,
    bit_accuracy,
    false_positives,
    mean_over,
    share_below,
    threshold_over,
    true_positives,
    unmarked_scores,
    wrong_key_scores,
)
from benchmarks.marking.trials import EXTRA, kind_of
from sonic_lab import plots

Rows = Mapping[str, Sequence[Row]]  # by mark: clips of the part that is reported


def limits(reported: Rows, tuning: Rows) -> dict[str, float]:
    """Return where each mark counts: p <= 1e-6, or above all unmarked sound of the tuning part."""
    return {
        mark: SURE
        if CONTENDERS[mark].graded
        else threshold_over(unmarked_scores(tuning.get(mark, ())))
        for mark in reported
    }


def defaults(names: Iterable[str]) -> list[str]:
    """Leave the attacks at their default strength: those that a mean is taken over."""
    return [name for name in names if name != "none" and name not in EXTRA]


def matrix(rows: Rows, names: Sequence[str], at: Mapping[str, float], **how: bool) -> np.ndarray:
    """Return the share found, (attack, mark)."""
    columns = [
        [true_positives(rows[m], n, at[m], graded=CONTENDERS[m].graded, **how) for n in names]
        for m in rows
    ]
    return np.array(columns).T


def lines(rows: Rows, tuning: Rows, names: Sequence[str], paces: Rows) -> Iterator[str]:
    """Write the tables."""
    at = limits(rows, tuning)
    yield from _limits(rows, tuning, at)
    shares = matrix(rows, names, at)
    yield "Share of clips in which the mark was found"
    yield _row("", list(rows), "s")
    for name, values in zip(names, shares, strict=True):
        yield _row(name, values, ".2f")
    usual = defaults(names)
    picked = [name in usual for name in names]
    yield _row(
        "mean, after attack", [mean_over(usual, column[picked]) for column in shares.T], ".3f"
    )
    exact = matrix(rows, usual, at, exact=True)
    told = [bool(CONTENDERS[mark].bits) for mark in rows]
    exact_means = [mean_over(usual, c) if t else np.nan for c, t in zip(exact.T, told, strict=True)]
    yield _row("payload exact", exact_means, ".3f")
    bits = [
        mean_over(usual, [bit_accuracy(rows[mark], n, CONTENDERS[mark].bits) for n in usual])
        for mark in rows
    ]
    yield _row("bits right", bits, ".3f")
    yield ""
    yield from _qualities(rows)
    yield from _alarms(rows, at)
    yield from _speeds(paces)
    yield from _refusals(rows)


def _limits(rows: Rows, tuning: Rows, at: Mapping[str, float]) -> Iterator[str]:
    yield "Where a mark counts as found"
    for mark in rows:
        if CONTENDERS[mark].graded:
            yield f"  {mark:12} p <= 1e-6, a bound over keys that the detector gives"
        else:
            known = [score for score in unmarked_scores(tuning.get(mark, ())) if score is not None]
            rate = min(1.0, 3 / max(len(known), 1))
            yield (
                f"  {mark:12} score above {at[mark]:.3f}, the highest of {len(known)} unmarked "
                f"tuning sounds (a false-positive rate below {rate:.1g} at 95 % confidence, far "
                f"from 1e-6); its own threshold is {CONTENDERS[mark].own:g}"
            )
    yield ""


def _qualities(rows: Rows) -> Iterator[str]:
    yield "How well it hides: mean, and the worst clip"
    yield _row("", list(rows), "s")
    worst_of = {"snr": min, "nmr": max, "visqol": min, "pesq": min}
    titles = {"snr": "SNR, dB", "nmr": "noise to mask, dB", "visqol": "ViSQOL", "pesq": "PESQ"}
    for name, worst in worst_of.items():
        values = [
            [r["quality"][name] for r in rows[m] if name in r.get("quality", {})] for m in rows
        ]
        yield _row(titles[name], [np.mean(v) if v else np.nan for v in values], ".2f")
        yield _row("  worst", [worst(v) if v else np.nan for v in values], ".2f")
    yield ""


def _alarms(rows: Rows, at: Mapping[str, float]) -> Iterator[str]:
    yield "False alarms: sounds of the reported part, attacked too; how many counted as marked"
    yield _row("", list(rows), "s")
    for title, collect in (("unmarked", unmarked_scores), ("wrong key", wrong_key_scores)):
        scores = {mark: [s for s in collect(rows[mark]) if s is not None] for mark in rows}
        yield _row(title, [len(scores[mark]) for mark in rows], "d")
        for label, limit in (
            ("  counted", at),
            ("  at its own", {m: CONTENDERS[m].own for m in rows}),
        ):
            counts = [
                false_positives(scores[m], limit[m], graded=CONTENDERS[m].graded) for m in rows
            ]
            yield _row(label, counts, "d")
        graded = [share_below(scores[m], 0.01) if CONTENDERS[m].graded else np.nan for m in rows]
        yield _row("  share p <= 0.01", graded, ".4f")
    yield ""


PACES = {
    "embed_s": ("embed", 300),
    "detect_marked_s": ("detect, marked", 300),
    "detect_unmarked_s": ("detect, unmarked", 120),
}


def _speeds(paces: Rows) -> Iterator[str]:
    yield "Times real time, in processor time of one core: median, and the slowest clip"
    yield _row("", list(paces), "s")
    for name, (title, _) in PACES.items():
        speeds = [times_real_time(paces[mark], name) for mark in paces]
        yield _row(title, [np.median(v) if v else np.nan for v in speeds], ".0f")
        yield _row("  slowest", [min(v) if v else np.nan for v in speeds], ".0f")


def times_real_time(paces: Sequence[Row], name: str) -> list[float]:
    """Return how many seconds of each clip a call takes on in a second."""
    return [row["duration_s"] / row[name] for row in paces if name in row]


def _refusals(rows: Rows) -> Iterator[str]:
    for mark, mine in rows.items():
        refused = [row["clip"] for row in mine if "refused" in row]
        if refused:
            yield f"{mark} refused to mark {len(refused)} clips: {', '.join(refused)}"


def _row(title: str, values: Sequence[object], form: str) -> str:
    cells = [
        "–" if isinstance(value, float) and np.isnan(value) else format(value, form)
        for value in values
    ]
    return f"{title:20}" + "".join(f"{cell:>12}" for cell in cells)


def details(rows: Rows, tuning: Rows, names: Sequence[str]) -> Iterator[str]:
    """Write, of each mark and attack, the median score and the clips that were missed."""
    at = limits(rows, tuning)
    for mark, mine in rows.items():
        graded = CONTENDERS[mark].graded
        yield f"{mark}: {'attack':22}{'median score':>14}  missed"
        for name in names:
            after = [(r["clip"], r["attacks"][name]["score"]) for r in mine if "attacks" in r]
            scores = [score for _, score in after if score is not None]
            one = [{"attacks": {name: {"score": s, "wrong_bits": 0}}, "clip": c} for c, s in after]
            missed = [
                r["clip"] for r in one if not true_positives([r], name, at[mark], graded=graded)
            ]
            middle = np.median(scores) if scores else float("nan")
            yield f"  {name:22}{middle:14.2f}  {', '.join(missed)}"
        yield ""


def bars(rows: Rows, paces: Rows) -> Iterator[str]:
    """Say of each bar that the course sets its own marks whether it is reached."""
    gentle, robust = rows.get("gentle 16", ()), rows.get("robust 32", ())
    speech = [row for row in gentle if "speech" in row["clip"]]
    fast = [name for name in EXTRA if name.startswith(("stretch", "speed"))]
    usual = defaults({n: None for row in gentle for n in row.get("attacks", {})})
    yield from _reaches("gentle: found after an attack", gentle, usual, 0.98)
    yield from _reaches("gentle: payload of 16 bits exact", gentle, usual, 0.99, exact=True)
    yield from _reaches("robust: payload of 32 bits exact", robust, usual, 0.98, exact=True)
    yield from _reaches("gentle: found at ±10 % of stretch or speed", gentle, fast, 0.90)
    yield from _reaches("gentle: found in 2 s", gentle, ["crop_2s"], 0.95)
    yield from _reaches("gentle: speech, white noise at 10 dB", speech, ["noise_white_10dB"], 0.60)
    # SNR in float32 is 30 dB to a hundredth.
    yield from _measures("gentle: SNR, worst", gentle, "snr", min, 29.99, 1)
    yield from _measures("gentle: noise-to-mask ratio, mean", gentle, "nmr", np.mean, -14, -1)
    yield from _measures("gentle: ViSQOL, mean", gentle, "visqol", np.mean, 4.70, 1)
    yield from _measures("gentle: ViSQOL, worst", gentle, "visqol", min, 4.65, 1)
    yield from _measures("gentle: PESQ of speech, mean", gentle, "pesq", np.mean, 4.4, 1)
    for mark in ("gentle 16", "robust 32"):
        for title, collect in (("unmarked", unmarked_scores), ("wrong key", wrong_key_scores)):
            scores = collect(rows.get(mark, ()))
            if scores:
                count = false_positives(scores, SURE, graded=True)
                yield verdict(
                    f"{mark}: {count} of {len(scores)} {title} counted, at most 0", not count
                )
                share = share_below(scores, 0.01)
                yield verdict(
                    f"{mark}: {share:.4f} of {title} at p <= 0.01, at most 0.01", share <= 0.01
                )
    for name, (title, bar) in PACES.items():
        if speeds := times_real_time(paces.get("gentle 16", ()), name):
            median = float(np.median(speeds))
            claim = f"gentle: {title}: {median:.0f} times real time, at least {bar}"
            yield verdict(claim, median >= bar)


def _reaches(
    what: str, rows: Sequence[Row], names: Sequence[str], bar: float, *, exact: bool = False
) -> Iterator[str]:
    values = [true_positives(rows, n, SURE, graded=True, exact=exact) for n in names]
    value = mean_over(names, values) if rows and names else float("nan")
    if not np.isnan(value):
        yield verdict(f"{what}: {value:.3f}, at least {bar}", value >= bar)


def _measures(what, rows, name, summary, bar, sign) -> Iterator[str]:  # type: ignore[no-untyped-def]
    values = [row["quality"][name] for row in rows if name in row.get("quality", {})]
    if values:
        value = float(summary(values))
        side = "at least" if sign > 0 else "at most"
        yield verdict(f"{what}: {value:.2f}, {side} {bar}", sign * value >= sign * bar)


def pictures(rows: Rows, tuning: Rows, names: Sequence[str]) -> dict[str, plots.Still]:
    """Draw what outlives the attacks: each attack on its own, and by kind."""
    at, names = limits(rows, tuning), [name for name in names if name != "none"]
    shares = matrix(rows, names, at)
    order = {m: np.sort(column)[::-1] for m, column in zip(rows, shares.T, strict=True)}
    means = ", ".join(f"{m} {np.nanmean(values):.2f}" for m, values in order.items())
    kinds = list(dict.fromkeys(kind_of(name) for name in names))
    grouped = np.array(
        [np.nanmean(shares[[kind_of(n) == kind for n in names]], axis=0) for kind in kinds]
    )
    return {
        "attacks": plots.curves(
            {m: (np.arange(1, len(names) + 1), values) for m, values in order.items()},
            xlabel="attacks, for each mark from the one it stands best",
            ylabel="share of clips found",
            ylim=(-0.03, 1.03),
            alt=f"Share of clips found after {len(names)} attacks, sorted; means: {means}.",
        ),
        "kinds": plots.heatmap(
            np.round(grouped, 2),
            rows=kinds,
            columns=list(rows),
            numbers=True,
            alt=f"Share of clips found, by kind of attack; means over all attacks: {means}.",
        ),
    }
