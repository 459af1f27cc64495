"""The attacks, one row each: name, what it does, parameter, unit, default, mild, brutal, function.

Ranges run from what few ears notice to what spoils most sounds. In a function, `y` is the sound
and `s` the `Situation`: `s.strength` is the number that the row's unit belongs to.
"""

from __future__ import annotations

from dataclasses import replace

from ... import effects as fx
from . import damage, music, neural, remarking, resynthesis
from .attack import Attack
from .chains import CHAINS
from .damage import under_nyquist

_CODECS = (
    Attack("mp3_128", "MP3, constant bit rate", "bitrate_kbps", "kbit/s", 128, 320, 32,
           lambda y, s: fx.mp3(y, sr=s.sr, bitrate_kbps=s.strength), log=True),
    Attack("mp3_64", "MP3, constant bit rate", "bitrate_kbps", "kbit/s", 64, 320, 32,
           lambda y, s: fx.mp3(y, sr=s.sr, bitrate_kbps=s.strength), log=True),
    Attack("vorbis_128", "Vorbis; quality 4 is 128 kbit/s in stereo", "quality", "", 4, 10, 0,
           lambda y, s: fx.vorbis(y, sr=s.sr, quality=s.strength)),
    Attack("vorbis_64", "Vorbis; quality 0 is 64 kbit/s in stereo", "quality", "", 0, 10, 0,
           lambda y, s: fx.vorbis(y, sr=s.sr, quality=s.strength)),
    Attack("opus_64", "Opus", "bitrate_kbps", "kbit/s a channel", 64, 128, 6,
           lambda y, s: fx.opus(y, sr=s.sr, bitrate_kbps=s.strength), log=True),
    Attack("opus_32", "Opus", "bitrate_kbps", "kbit/s a channel", 32, 128, 6,
           lambda y, s: fx.opus(y, sr=s.sr, bitrate_kbps=s.strength), log=True),
    Attack("opus_16", "Opus", "bitrate_kbps", "kbit/s a channel", 16, 128, 6,
           lambda y, s: fx.opus(y, sr=s.sr, bitrate_kbps=s.strength), log=True),
    Attack("aac_96", "AAC, by FFmpeg", "bitrate_kbps", "kbit/s", 96, 256, 24,
           lambda y, s: fx.aac(y, sr=s.sr, bitrate_kbps=s.strength), log=True, needs="ffmpeg"),
    Attack("aac_48", "AAC, by FFmpeg", "bitrate_kbps", "kbit/s", 48, 256, 24,
           lambda y, s: fx.aac(y, sr=s.sr, bitrate_kbps=s.strength), log=True, needs="ffmpeg"),
    Attack("telephone", "a telephone line: 300 to 3400 Hz, 8 bits mu-law", "lines", "in a row",
           1, 1, 6, damage.line_after_line, whole=True),
)  # fmt: skip

_LEVELS = (
    Attack("noise_white", "white noise", "snr_db", "dB", 20, 40, 0,
           lambda y, s: fx.add_noise(y, sr=s.sr, snr_db=s.strength, rng=s.rng)),
    Attack("noise_pink", "pink noise", "snr_db", "dB", 20, 40, 0,
           lambda y, s: fx.add_noise(y, sr=s.sr, snr_db=s.strength, color="pink", rng=s.rng)),
    Attack("noise_brown", "brown noise", "snr_db", "dB", 20, 40, 0,
           lambda y, s: fx.add_noise(y, sr=s.sr, snr_db=s.strength, color="brown", rng=s.rng)),
    Attack("mix_music", "other music laid over it", "snr_db", "dB", 15, 30, 0, music.mix_music),
    Attack("gain_down", "quieter", "gain_db", "dB", -12, -1, -60,
           lambda y, s: fx.gain(y, gain_db=s.strength)),
    Attack("gain_up", "louder; peaks may pass full scale", "gain_db", "dB", 6, 1, 40,
           lambda y, s: fx.gain(y, gain_db=s.strength)),
    Attack("tremolo", "the level swings four times a second", "depth_db", "dB", 6, 1, 40,
           lambda y, s: fx.tremolo(y, sr=s.sr, depth_db=s.strength)),
    Attack("compress", "dynamics compressed from 24 dB below the peak", "ratio", "", 4, 1.5, 100,
           damage.squash, log=True),
    Attack("clip_hard", "peaks cut off, below the highest", "threshold_db", "dB", -6, -1, -30,
           lambda y, s: fx.clip(y, threshold_db=s.strength)),
    Attack("clip_soft", "overdriven", "drive_db", "dB", 12, 3, 40,
           lambda y, s: fx.soft_clip(y, drive_db=s.strength)),
    Attack("quantize", "fewer bits", "bits", "bits", 8, 12, 3,
           lambda y, s: fx.quantize(y, bits=round(s.strength)), whole=True),
    Attack("polarity", "upside down, and flipped again so often", "flips_per_s", "a second",
           0, 0, 20, damage.flip_polarity),
)  # fmt: skip

