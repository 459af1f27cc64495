"""What a network sees: spectrograms, mel bands, decibels and cepstra.

Names, defaults and results are librosa's; what is added here is a clear answer to bad input,
a batched path in torch (`log_mel_batch`), and the picture that the explorer draws (`picture`).
"""

from .batch import log_mel_batch
from .cepstrum import mfcc
from .decibels import db_to_power, power_to_db
from .inverse import griffin_lim, mel_to_audio
from .mel import hz_to_mel, log_mel, mel_filterbank, mel_spectrogram, mel_to_hz
from .picture import Picture, Resolution, envelope, picture, resolution
from .spectrum import WINDOWS, check_window, istft, power_spectrogram, stft

__all__ = [
    "WINDOWS",
    "Picture",
    "Resolution",
    "check_window",
    "db_to_power",
    "envelope",
    "griffin_lim",
    "hz_to_mel",
    "istft",
    "log_mel",
    "log_mel_batch",
    "mel_filterbank",
    "mel_spectrogram",
    "mel_to_audio",
    "mel_to_hz",
    "mfcc",
    "picture",
    "power_spectrogram",
    "power_to_db",
    "resolution",
    "stft",
]
