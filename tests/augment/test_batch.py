"""A batch hears what a loop hears: for every transform, alone, by halves, and in a chain."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import audiomentations as am
import numpy as np
import pytest
import scipy.signal
import torch

from sonic_lab import augment, devices
from sonic_lab.augment import TRANSFORMS, Batch, Pipeline, Transform, augment_batch
from sonic_lab.augment.batch import crew, resampling, timing, vocoder
from sonic_lab.augment.batch.sections import sections
from sonic_lab.effects.speed import resampled
from sonic_lab.effects.stretch import locked_turns
from sonic_lab.errors import AudioError, DeviceError, ParameterError
from tests.effects.sounds import decibels, power

SR = 16000
every = pytest.mark.parametrize("kind", TRANSFORMS, ids=lambda kind: kind.__name__)


@pytest.fixture(scope="module")
def clips() -> np.ndarray:
    """Six decaying notes with a little noise, and one of silence: (7, 9000)."""
    t = np.arange(9000) / SR
    notes = [
        sum(np.sin(2 * np.pi * f * k * t) / k for k in range(1, 8)) * 0.1 * np.exp(-t)
        for f in (110, 147, 220, 330, 523, 660)
    ]
    noise = 0.003 * np.random.default_rng(0).standard_normal((6, len(t)))
    return np.concatenate([notes + noise, np.zeros((1, len(t)))]).astype(np.float32)


def compare(policy: Pipeline, Y: np.ndarray, got: Batch, *, rng: int) -> None:
    """Hold each clip of a batch to what the pipeline makes of it alone."""
    seeds = np.random.default_rng(rng).integers(2**63, size=len(Y))
    for i, seed in enumerate(seeds):
        z, record = policy.traced(Y[i], sr=SR, rng=int(seed))
        assert got.records[i] == record
        assert got.lengths[i] == len(z)
        row = got.y[i].numpy()
        assert not row[len(z) :].any()
        # The bound that the docstring gives; float32 and FFTs of other sizes leave 1e-6 or so.
        np.testing.assert_allclose(row[: len(z)], z, atol=1e-5, rtol=0)


@every
@pytest.mark.parametrize("p", [1, 0.5])
def test_every_transform_equals_the_path_for_one_sound(
    kind: type[Transform], p: float, clips: np.ndarray
) -> None:
    before = clips.copy()
    policy = Pipeline([kind(p=p)])
    compare(policy, clips, augment_batch(policy, clips, sr=SR, rng=3, device="cpu"), rng=3)
    np.testing.assert_array_equal(clips, before)


@pytest.mark.parametrize("keep_length", [False, True])
def test_a_chain_whose_clips_end_at_different_times(keep_length: bool, clips: np.ndarray) -> None:
    policy = Pipeline(
        [
            *augment.article(keep_length=keep_length),
            augment.LowPass(p=0.5),
            augment.NoiseAtSnr(color="pink", p=0.5),
            augment.Reverb(p=0.5),
            augment.Shift(p=0.5),
            augment.Clip(p=0.5),
            am.Gain(p=0.5),
        ]
    )
    got = augment_batch(policy, clips, sr=SR, rng=8, device="cpu")
    assert (len(set(got.lengths)) == 1) == keep_length
    compare(policy, clips, got, rng=8)


@pytest.mark.parametrize("color", ["white", "pink"])
def test_noise_on_clips_of_one_length_beside_a_longer_one(color: str, clips: np.ndarray) -> None:
    policy = Pipeline([augment.Speed(factor=0.8, p=0.5), augment.NoiseAtSnr(color=color, p=0.5)])
    for rng in range(6):
        compare(policy, clips, augment_batch(policy, clips, sr=SR, rng=rng, device="cpu"), rng=rng)


def test_the_input_is_never_written_to_nor_returned(clips: np.ndarray) -> None:
    tensor = torch.from_numpy(clips.copy())
    for transforms in ([], [augment.Gain(p=1)], [augment.Gain(p=0.5), augment.Invert(p=1)]):
        out = augment_batch(Pipeline(transforms), tensor, sr=SR, rng=0, device="cpu").y
        assert torch.equal(tensor, torch.from_numpy(clips))
        assert out.data_ptr() != tensor.data_ptr()


def test_what_passes_full_scale_is_clipped_to_the_bits_that_there_are() -> None:
    Y = np.linspace(-1.5, 1.5, 4000, dtype=np.float32) * np.float32([[0.1], [1], [0.68]])
    policy = Pipeline([augment.Quantize(bits=4, p=1)])
    compare(policy, Y, augment_batch(policy, Y, sr=SR, rng=0, device="cpu"), rng=0)


def test_a_network_can_learn_from_a_batch(clips: np.ndarray) -> None:
    out = augment_batch(augment.article(keep_length=True), clips, sr=SR, rng=0, device="cpu").y
    weight = torch.ones(9, requires_grad=True)
    torch.nn.functional.conv1d(out[:, None], weight[None, None]).square().mean().backward()
    assert weight.grad is not None


def test_the_same_rng_gives_the_same_batch_on_any_number_of_threads(clips: np.ndarray) -> None:
    policy = Pipeline([augment.GaussianNoise(p=1), augment.LowPass(p=1), augment.PitchShift(p=0.5)])
    Y = np.tile(clips, (24, 1))  # more than one share
    both, before = [], torch.get_num_threads()
    try:
        for threads in (1, 2):
            torch.set_num_threads(threads)
            both.append(augment_batch(policy, Y, sr=SR, rng=1, device="cpu").y)
            assert torch.get_num_threads() == threads
            with ThreadPoolExecutor(1) as later:  # what a thread is set to, threads to come inherit
                assert later.submit(torch.get_num_threads).result() == threads
    finally:
        torch.set_num_threads(before)
    # The shares are the same, and each is computed by one thread: to the bit.
    assert len(crew.shares(*Y.shape, kind="cpu")) > 1
    assert torch.equal(*both)
    assert not torch.equal(both[0], augment_batch(policy, Y, sr=SR, rng=2, device="cpu").y)


def refuse(y: np.ndarray) -> np.ndarray:
    raise AudioError("not this sound")


class Refuse(Transform):
    """Refuses every sound."""

    effect = staticmethod(refuse)
    needs_rate = False


def test_an_error_in_a_share_reaches_the_caller_and_torch_keeps_its_threads(
    clips: np.ndarray,
) -> None:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(AudioError, match="not this sound"):
            augment_batch(Pipeline([Refuse(p=1)]), np.tile(clips, (24, 1)), sr=SR, rng=0)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_the_gpu_s_vocoder_turns_the_bins_as_the_cpu_s_does() -> None:
    """It runs on the CPU here; the code is the same."""
    luck = np.random.default_rng(0)
    now, before = luck.standard_normal((2, 12, 3, 33, 2)).view(complex)[..., 0].astype("complex64")
    now[3, 1], last = 0, now[0] * 1j  # silence has no angle
    turn = np.exp(1j * luck.uniform(0, 6, (3, 33))).astype("complex64")
    for known in (None, last):
        ours = locked_turns(now, before, known, turn)
        rest = None if known is None else torch.from_numpy(known)
        theirs = vocoder.all_turns(*map(torch.from_numpy, (now.copy(), before)), rest,
                                   torch.from_numpy(turn))  # fmt: skip
        # Products of a dozen unit phasors in single precision.
        np.testing.assert_allclose(ours, theirs.numpy(), atol=1e-5)


@pytest.mark.parametrize("order", [2, 4, 6, 8])
@pytest.mark.parametrize(("name", "kind"), [("LowPass", "low"), ("HighPass", "high")])
@pytest.mark.parametrize("cutoff_hz", [25.0, 300.0, 7500.0])
def test_butterworth_is_scipy_s(order: int, name: str, kind: Any, cutoff_hz: float) -> None:
    ours = sections(name, [{"cutoff_hz": cutoff_hz, "order": order}], sr=SR)[0]
    theirs = scipy.signal.butter(order, cutoff_hz, kind, fs=SR, output="sos")
    responses = [scipy.signal.freqz_sos(sos, worN=512)[1] for sos in (ours, theirs)]
    # Double precision, amplified by poles that lie within 0.01 of the circle.
    np.testing.assert_allclose(*responses, atol=1e-10)


@pytest.mark.parametrize("order", [2, 8])
@pytest.mark.parametrize(("center_hz", "octaves"), [(1000, 2), (100, 0.5), (2000, 3)])
def test_a_band_pass_is_scipy_s(order: int, center_hz: float, octaves: float) -> None:
    drawn = {"center_hz": center_hz, "octaves": octaves, "order": order}
    edges = [center_hz / 2 ** (octaves / 2), center_hz * 2 ** (octaves / 2)]
    theirs = scipy.signal.butter(order, edges, "band", fs=SR, output="sos")
    ours = sections("BandPass", [drawn, drawn], sr=SR)[1]
    responses = [scipy.signal.freqz_sos(sos, worN=512)[1] for sos in (ours, theirs)]
    np.testing.assert_allclose(*responses, atol=1e-10)  # as above


@pytest.mark.parametrize("n", [1, 63, 64, 65, 2047, 2049, 5000])
def test_a_filter_is_the_same_however_the_blocks_fall(n: int) -> None:
    Y = np.random.default_rng(n).uniform(-1, 1, (3, n)).astype(np.float32)
    policy = Pipeline([augment.HighPass(cutoff_hz=30, p=1), augment.Peak(p=1)])
    compare(policy, Y, augment_batch(policy, Y, sr=SR, rng=1, device="cpu"), rng=1)


@pytest.mark.parametrize("step", [0.5, 0.8, 1.0, 1.3, 2.0])
def test_the_gpu_s_resampler_agrees_below_nine_tenths_of_the_lower_rate(step: float) -> None:
    """It runs on the CPU here; the code is the same."""
    noise = np.random.default_rng(0).standard_normal(20_000)
    low = 0.8 * min(1, 1 / step)
    band = scipy.signal.sosfilt(scipy.signal.butter(16, low, output="sos"), noise)
    band = (0.1 * band).astype(np.float32)
    n_out = round(len(band) / step)
    ours = resampling.sinc(torch.from_numpy(band)[None], [len(band)], [step], [n_out])[0].numpy()
    theirs = resampled(band, n_out=n_out, step=step)
    inside = slice(200, -200)  # where no tap reaches past an end
    # The two low-passes differ near the edge only, where this band is 60 dB down.
    error = power(ours[inside] - theirs[inside]) / power(theirs[inside])
    assert decibels(error) < -50


def test_speed_and_pitch_through_the_gpu_s_resampler(
    clips: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = Pipeline([augment.Speed(p=1), augment.PitchShift(p=1)])
    usual = augment_batch(policy, clips, sr=SR, rng=4, device="cpu")
    monkeypatch.setattr(timing, "read_faster", resampling.sinc)
    other = augment_batch(policy, clips, sr=SR, rng=4, device="cpu")
    assert other.lengths == usual.lengths
    for ours, theirs in zip(other.y[:6].numpy(), usual.y[:6].numpy(), strict=True):
        assert decibels(power(ours - theirs) / power(theirs)) < -25  # noise fills the whole band


@pytest.mark.parametrize(
    ("Y", "match"),
    [
        (np.zeros(9), r"shape \(9,\)"),
        (np.zeros((0, 9)), "shape"),
        (np.zeros((2, 2, 2)), "shape"),
        (np.zeros((2, 9), int), "must be float"),
        (np.full((2, 9), np.inf), "NaN or infinite"),
        ("clips", "must be an array or a tensor"),
    ],
)
def test_bad_batches_are_refused(Y: Any, match: str) -> None:
    with pytest.raises(AudioError, match=match):
        augment_batch(augment.article(), Y, sr=SR, rng=0, device="cpu")


def test_bad_rates_ranges_luck_and_devices_are_refused(clips: np.ndarray) -> None:
    policy = Pipeline([augment.LowPass(p=0)])
    with pytest.raises(ParameterError, match="sr=0"):
        augment_batch(policy, clips, sr=0, device="cpu")
    with pytest.raises(ParameterError, match="ends at 4000 Hz"):
        augment_batch(policy, clips, sr=8000, device="cpu")
    with pytest.raises(ParameterError, match="rng=-1"):
        augment_batch(policy, clips, sr=SR, rng=-1, device="cpu")
    with pytest.raises(DeviceError, match="not there"):
        augment_batch(policy, clips, sr=SR, device="cuda:63")
    fast = Pipeline([augment.Speed(factor=9, p=1)])
    with pytest.raises(AudioError, match="too few to play"):
        augment_batch(fast, np.ones((2, 3)), sr=SR, rng=0, device="cpu")


@pytest.mark.skipif(devices.choose("auto").type != "cuda", reason="there is no GPU here")
@every
def test_a_gpu_hears_what_a_cpu_does(kind: type[Transform], clips: np.ndarray) -> None:
    policy = Pipeline([kind(p=1)])
    here, there = (augment_batch(policy, clips, sr=SR, rng=3, device=d) for d in ("cpu", "cuda"))
    assert there.records == here.records
    for ours, theirs in zip(there.y.cpu().numpy()[:6], here.y.numpy()[:6], strict=True):
        assert decibels(power(ours - theirs) / power(theirs)) < -25  # another resampler
