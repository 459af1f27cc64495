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
_INAUDIBLE = 1e-12  # a share of a state that no longer shows in single precision


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
    y: torch.Tensor,
    A: torch.Tensor,
    b: torch.Tensor,
    c: torch.Tensor,
    d: torch.Tensor,
    *,
    out: torch.Tensor,
) -> torch.Tensor:
    """Run the systems over the clips, block by block: (B, n) -> (B, n), into `out`, not `y`."""
    import torch

    # Powers of A tell how a state, or a single sample, is heard later on within a block.
    P, through = _powers(A, _BLOCK)  # (B, L, D, D), (B, D, D)
    heard = torch.einsum("bd,blde->ble", c, P)  # (B, L, D): a state, so many samples later
    left = torch.einsum("blde,be->bld", P, b).flip(1).float()  # (B, L, D): a sample, at the end
    response = torch.cat([d[:, None], (heard * b[:, None]).sum(-1)[:, :-1]], dim=1)  # (B, L)
    late = torch.nn.functional.pad(response.float(), (_BLOCK - 1, 0))
    inside = late.unfold(1, _BLOCK, 1).flip(1)  # (B, from, to)
    heard = heard.mT.float().contiguous()  # (B, D, L)
    whole = y.shape[1] // _BLOCK * _BLOCK
    x, to = (one[:, :whole].unflatten(1, (-1, _BLOCK)) for one in (y, out))  # (B, K, L)
    states = _carried(through, x @ left)  # (B, K + 1, D): at each block's beginning
    torch.bmm(x, inside, out=to)
    to.baddbmm_(states[:, :-1], heard)
    rest = y.shape[1] - whole
    if rest:
        tail = y[:, None, whole:] @ inside[:, :rest, :rest]
        out[:, whole:] = (tail + states[:, -1:] @ heard[..., :rest])[:, 0]
    return out


def _carried(A: torch.Tensor, added: torch.Tensor) -> torch.Tensor:
    """Give the state before each block and after all, where each adds (B, K, D) to A's part.

    Each turn adds what lies twice as far back, until what comes from there has died away.
    """
    import torch

    states, turn, reach = added.double(), A.mT, 1
    while reach < states.shape[1] and turn.abs().max() > _INAUDIBLE:
        earlier = states[:, :-reach] @ turn
        states = torch.cat([states[:, :reach], states[:, reach:] + earlier], dim=1)
        turn, reach = turn @ turn, 2 * reach
    return torch.nn.functional.pad(states, (0, 0, 1, 0)).float()


def _powers(A: torch.Tensor, count: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Raise A to 0 ... count - 1, and to `count`, a power of two: each turn doubles them."""
    import torch

    powers = torch.eye(A.shape[1], dtype=A.dtype, device=A.device).expand_as(A)[:, None]
    while powers.shape[1] < count:
        powers = torch.cat([powers, powers @ A[:, None]], dim=1)
        A = A @ A
    return powers, A
