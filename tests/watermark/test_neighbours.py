"""Other people's marks behind our two calls: run where they can be, and loud where they cannot."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import stat
import sys

import numpy as np
import pytest
import scipy.stats

import sonic_lab as sl
from sonic_lab.errors import (
    AudioError,
    AudioFileError,
    HubError,
    MissingDependencyError,
    ParameterError,
)
from sonic_lab.watermark import (
    AudioSeal,
    Audiowmark,
    Aware,
    Perth,
    UnmarkableError,
    available,
)
from sonic_lab.watermark.neighbours import audioseal as audioseal_module
from sonic_lab.watermark.neighbours import aware as aware_module
from sonic_lab.watermark.neighbours import perth as perth_module
from sonic_lab.watermark.neighbours.audioseal import FILES
from sonic_lab.watermark.neighbours.audiowmark import judge, messages
from sonic_lab.watermark.neighbours.hit import from_bits, marked, to_bits

SR = 22050


def installed(module):
    return importlib.util.find_spec(module) is not None


needs_perth = pytest.mark.skipif(not installed("perth"), reason="resemble-perth is not installed")
needs_audioseal = pytest.mark.skipif(not installed("audioseal"), reason="audioseal not installed")
needs_aware = pytest.mark.skipif(bool(aware_module.missing()), reason="AWARE is not installed")


@pytest.fixture(scope="module")
def speech():
    y, _ = sl.clips.load("speech", sr=SR)
    return y[: 3 * SR]


@pytest.fixture
def unloaded(monkeypatch):
    """Forget perth, so that the next load imports it anew, and put it back afterwards."""
    perth_module._load.cache_clear()
    for name in [name for name in sys.modules if name.split(".")[0] == "perth"]:
        monkeypatch.delitem(sys.modules, name)
    yield monkeypatch
    perth_module._load.cache_clear()


# Perth: run for real


@needs_perth
def test_perth_finds_its_mark_and_no_other(speech):
    mark = Perth()
    z = mark.embed(speech, sr=SR)
    assert z.shape == speech.shape
    assert z.dtype == speech.dtype
    assert np.abs(z).max() <= 1
    found, plain = mark.detect(z, sr=SR), mark.detect(speech, sr=SR)
    assert found.present
    assert found.payload == 0
    # Its networks answer about 1 and about 0; the makers' threshold lies in the middle.
    assert found.score > 0.9
    assert not plain.present
    assert plain.payload is None
    assert plain.p_value is None


@needs_perth
def test_perth_answers_as_its_own_call_does(speech):
    mark = Perth()
    z = mark.embed(speech, sr=SR)
    theirs = float(mark._model.get_watermark(z, SR, round=False))
    # Theirs is cut to 0..1 and resampled by another filter, which moves it by a few thousandths.
    assert np.clip(mark.detect(z, sr=SR).score, 0, 1) == pytest.approx(theirs, abs=0.02)


@needs_perth
def test_perth_marks_each_channel_as_if_alone(speech):
    stereo = np.stack([speech, speech[::-1]])
    z = Perth().embed(stereo, sr=SR)
    assert z.shape == stereo.shape
    np.testing.assert_array_equal(z[0], Perth().embed(speech, sr=SR))


@needs_perth
def test_perth_leaves_no_stand_in_behind(unloaded):
    before = {name: sys.modules.get(name) for name in ("torchaudio", "pkg_resources")}
    Perth()
    assert {name: sys.modules.get(name) for name in before} == before


@needs_perth
def test_the_stand_ins_invert_each_other():
    import torch

    from sonic_lab.watermark.neighbours.perth_needs import stand_ins

    settings = {"n_fft": 256, "win_length": 256, "hop_length": 64, "window_fn": torch.hann_window}
    with stand_ins():
        transforms = importlib.import_module("torchaudio.transforms")
    y = torch.from_numpy(np.random.default_rng(0).normal(size=64 * 50).astype(np.float32))
    spectrum = transforms.Spectrogram(power=None, **settings)(y)
    assert spectrum.shape == (129, 51)
    back = transforms.InverseSpectrogram(**settings)(spectrum)
    torch.testing.assert_close(back, y, atol=1e-5, rtol=0)  # float32 through two FFTs


def test_perth_that_is_not_installed_names_its_extra(unloaded):
    unloaded.setitem(sys.modules, "perth", None)  # Python's own way to say "not importable"
    with pytest.raises(MissingDependencyError, match=r"sonic-lab\[perth\]"):
        Perth()


@needs_perth
def test_perth_that_cannot_be_imported_is_not_passed_over(unloaded):
    unloaded.setitem(sys.modules, "librosa", None)  # perth imports it, and would set None
    with pytest.raises(MissingDependencyError, match=r"cannot be imported.*librosa"):
        Perth()


@needs_perth
def test_perth_refuses_what_it_cannot_do(speech):
    mark = Perth()
    with pytest.raises(ParameterError, match="payload=7: Perth carries none"):
        mark.embed(speech, sr=SR, payload=7)
    with pytest.raises(UnmarkableError, match=r"lasts 0\.50 s"):
        mark.detect(speech[: SR // 2], sr=SR)
    with pytest.raises(UnmarkableError, match="silence"):
        mark.embed(np.zeros(2 * SR, np.float32), sr=SR)
    with pytest.raises(ParameterError, match="threshold=nan"):
        mark.detect(speech, sr=SR, threshold=float("nan"))
    with pytest.raises(AudioError, match=r"NaN|finite"):
        mark.detect(np.full(2 * SR, np.nan, np.float32), sr=SR)


# AudioSeal: its real classes and loader, on tiny networks with random weights


@pytest.fixture(scope="module")
def tiny_weights(tmp_path_factory):
    """Save both networks at a sixteenth of their width, as checkpoints of the published form."""
    import torch

    library = audioseal_module._library()
    folder = tmp_path_factory.mktemp("audioseal")
    makers = (
        (library.create_generator, library.AudioSealWMConfig, "audioseal_wm_16bits"),
        (library.create_detector, library.AudioSealDetectorConfig, "audioseal_detector_16bits"),
    )
    for (make, settings, card), name in zip(makers, FILES, strict=True):
        described = dict(library.load_local_model_config(card))
        seanet = {**described["seanet"], "n_filters": 2, "dimension": 8, "lstm": 0}
        config = {**described, "seanet": seanet}
        with torch.random.fork_rng():
            torch.manual_seed(0)
            parsed = library.AudioSeal.parse_config(config, config_type=settings, nbits=16)
            with audioseal_module._torch_script():
                network = make(parsed)
        state = {key.replace(".inner_conv", ""): v for key, v in network.state_dict().items()}
        torch.save({"xp.cfg": {"seanet": seanet}, "model": state}, folder / name)
    return folder


@needs_audioseal
def test_audioseal_loads_a_local_folder_and_keeps_the_contract(tiny_weights, speech):
    mark = AudioSeal(weights=tiny_weights)
    stereo = np.stack([speech, 0.5 * speech])
    z = mark.embed(stereo, sr=SR, payload=0xCAFE)
    assert z.shape == stereo.shape
    assert z.dtype == stereo.dtype
    assert np.any(z != stereo)
    # Random weights read nothing, so only the form of the answer can be held to account.
    hit = mark.detect(z, sr=SR)
    assert 0 <= hit.score <= 1
    assert hit.present == (hit.score > 0.5)
    assert 0 <= hit.guess < 1 << 16
    assert hit.payload == (hit.guess if hit.present else None)
    assert mark.detect(z, sr=SR, threshold=-1).payload == hit.guess


@needs_audioseal
def test_audioseal_adds_what_its_generator_makes_of_the_message(tiny_weights, speech):
    import torch

    mark = AudioSeal(weights=tiny_weights)
    low = sl.audio.resample(speech, orig_sr=SR, target_sr=16000)
    z = mark.embed(low, sr=16000, payload=0x8003)
    message = torch.zeros(1, 16, dtype=torch.int64)
    message[0, 0] = message[0, 14] = message[0, 15] = 1  # the highest bit first
    with audioseal_module._running():
        wanted = mark._generator.get_watermark(torch.from_numpy(low)[None, None], message=message)
    # The random generator is loud: full scale cuts it. One float32 sum loses at most 1e-7.
    np.testing.assert_allclose(z, np.clip(low + wanted[0, 0].numpy(), -1, 1), atol=2e-7)
    assert np.abs(mark.embed(low, sr=16000, payload=0x8000) - z).max() > 1e-6


@needs_audioseal
def test_audioseal_says_what_a_folder_lacks(tiny_weights, tmp_path):
    with pytest.raises(AudioFileError, match=r"generator_base\.pth is missing"):
        AudioSeal(weights=tmp_path)
    for name in FILES:
        (tmp_path / name).write_bytes(b"not weights")
    with pytest.raises(AudioFileError, match="does not hold AudioSeal's weights"):
        AudioSeal(weights=tmp_path)


@needs_audioseal
def test_audioseal_without_a_hub_says_how_to_go_on(monkeypatch, tmp_path):
    constants = importlib.import_module("huggingface_hub.constants")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)  # as HF_HUB_OFFLINE=1 would
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(HubError, match=r"facebook/audioseal.*weights="):
        AudioSeal(revision="0" * 40)


def test_audioseal_that_is_not_installed_names_its_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "audioseal", None)
    with pytest.raises(MissingDependencyError, match=r"sonic-lab\[audioseal\]"):
        AudioSeal()


@needs_audioseal
def test_audioseal_refuses_a_payload_that_does_not_fit(tiny_weights, speech):
    with pytest.raises(ParameterError, match=r"payload=65536 .* 0 to 65535"):
        AudioSeal(weights=tiny_weights).embed(speech, sr=SR, payload=1 << 16)


# AWARE


def test_aware_that_is_not_installed_says_what_to_do(monkeypatch):
    monkeypatch.setattr(aware_module, "NEEDS", ("json", "no_such_module"))
    aware_module._load.cache_clear()
    with pytest.raises(MissingDependencyError, match=r"needs no_such_module.*--no-deps aware==2"):
        Aware()


@needs_aware
@pytest.mark.slow
def test_aware_reads_back_its_twenty_bits(speech):
    mark = Aware()
    z = mark.embed(speech[: 2 * SR], sr=SR, payload=0xABCDE)
    assert mark.detect(z, sr=SR).payload == 0xABCDE
    assert not mark.detect(speech[: 2 * SR], sr=SR).present


# audiowmark


def test_audiowmark_without_its_program_says_so(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingDependencyError, match="audiowmark is not on the PATH"):
        Audiowmark("key")


def test_audiowmark_is_called_as_its_manual_says(monkeypatch, tmp_path, speech):
    """Run a stand-in that speaks the program's language: it keeps the call, and echoes `add`."""
    program = tmp_path / "audiowmark"
    program.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, shutil, sys\n"
        "here, log = pathlib.Path(__file__).parent, ' '.join(sys.argv[1:])\n"
        "key = pathlib.Path(sys.argv[sys.argv.index('--key') + 1]).read_text()\n"
        "(here / sys.argv[1]).write_text(log + '|' + key)\n"
        "if sys.argv[1] == 'add':\n"
        "    shutil.copy(sys.argv[-3], sys.argv[-2])\n"
        "else:\n"
        "    message = (here / 'add').read_text().split('|')[0].split()[-1]\n"
        "    print('pattern  0:00 ' + message + ' 1.324 0.059 A')\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(tmp_path))
    mark = Audiowmark("key")
    z = mark.embed(speech, sr=SR, payload=0xBEEF)
    np.testing.assert_allclose(z, speech, atol=2**-15)  # through a WAV of 16 bits at least
    hit = mark.detect(z, sr=SR)
    assert hit.present
    assert hit.payload == 0xBEEF
    assert not Audiowmark("another key").detect(z, sr=SR).present
    call, key = (tmp_path / "add").read_text().split("|")
    assert call.split()[-1].startswith("beef")
    assert len(call.split()[-1]) == 32
    assert key.split()[0] == "key"
    assert len(key.split()[1]) == 32
    assert "key" not in repr(mark).replace("key=...", "")


