"""Data and its papers: where every sound came from, and what may be done with it.

A `Manifest` holds one `Row` a clip; `Manifest.audit` says what stands in the way of a use, and what
it cannot judge. A `Registry` ties the number in a watermark to the model, the run and the data.
"""

from .audit import audit
from .engine import ENGINES, each
from .findings import Audit, Finding, Severity
from .fingerprint import Fingerprint, fingerprint, similarity
from .hashing import Facts, facts_of, samples_hash
from .licences import Licence, Part, Terms, licences, read
from .manifest import Difference, Manifest, ManifestWarning
from .neighbours import Pair, near_duplicates
from .practice import practice_set
from .registry import Entry, Registry
from .rows import USES, Consent, Row, Step
from .scanning import bundled, sound_files
from .storage import Problem, append

__all__ = [
    "ENGINES",
    "USES",
    "Audit",
    "Consent",
    "Difference",
    "Entry",
    "Facts",
    "Finding",
    "Fingerprint",
    "Licence",
    "Manifest",
    "ManifestWarning",
    "Pair",
    "Part",
    "Problem",
    "Registry",
    "Row",
    "Severity",
    "Step",
    "Terms",
    "append",
    "audit",
    "bundled",
    "each",
    "facts_of",
    "fingerprint",
    "licences",
    "near_duplicates",
    "practice_set",
    "read",
    "samples_hash",
    "similarity",
    "sound_files",
]
