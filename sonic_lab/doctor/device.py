"""PyTorch, and the device it computes on."""

from __future__ import annotations

import shutil

from .. import devices
from .findings import Finding, amber, green


def device() -> Finding:
    """Check that torch computes, and say on what: the result of a small product is looked at."""
    import torch

    chosen = devices.choose("auto")
    ones = torch.ones(64, 64, device=chosen)
    if float((ones @ ones).sum().cpu()) != 64**3:
        raise RuntimeError(f"torch {torch.__version__} multiplies wrongly on {chosen}")
    details = {"torch": torch.__version__, "device": chosen.type, "cuda_build": torch.version.cuda}
    if chosen.type == "cuda":
        card = torch.cuda.get_device_properties(chosen)
        free, total = torch.cuda.mem_get_info(chosen)
        found = (
            f"{torch.__version__} on {card.name} (CUDA), "
            f"{free / 1e9:.1f} of {total / 1e9:.1f} GB free"
        )
        return green(found, **details, card=card.name, card_free_bytes=free)
    if shutil.which("nvidia-smi"):
        return amber(
            f"{torch.__version__} on the CPU, though there is an NVIDIA card",
            "this build of torch or the driver does not serve the card. In the course's folder: "
            "`make lab TORCH=auto`. Everything works on the CPU too, only slower",
            **details,
        )
    return green(f"{torch.__version__} on the CPU, which is enough for the course", **details)