def test_audiowmark_p_values_are_those_of_a_coin(monkeypatch):
    """A tag that a random key makes has its bits right as a fair coin has heads."""
    rng = np.random.default_rng(0)
    found = [int.from_bytes(rng.bytes(16), "big") for _ in range(3)]
    tags = [
        int.from_bytes(hashlib.sha256(bytes([k >> 8, k & 255])).digest()[:14], "big")
        for k in range(2000)
    ]
    p = np.array([judge(found, tag=tag, bits=16, threshold=1e-6).p_value for tag in tags])
    for level in (0.01, 0.05, 0.2):
        # A true bound: at most `level` of 2,000 keys, and five standard deviations of luck.
        assert np.mean(p <= level) <= level + 5 * np.sqrt(level / 2000)
    assert np.mean(p <= 0.2) > 0.05  # and no empty one


def test_audiowmark_weighs_the_bits_of_the_tag():
    tag = (1 << 112) - 1
    right = 0xBEEF << 112 | tag
    best = judge([right ^ 0b111, right], tag=tag, bits=16, threshold=1e-6)
    assert best.present
    assert best.payload == 0xBEEF
    assert best.p_value == pytest.approx(2 * 2.0**-112)  # two messages tried
    torn = judge([right ^ ((1 << 56) - 1)], tag=tag, bits=16, threshold=1e-6)
    assert torn.p_value == pytest.approx(scipy.stats.binom.cdf(56, 112, 0.5))
    assert torn.payload is None
    assert torn.guess == 0xBEEF
    assert judge([], tag=tag, bits=16, threshold=1e-6).score == 0


