"""Laws of the judges' views and scores: what is put in on purpose must come out."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchmarks.judging import ears, scores, views
from benchmarks.judging.prompts import DEVELOPMENT_SEED, Prompt, prompts
from sonic_lab import corpus

SR = views.SR
T = np.arange(4 * SR) / SR


def clicks(bpm: float) -> torch.Tensor:
    """Four bars' worth of short bursts of noise."""
    y = np.zeros(10 * SR, dtype=np.float32)
    burst = np.random.default_rng(0).standard_normal(400) * np.linspace(1, 0, 400) ** 2
    for beat in np.arange(0, 9.8, 60 / bpm):
        y[round(beat * SR) :][:400] = burst
    return torch.from_numpy(y)[None]


def heard(**given: object) -> ears.Heard:
    said = {
        "instruments": dict.fromkeys(corpus.INSTRUMENTS, 0.0), "tempo_bpm": 100.0, "tonic": "C",
        "mode": "major", "sounding": np.ones(12), "embedding": np.zeros(2),
    }  # fmt: skip
    return ears.Heard(**{**said, **given})  # type: ignore[arg-type]


@pytest.mark.parametrize("midi", [40, 57, 69, 90])
def test_a_sine_is_loudest_at_its_own_pitch(midi: int) -> None:
    y = np.sin(2 * np.pi * 440 * 2 ** ((midi - 69) / 12) * T).astype(np.float32)
    loud = views.pitches(torch.from_numpy(y)[None])[0]  # (136, T)
    assert int(loud.mean(1).argmax()) == views.FINE * (midi - views.LOW_MIDI)


@pytest.mark.parametrize("bpm", [63, 100, 158])
def test_a_click_track_echoes_at_its_tempo(bpm: float) -> None:
    echo = views.pulse(clicks(bpm))[0].mean(0)  # (160,)
    usual = (views.PULSE_BPM > 55) & (views.PULSE_BPM < 170)
    best = views.PULSE_BPM[usual][int(echo[torch.from_numpy(usual)].argmax())]
    ratio = best / bpm
    # The grid is 1.5 % fine. Half and twice the tempo echo as well: a ratio of 2 is no mistake.
    assert min(abs(ratio - r) for r in (0.5, 1, 2)) < 0.03


def test_the_pitch_ear_hears_a_piece_moved_by_a_tone_as_a_key_moved_by_a_tone() -> None:
    """Its key comes from the same weights at every pitch; rolling by an octave tests no edges."""
    torch.manual_seed(0)
    ear = ears.PitchEar().eval()
    loud = torch.zeros(1, 2 * 68, 40)
    loud[:, 48:88] = torch.rand(1, 40, 40)
    moved = loud.roll(2 * 12, dims=1)
    with torch.inference_mode():
        notes, _ = ear(loud)
        notes_moved, _ = ear(moved)
    # Far from the edges, where both see the same: float32 in another order.
    torch.testing.assert_close(notes[:, 20:40], notes_moved[:, 32:52], rtol=1e-4, atol=1e-5)


def test_each_instrument_is_counted_where_it_is_asked_for() -> None:
    asked = [Prompt("", 0, ("flute", "bells")), Prompt("", 1, ("flute",)), Prompt("", 2, ())]
    sounds = [{"flute": 0.9, "bells": 0.2}, {"flute": 0.4, "bells": 1.0}, {"flute": 1.0}]
    all_heard = [
        heard(instruments={**dict.fromkeys(corpus.INSTRUMENTS, 0.0), **sound}) for sound in sounds
    ]
    assert scores.by_instrument(asked, all_heard) == {"bells": (0, 1), "flute": (1, 2)}


def test_prompts_to_choose_settings_by_are_others() -> None:
    own = {prompt.seed for prompt in prompts(200)}
    assert own.isdisjoint(p.seed for p in prompts(96, first_seed=DEVELOPMENT_SEED))


def test_folding_octaves_keeps_the_loudest_of_each_pitch_class() -> None:
    h = torch.zeros(1, 1, 68, 1)
    h[0, 0, 60 - views.LOW_MIDI], h[0, 0, 74 - views.LOW_MIDI] = 3.0, 5.0  # C4 and D5
    folded = ears._fold(h, views.LOW_MIDI)[0, 0, :, 0]
    assert folded.tolist() == [3, 0, 5, *[0] * 9]