_FREQUENCIES = (
    Attack("resample_16k", "to a lower rate and back", "through_hz", "Hz", 16000, 32000, 3000,
           lambda y, s: fx.resample_through(y, sr=s.sr, through_hz=round(s.strength)),
           log=True, whole=True),
    Attack("resample_8k", "to a lower rate and back", "through_hz", "Hz", 8000, 32000, 3000,
           lambda y, s: fx.resample_through(y, sr=s.sr, through_hz=round(s.strength)),
           log=True, whole=True),
    Attack("low_pass", "what lies above goes", "cutoff_hz", "Hz", 4000, 16000, 500,
           lambda y, s: fx.low_pass(y, sr=s.sr, cutoff_hz=under_nyquist(s.strength, s.sr)),
           log=True),
    Attack("high_pass", "what lies below goes", "cutoff_hz", "Hz", 500, 50, 4000,
           lambda y, s: fx.high_pass(y, sr=s.sr, cutoff_hz=under_nyquist(s.strength, s.sr)),
           log=True),
    Attack("band_pass", "a band around 1 kHz stays", "width", "octaves", 3.5, 7, 0.5, damage.band),
    Attack("notches", "frequencies from 200 Hz to 8 kHz removed", "count", "notches", 8, 1, 40,
           damage.notches, whole=True),
    Attack("eq_bass", "low shelf at 250 Hz", "gain_db", "dB", 9, 2, 30,
           lambda y, s: fx.low_shelf(y, sr=s.sr, corner_hz=250, gain_db=s.strength)),
    Attack("eq_treble", "high shelf at 3 kHz", "gain_db", "dB", -9, -2, -30,
           lambda y, s: fx.high_shelf(y, sr=s.sr, corner_hz=3000, gain_db=s.strength)),
    Attack("eq_random", "each octave up or down at random", "gain_db", "dB at most", 6, 2, 24,
           damage.random_equalizer),
)  # fmt: skip

