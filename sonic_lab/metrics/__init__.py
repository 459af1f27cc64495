"""Compare two sounds: how much was changed, and how much of it can be heard.

Every measure takes the reference first and the changed sound second, both of the same shape and
lying under each other, sample by sample. The first three are arithmetic; `nmr_db` knows what the
ear masks; `visqol` and `pesq` predict what a panel of listeners would say; an `AbxTest` asks one.
"""

from .abx import AbxTest
from .levels import si_sdr_db, snr_db
from .masking import nmr_db
from .opinion import pesq, visqol
from .spectral import log_spectral_distance_db

__all__ = [
    "AbxTest",
    "log_spectral_distance_db",
    "nmr_db",
    "pesq",
    "si_sdr_db",
    "snr_db",
    "visqol",
]