def test_saved_judges_hear_the_same(tmp_path: object) -> None:
    torch.manual_seed(1)
    judges = ears.Judges()
    for part in judges.parts().values():
        part.eval()
    judges.save(tmp_path, {"right": {}})  # type: ignore[arg-type]
    again = ears.Judges.load(tmp_path)  # type: ignore[arg-type]
    clip = corpus.render(corpus.compose(5, duration_s=4.0))[0]
    one, other = judges.hear([clip])[0], again.hear([clip])[0]
    assert one.tonic == other.tonic
    # Weights are kept in 16 bits: three digits.
    np.testing.assert_allclose(one.embedding, other.embedding, rtol=2e-2, atol=2e-2)


def test_only_notes_of_the_key_count_as_in_it() -> None:
    c_major = np.array([1, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1.0])
    clip = heard(sounding=c_major)
    assert clip.in_key() == 1
    assert clip.in_key("C", "minor") == pytest.approx(5 / 7)  # with B, the leading tone; not E, A
    assert clip.in_key("F#", "major") == pytest.approx(2 / 7)  # B and F


def test_each_question_asks_only_what_the_prompt_said() -> None:
    plain = Prompt("piano", 0, ("piano",))
    assert scores.drums(plain, heard()) == []
    assert scores.mode(plain, heard()) == []
    assert scores.tempo(plain, heard()) == []
    assert scores.in_asked_key(plain, heard()) == []
    assert scores.instrument(plain, heard()) == [0.0]


@pytest.mark.parametrize(("bpm", "right"), [(107.9, 1.0), (92.7, 1.0), (108.2, 0.0), (50, 0.0)])
def test_a_tempo_may_be_eight_per_cent_off_and_not_an_octave(bpm: float, right: float) -> None:
    asked = Prompt("at 100 bpm", 0, (), tempo_bpm=100)
    assert scores.tempo(asked, heard(tempo_bpm=bpm)) == [right]


def test_chance_is_what_the_same_clips_reach_for_others_prompts() -> None:
    asked = [Prompt("", i, (), mode=("major", "minor")[i % 2]) for i in range(40)]
    clips = [heard(mode=prompt.mode) for prompt in asked]
    assert scores.share(scores.mode, asked, clips) == (1.0, 40)
    # 200 shuffles of 40: the mean strays by about half a per cent.
    assert scores.chance(scores.mode, asked, clips) == pytest.approx(0.5, abs=0.03)


def test_the_frechet_distance_of_clouds_that_differ_by_a_shift_is_its_square() -> None:
    cloud = np.random.default_rng(0).standard_normal((400, 5))
    assert scores.frechet(cloud, cloud) == pytest.approx(0, abs=1e-6)
    assert scores.frechet(cloud, cloud + 2) == pytest.approx(5 * 4, rel=1e-6)


def test_a_clip_is_nearest_to_itself_even_played_softly() -> None:
    clips = [corpus.render(corpus.compose(seed, duration_s=4.0))[0] for seed in range(4)]
    learned = np.stack([scores.fingerprint(y, sr=SR) for y in clips])
    soft = scores.fingerprint(0.3 * clips[2], sr=SR)[None]
    assert scores.nearest(soft, learned)[0] < 0.02  # dB below the loudest: gain is no difference
    assert int((soft @ learned.T).argmax()) == 2
    assert scores.nearest(learned[:1], learned[1:])[0] > 0.5


def test_the_prompts_stay_the_same_and_ask_for_all_there_is() -> None:
    asked = prompts(200)
    assert prompts(24) == asked[:24]
    assert len({prompt.text for prompt in asked}) > 190
    named = {name for prompt in asked for name in prompt.instruments}
    assert named == set(corpus.INSTRUMENTS) - {"drums"}
    assert {prompt.drums for prompt in asked} == {True, False, None}
    assert {prompt.mode for prompt in asked} == {"major", "minor", None}
    for prompt in asked:
        assert "  " not in prompt.text
        if prompt.tempo_bpm is not None:
            assert str(prompt.tempo_bpm) in prompt.text
