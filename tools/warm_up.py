"""Pay now for what is slow at first use only: byte code, the font list, and numba's compiling.

Run once after an install (and when a Binder image is built), by the new environment's Python.
Of the thousands of modules just the ones that the course imports are compiled. Two processes,
since two cores are what even a small machine has.
"""

import subprocess
import sys

HALVES = (
    "import numpy, sonic_lab as sl; sl.features.log_mel(numpy.ones(22050, 'float32'), sr=22050)",
    "import torch, transformers, matplotlib.pyplot, ipywidgets, anywidget, ipykernel.kernelapp\n"
    "import jupyterlab.labapp",
)

if __name__ == "__main__":
    runs = [subprocess.Popen([sys.executable, "-c", half]) for half in HALVES]
    sys.exit(max(run.wait() for run in runs))
