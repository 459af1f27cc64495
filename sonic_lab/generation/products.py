"""The operation that decoding spends its time on: a few rows times a large matrix.

A decoder takes one step per frame with a handful of rows, so a step is as fast as its weights
can be read from memory. Half the bytes, half the time; and the usual kernels, made for many
rows, do not even reach that limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from ..errors import ParameterError

Precision = Literal["float32", "float16", "bfloat16", "int8"]
Product = Callable[[Tensor], Tensor]
"""(M, D) -> (M, N), the rows times the transpose of a weight (N, D)."""

ON_CPU: tuple[Precision, ...] = ("float32", "float16", "int8")
ON_CUDA: tuple[Precision, ...] = ("float32", "float16", "bfloat16")


def make_product(weight: Tensor, *, precision: Precision, rows: int = 2) -> Product:
    """Return a function that multiplies rows by the transpose of `weight`.

    Parameters
    ----------
    weight : (N, D), on the device where the rows will be
    precision : what the weight is kept in. On a CPU, "float16" and "int8" weights are multiplied
        with float32 rows and summed in float32; a weight that came in float16 loses nothing
        by "float16". On CUDA the rows have the weight's precision.
    rows : how many rows there will be, for which a kernel is chosen
    """
    if weight.device.type == "cuda" or weight.dtype == torch.float64:
        return _plain(weight if weight.dtype == torch.float64 else weight.to(_dtype(precision)))
    if precision == "float16":
        return _packed_half(weight.float())
    if precision == "int8":
        return _packed_int8(weight.float())
    if precision == "float32":
        weight = weight.float().contiguous()
        return _turned(weight) if rows > 1 and _turning_pays(weight, rows) else _plain(weight)
    raise ParameterError(f"precision={precision!r} on a CPU must be one of {', '.join(ON_CPU)}")


def half_packs_here() -> bool:
    """Say whether this CPU has the kernels that read float16 weights (x86 with AVX2)."""
    engines = torch.backends.quantized.supported_engines
    return "fbgemm" in engines and torch.backends.cpu.get_cpu_capability() != "DEFAULT"


def _dtype(precision: Precision) -> torch.dtype:
    if precision not in ON_CUDA:
        raise ParameterError(f"precision={precision!r} on CUDA must be one of {', '.join(ON_CUDA)}")
    return {"float32": torch.float32, "float16": torch.float16}.get(precision, torch.bfloat16)


def _plain(weight: Tensor) -> Product:
    turned = weight.contiguous().t()
    return lambda rows: torch.mm(rows, turned)


def _turned(weight: Tensor) -> Product:
    return lambda rows: torch.mm(weight, rows.t()).t()


def _packed_half(weight: Tensor) -> Product:
    packed = torch.ops.quantized.linear_prepack_fp16(weight, None)
    multiply = torch.ops.quantized.linear_dynamic_fp16.default
    return lambda rows: multiply(rows, packed)


def _packed_int8(weight: Tensor) -> Product:
    """Keep a byte per number and one scale per output: a quarter of float32's memory."""
    scale = weight.abs().amax(1).clamp(min=1e-12) / 127  # (N,)
    whole = torch.round(weight / scale[:, None]).to(torch.int8)
    scale = scale.to(torch.bfloat16)
    multiply = torch._weight_int8pack_mm
    return lambda rows: multiply(rows.to(torch.bfloat16), whole, scale).float()


def _turning_pays(weight: Tensor, rows: int) -> bool:
    """Measure once per shape which order of the factors this machine's library multiplies faster.

    With two rows, some libraries pack the whole weight anew at every call in one of the orders.
    """
    key = (*weight.shape, rows, torch.get_num_threads())
    if key not in _MEASURED:
        x = torch.randn(rows, weight.shape[1], generator=torch.Generator().manual_seed(0))
        _MEASURED[key] = _seconds(_turned(weight), x) < _seconds(_plain(weight), x)
    return _MEASURED[key]


_MEASURED: dict[tuple[int, ...], bool] = {}


def _seconds(product: Product, x: Tensor) -> float:
    best = float("inf")
    with torch.inference_mode():
        for _ in range(5):
            start = time.perf_counter()
            product(x)
            best = min(best, time.perf_counter() - start)
    return best
