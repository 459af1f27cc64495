"""Exercises of notebook 11, attack your own mark."""

from __future__ import annotations

import numpy as np

from ..answers import Case, Choice, Function, Number
from ..draw import Draw
from ..judging import Exercise, Mistake

# --- 11.1 where it breaks -----------------------------------------------------------------------


def _curves(draw: Draw) -> list[Case]:
    """Draw falling scores over rising strengths; the crossing lies between two of them."""
    return [_curve(draw, steps, needed) for steps, needed in ((5, 6.0), (7, 6.0), (6, 12.0))]


def _curve(draw: Draw, steps: int, needed: float) -> Case:
    strengths = np.cumsum([draw.uniform(0.5, 2.0, digits=2) for _ in range(steps)])
    lost = steps - 2  # the first strength at which the score is too low
    above = [needed + draw.uniform(3, 9) * (lost - k) + draw.uniform(1, 2) for k in range(lost)]
    below = [needed - draw.uniform(2, 3), needed - draw.uniform(4, 5)]
    scores = np.round(np.array(above + below), 2)
    return {"strengths": np.round(strengths, 2), "scores": scores, "needed": needed}


def _lost(scores: np.ndarray, needed: float) -> int:
    return int(np.argmax(scores < needed))


def _crossing(strengths: np.ndarray, scores: np.ndarray, needed: float) -> float:
    k = _lost(scores, needed)
    share = (scores[k - 1] - needed) / (scores[k - 1] - scores[k])
    return float(strengths[k - 1] + share * (strengths[k] - strengths[k - 1]))


BREAKS = Exercise(
    id="11.1",
    title="Where it breaks",
    question="Write `breaking_point(strengths, scores, needed)`. The strengths of an attack rise "
    "and the detector's scores fall, from above `needed` to below it. Return the strength at "
    "which the score is `needed`, on a straight line between the two measurements around it.",
    kind=Function("breaking_point(strengths, scores, needed)"),
    given=_curves,
    truth=_crossing,
    praise="A number with a unit, that two marks can be compared by. And it is what an attacker "
    "finds out, too, if the detector answers whoever asks.",
    nudge="Find the first score below `needed`; the crossing lies between it and the one before.",
    mistakes=(
        Mistake(
            "first-lost",
            "That is the first strength at which the mark was not found. It broke somewhere "
            "before.",
            like=lambda strengths, scores, needed: strengths[_lost(scores, needed)],
        ),
        Mistake(
            "last-found",
            "That is the last strength at which it was still found. It broke somewhere after.",
            like=lambda strengths, scores, needed: strengths[_lost(scores, needed) - 1],
        ),
        Mistake(
            "middle",
            "That is the middle between the two. How near the scores are to `needed` says which "
            "of the two the crossing is nearer to.",
            like=lambda strengths, scores, needed: np.mean(
                strengths[_lost(scores, needed) - 1 : _lost(scores, needed) + 1]
            ),
        ),
        Mistake(
            "falling-interp",
            "`np.interp` wants its second argument to rise, and scores fall: it gives nonsense "
            "without a word. Turn both arrays round.",
            like=lambda strengths, scores, needed: np.interp(needed, scores, strengths),
        ),
        Mistake(
            "whole-line",
            "You drew one line from the first measurement to the last. Only the two around the "
            "crossing know about it.",
            like=lambda strengths, scores, needed: np.interp(
                needed, scores[[-1, 0]], strengths[[-1, 0]]
            ),
        ),
    ),
)

# --- 11.2 what share of the alarms is true ------------------------------------------------------


def _scan(draw: Draw) -> Case:
    return {
        # Their product is never 1: there, the odds would be the share that is found.
        "one_in": draw.choice([200_000, 300_000, 400_000, 700_000]),
        "found_percent": draw.choice([80, 85, 90, 96]),
        "threshold": draw.choice([3e-6, 6e-6]),
    }


def _true_share(one_in: int, found_percent: int, threshold: float) -> float:
    true, false = found_percent / 100 / one_in, threshold * (1 - 1 / one_in)
    return true / (true + false)