_TIME = (
    Attack("crop", "a piece from a random place stays", "duration_s", "s", 4, 8, 1,
           damage.keep_piece, keeps_time=False),
    Attack("crop_start", "the start is lost", "lost_s", "s", 0.37, 0.01, 3,
           damage.lose_start, keeps_time=False),
    Attack("cuts", "pieces of 20 to 100 ms taken out", "count", "cuts", 3, 1, 40,
           damage.cuts, whole=True, keeps_time=False),
    Attack("shuffle", "segments put in a random order", "segment_s", "s", 1, 4, 0.05,
           lambda y, s: fx.shuffle(y, sr=s.sr, segment_s=s.strength, rng=s.rng),
           log=True, keeps_time=False),
    Attack("splice_music", "a share of it replaced by other music", "share", "", 0.3, 0.1, 0.9,
           music.splice_music),
    Attack("drop_samples", "single samples left out", "per_s", "a second", 5, 0.5, 1000,
           lambda y, s: fx.drop_samples(y, sr=s.sr, per_s=s.strength, rng=s.rng),
           log=True, keeps_time=False),
    Attack("wow", "a tape that runs unevenly (5 Hz)", "deviation_ms", "ms", 0.3, 0.03, 10,
           lambda y, s: fx.jitter(y, sr=s.sr, deviation_ms=s.strength, rng=s.rng),
           log=True, keeps_time=False),
    Attack("clock_jitter", "a converter's restless clock (5 kHz)", "deviation_us", "µs",
           5, 0.5, 200, lambda y, s: fx.jitter(
               y, sr=s.sr, deviation_ms=s.strength / 1000, bandwidth_hz=5000, rng=s.rng), log=True),
    Attack("stretch_longer", "longer at the same pitch", "factor", "times", 1.05, 1.01, 1.3,
           lambda y, s: fx.time_stretch(y, sr=s.sr, factor=s.strength), keeps_time=False),
    Attack("stretch_shorter", "shorter at the same pitch", "factor", "times", 0.95, 0.99, 0.75,
           lambda y, s: fx.time_stretch(y, sr=s.sr, factor=s.strength), keeps_time=False),
    Attack("speed_up", "faster and higher", "factor", "times", 1.05, 1.01, 1.3,
           lambda y, s: fx.speed(y, factor=s.strength), keeps_time=False),
    Attack("speed_down", "slower and lower", "factor", "times", 0.95, 0.99, 0.75,
           lambda y, s: fx.speed(y, factor=s.strength), keeps_time=False),
    Attack("pitch_up", "higher at the same length", "semitones", "semitones", 1, 0.1, 5,
           lambda y, s: fx.pitch_shift(y, sr=s.sr, semitones=s.strength)),
    Attack("pitch_down", "lower at the same length", "semitones", "semitones", -1, -0.1, -5,
           lambda y, s: fx.pitch_shift(y, sr=s.sr, semitones=s.strength)),
)  # fmt: skip

_SPACE = (
    Attack("reverb", "a room of 7 x 5 x 3 m, heard from 1.5 m", "rt60_s", "s", 0.5, 0.1, 4,
           lambda y, s: fx.reverb(y, sr=s.sr, rt60_s=s.strength, rng=s.rng), log=True),
    Attack("echo", "one echo after 120 ms", "level_db", "dB", -6, -20, 0,
           lambda y, s: fx.echo(y, sr=s.sr, level_db=s.strength)),
    Attack("all_pass", "phases dispersed around 1 kHz", "stages", "stages", 8, 1, 150,
           lambda y, s: fx.all_pass(y, sr=s.sr, stages=round(s.strength)), log=True, whole=True),
    Attack("phase_shift", "every phase turned by one angle", "degrees", "degrees", 90, 10, 180,
           lambda y, s: fx.phase_shift(y, degrees=s.strength)),
)  # fmt: skip

_SPECTRA = (
    Attack("phase_scramble", "every bin's phase turned at random", "degrees", "degrees RMS",
           45, 10, 180, resynthesis.scramble_phase),
    Attack("griffin_lim", "phases guessed anew", "rounds", "rounds", 32, 64, 1,
           resynthesis.guess_phase, log=True, whole=True),
    Attack("mel_vocoder", "made again from mel bands only", "n_mels", "bands", 80, 256, 20,
           resynthesis.through_mel, log=True, whole=True),
    Attack("neural_codec", "taken apart and made anew by the course's codec, at 16 kHz",
           "n_codebooks", "codebooks", 8, 8, 1, neural.through_codec, whole=True, needs="codec"),
    Attack("smooth", "levels averaged over time", "window_ms", "ms", 60, 15, 1000,
           resynthesis.smooth_levels, log=True),
    Attack("denoise", "what is weak turned down", "reduction_db", "dB", 12, 3, 40,
           resynthesis.denoise),
    Attack("average_copies", "averaged with copies that wander in time", "deviation_ms", "ms",
           0.5, 0.05, 10, damage.average_copies, log=True),
    Attack("subtract_pattern", "what recurs in the levels taken away", "limit_db", "dB at most",
           3, 1, 20, resynthesis.subtract_pattern),
    Attack("remark", "marked again with other keys", "marks", "marks", 1, 1, 8,
           remarking.remark, whole=True),
)  # fmt: skip

KINDS = {
    "codec": _CODECS,
    "level": _LEVELS,
    "frequency": _FREQUENCIES,
    "time": _TIME,
    "space": _SPACE,
    "spectrum": _SPECTRA,
    "chain": CHAINS,
}
ATTACKS = {row.name: replace(row, kind=kind) for kind, rows in KINDS.items() for row in rows}
