"""Recursive filters over many clips at once, in torch.

Sample by sample a recursion has as many steps as the sound has samples. Here it runs in blocks:
within a block an output is a product of matrices, and only a filter's few states go on from block
to block, so that 80,000 steps become two rows of a few dozen.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_BLOCK = 64  # samples that a filter handles in one product; 32 and 128 are slower on a CPU
_GROUP = 32  # blocks whose states are carried on together


def state_space(rows: torch.Tensor) -> tuple[torch.Tensor, ...]:
    """Write cascades of second-order sections as one system each, with two states a section.

    Sections (B, S, 6) become A (B, D, D), b (B, D), c (B, D), d (B,), in double precision, where
    x' = A x + b u and y = c x + d u: each section's output is the next one's input.
    """
    import torch

    count, steps = rows.shape[:2]
    size = 2 * steps
    A, b = rows.new_zeros(count, size, size), rows.new_zeros(count, size)
    into = rows.new_zeros(count, size)  # what of the states reaches the section at hand
    straight = torch.ones(count, dtype=rows.dtype)  # and what of the input
    for s in range(steps):
        b0, b1, b2, _, a1, a2 = rows[:, s].unbind(-1)
        first, second = b1 - a1 * b0, b2 - a2 * b0
        A[:, 2 * s] += first[:, None] * into
        A[:, 2 * s + 1] += second[:, None] * into
        A[:, 2 * s, 2 * s] -= a1
        A[:, 2 * s, 2 * s + 1] += 1
        A[:, 2 * s + 1, 2 * s] -= a2
        b[:, 2 * s], b[:, 2 * s + 1] = first * straight, second * straight
        into = b0[:, None] * into
        into[:, 2 * s] += 1
        straight = b0 * straight
    return A, b, into, straight


def recursion(
    y: torch.Tensor, A: torch.Tensor, b: torch.Tensor, c: torch.Tensor, d: torch.Tensor
) -> torch.Tensor:
    """Run the systems over the clips, block by block: (B, n) -> (B, n)."""
    import torch

    count, n = y.shape
    blocks = -(-n // _BLOCK)
    # Powers of A tell how a state, or a single sample, is heard later on within a block.
    powers = [torch.eye(A.shape[1], dtype=A.dtype, device=A.device).expand_as(A)]
    for _ in range(_BLOCK):
        powers.append(powers[-1] @ A)
    P = torch.stack(powers[:_BLOCK], dim=1)  # (B, L, D, D)
    heard = torch.einsum("bd,blde->ble", c, P)  # (B, L, D): a state, so many samples later
    left = torch.einsum("blde,be->bld", P, b).flip(1)  # (B, L, D): a sample, at the block's end
    response = torch.cat([d[:, None], (heard * b[:, None]).sum(-1)[:, :-1]], dim=1)  # (B, L)
    lags = torch.arange(_BLOCK, device=y.device)
    lags = lags[None, :] - lags[:, None]  # (from, to)
    inside = torch.where(lags >= 0, response[:, lags.clamp(min=0)], 0)  # (B, L, L)
    x = torch.nn.functional.pad(y, (0, blocks * _BLOCK - n)).view(count, blocks, _BLOCK)
    states = _carried(powers[_BLOCK], x @ left.float())  # at each block's beginning
    out = torch.baddbmm(x @ inside.float(), states, heard.mT.float())
    return out.view(count, -1)[:, :n]


def _carried(A: torch.Tensor, added: torch.Tensor) -> torch.Tensor:
    """Give the state before each block, where each adds (B, K, D) and all passes through A."""
    import torch

    count, blocks, size = added.shape
    groups = -(-blocks // _GROUP)
    padded = torch.nn.functional.pad(added.double(), (0, 0, 0, groups * _GROUP - blocks))
    lanes = padded.view(count, groups, _GROUP, size)
    turn = A.mT
    states = torch.zeros_like(lanes)  # within each group, as if it began at rest
    for i in range(1, _GROUP):
        states[:, :, i] = states[:, :, i - 1] @ turn + lanes[:, :, i - 1]
    ends = states[:, :, -1] @ turn + lanes[:, :, -1]
    powers = [torch.eye(size, dtype=A.dtype, device=A.device).expand_as(A)]
    for _ in range(_GROUP):
        powers.append(powers[-1] @ turn)
    carry = torch.zeros_like(ends)
    for g in range(1, groups):
        carry[:, g : g + 1] = carry[:, g - 1 : g] @ powers[_GROUP] + ends[:, g - 1 : g]
    later = torch.stack(powers[:_GROUP], dim=1)  # (B, G, D, D)
    states += torch.einsum("bgd,bide->bgie", carry, later)
    return states.view(count, -1, size)[:, :blocks].float()