ALARMS = Exercise(
    id="11.2",
    title="How many of the alarms are true?",
    question="Of the files on a platform, one in {one_in} carries your mark. A scan reports what "
    "has p ≤ {threshold}; it finds {found_percent} % of the marked files, and of the others as "
    "many as the bound allows. What share of the reported files is marked, from 0 to 1?",
    kind=Number(),
    given=_scan,
    truth=_true_share,
    praise="A p-value of a few in a million, and yet a good part of the alarms are false, "
    "because what is looked for is as rare as the error. Lower the threshold, not the hopes.",
    nudge="Imagine a million million files. How many marked ones are reported, and how many "
    "others?",
    mistakes=(
        Mistake(
            "one-minus-p",
            "One minus the p-value is how rarely an *unmarked* file is reported. The question "
            "is how often a *reported* file is marked.",
            like=lambda one_in, found_percent, threshold: 1 - threshold,
        ),
        Mistake(
            "found-rate",
            "That is the share of marked files that are reported. The question goes the other "
            "way: of those reported, how many are marked?",
            like=lambda one_in, found_percent, threshold: found_percent / 100,
        ),
        Mistake(
            "odds",
            "These are the odds, true alarms for each false one. The share is true ones among "
            "all alarms.",
            like=lambda one_in, found_percent, threshold: found_percent / 100 / one_in / threshold,
        ),
        Mistake(
            "false-share",
            "That is the share of false alarms. The true ones are asked for.",
            like=lambda *case, **named: 1 - _true_share(*case, **named),
        ),
        Mistake(
            "percent",
            "Right, in per cent. A share from 0 to 1 is asked for.",
            like=lambda *case, **named: 100 * _true_share(*case, **named),
        ),
        Mistake(
            "all-found",
            "You counted all of the marked files. Some of them are not found.",
            like=lambda one_in, found_percent, threshold: _true_share(one_in, 100, threshold),
        ),
    ),
    rtol=0.01,  # an answer rounded to two digits or so is right
)

# --- 11.3 paying for a billion ------------------------------------------------------------------


def _platform(draw: Draw) -> Case:
    return {
        "files": draw.choice([20_000_000, 300_000_000, 2_000_000_000]),
        "keys": draw.choice([30, 60, 400]),  # 1 / keys is no chance below
        "chance": draw.choice([0.01, 0.02, 0.05]),
    }


BILLION = Exercise(
    id="11.3",
    title="Paying for a billion",
    question="A platform looks in {files} files for the marks of {keys} models, each with a key "
    "of its own. The chance that the whole scan holds even one false alarm shall be at most "
    "{chance}. Which p-value must a single detection reach, whatever hangs together with what?",
    kind=Number(),
    given=_platform,
    truth=lambda files, keys, chance: chance / (files * keys),
    praise="Bonferroni's correction, the union bound a third time. It looks like a huge price, "
    "and is a small one: in the score, which counts zeros, it is added and not multiplied.",
    nudge="How many tests is it in all? Their chances of a false alarm may not sum to more than "
    "the chance allowed.",
    mistakes=(
        Mistake(
            "keys-forgotten",
            "Each file is tried with each key, and each try can go wrong.",
            like=lambda files, keys, chance: chance / files,
        ),
        Mistake(
            "files-forgotten",
            "That pays for the keys, and not for the files.",
            like=lambda files, keys, chance: chance / keys,
        ),
        Mistake(
            "chance-forgotten",
            "With that threshold you must expect one false alarm. The chance of any shall be "
            "much smaller.",
            like=lambda files, keys, chance: 1 / (files * keys),
        ),
        Mistake(
            "score",
            "That is the score, how many zeros the p-value has. The p-value itself is asked for.",
            like=lambda files, keys, chance: np.log10(files * keys / chance),
        ),
        Mistake(
            "number-of-tests",
            "That is the number of tests. What may each of them contribute to the whole?",
            like=lambda files, keys, chance: files * keys,
        ),
    ),
    rtol=0.01,
    atol=0,  # the answers are about 1e-12
)

# --- 11.4 colluding -----------------------------------------------------------------------------


def _pirates(draw: Draw) -> Case:
    return {"copies": draw.choice([3, 5, 6, 7, 9]), "below_db": draw.choice([27, 30, 33])}