def test_audiowmark_reads_only_lines_of_patterns():
    printed = "speed 1.05\npattern   all 000000000000000000000000000000ff 1.3 0.1\nInput: x\n"
    assert messages(printed) == [255]


# what they share


def test_bits_round_trip():
    rng = np.random.default_rng(1)
    for _ in range(50):
        number = int(rng.integers(1 << 20))
        assert from_bits(to_bits(number, 20)) == number
    assert list(to_bits(1, 3)) == [0, 0, 1]


def test_marked_keeps_what_a_neighbour_leaves_off_and_never_passes_full_scale():
    y = np.linspace(-1, 1, 10, dtype=np.float64)
    z = marked(y.astype(np.float32), lambda channel: channel[:8] + 0.5, y)
    assert z.dtype == np.float64
    assert z.max() <= 1
    np.testing.assert_allclose(z[8:], y[8:], atol=1e-7)  # float32
    np.testing.assert_allclose(z[:6], y[:6] + 0.5, atol=1e-7)


def test_available_says_why_where_it_says_no(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    marks = {mark.name: mark for mark in available()}
    assert set(marks) >= {"SpreadSpectrum", "Perth", "AudioSeal", "Aware", "Audiowmark"}
    assert marks["SpreadSpectrum"].runs
    for mark in marks.values():
        assert mark.runs == (mark.why == "")
        assert getattr(sl.watermark, mark.name)
    assert "not on the PATH" in str(marks["Audiowmark"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "sonic-lab[perth]" in {mark.name: mark for mark in available()}["Perth"].why