COLLUSION = Exercise(
    id="11.4",
    title="Several copies, averaged",
    question="{copies} customers bought the same song. Each copy has a mark of its own key, "
    "{below_db} dB below the song, and any two of the marks have nothing in common. They average "
    "their copies, sample by sample. How many dB below the song does each *single* mark now lie?",
    kind=Number("dB"),
    given=_pirates,
    truth=lambda copies, below_db: below_db + 20 * np.log10(copies),
    praise="The song is the same in all copies and stays; each mark is in one of them only, and "
    "its amplitude is divided by their number. Averaging makes the song *better*, too: all the "
    "marks together have less power than one had.",
    nudge="The average divides every mark's amplitude by the number of copies. What is that in "
    "dB? And which way does the number go, if the mark becomes fainter?",
    mistakes=(
        Mistake(
            "power-for-amplitude",
            "That is how far all the marks together lie below the song, for their powers add "
            "up. A single one lies deeper.",
            like=lambda copies, below_db: below_db + 10 * np.log10(copies),
        ),
        Mistake(
            "other-way",
            "Averaging makes each mark fainter, so that it lies further below.",
            like=lambda copies, below_db: below_db - 20 * np.log10(copies),
        ),
        Mistake(
            "times",
            "Decibels of a ratio add. They do not multiply.",
            like=lambda copies, below_db: below_db * copies,
        ),
        Mistake(
            "unchanged",
            "That is where it lay before. In the average, only one part in so many is that copy.",
            like=lambda copies, below_db: below_db,
        ),
        Mistake(
            "change-only",
            "That is by how much it sank. Where does it lie now?",
            like=lambda copies, below_db: 20 * np.log10(copies),
        ),
        Mistake(
            "natural-log",
            "Decibels use the logarithm to base 10.",
            like=lambda copies, below_db: below_db + 20 * np.log(copies),
        ),
    ),
    rtol=0,
    atol=0.1,
)

# --- 11.5 what follows --------------------------------------------------------------------------

_KEY, _MACHINE = "somebody used the key", "a machine made it"
_UNTOUCHED, _CLEAN, _NOTHING = "nobody changed it", "it is unmarked", "nothing"
_FOUND = "The detector finds the mark of a music model in a song, with p = {p}. Its key is secret."
_NOT_FOUND = "The detector finds no mark of a music model in a song: p = {p}. Its key is secret."


def _report(draw: Draw) -> Case:
    return draw.choice(
        [{"report": _FOUND.format(p=p), "found": True} for p in ("3e-11", "8e-20")]
        + [{"report": _NOT_FOUND.format(p=p), "found": False} for p in ("0.4", "1")]
    )


PROOF = Exercise(
    id="11.5",
    title="What follows?",
    question="{report} Which of these follows from that, beyond reasonable doubt?",
    kind=Choice((_KEY, _MACHINE, _UNTOUCHED, _CLEAN, _NOTHING)),
    given=_report,
    truth=lambda report, found: _KEY if found else _NOTHING,
    praise="A found mark says that the key was at work, on this sound or on one from which the "
    "mark was carried over. One that is not found is the absence of evidence. The rest needs "
    "other witnesses: records, signatures, people.",
    nudge="What does the p-value speak of, the sound or the key?",
    mistakes=(
        Mistake(
            "machine",
            "A key can mark a recording of a human voice as well as a machine's music, and much "
            "that machines make carries no mark.",
            like=lambda report, found: _MACHINE,
        ),
        Mistake(
            "untouched",
            "This mark is built to outlive changes. It cannot testify that there were none; a "
            "signature over the file can.",
            like=lambda report, found: _UNTOUCHED,
        ),
        Mistake(
            "clean",
            "Look at the report again. Was a mark found? And if not: could one have been worn "
            "away, or belong to another key?",
            like=lambda report, found: _CLEAN,
        ),
        Mistake(
            "strength-of-evidence",
            "Look at the p-value: that share of random keys would find as much. Does it leave "
            "something to explain, or not?",
            like=lambda report, found: _NOTHING if found else _KEY,
        ),
    ),
)

EXERCISES = (BREAKS, ALARMS, BILLION, COLLUSION, PROOF)
