"""The loop: a batch being decoded, column by column, in memory that is set aside once.

All that changes from step to step lives in tensors, also the number of the step. So a step is
the same program each time, and on CUDA it is recorded once as a graph and then replayed, which
spares the CPU from launching some hundred kernels for every frame.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from .decoder import Decoder
from .sampling import choose, draw_luck
from .staircase import Staircase

_SPAN = 256  # on CUDA, columns are looked at in multiples of this: one graph for each


@dataclass(frozen=True)
class Choice:
    """How tokens are chosen; as in `Settings`, with the guidance settled."""

    guidance: float
    temperature: float
    top_k: int | None
    top_p: float | None


class Decoding:
    """A batch of B items being decoded.

    Parameters
    ----------
    decoder : the weights
    memory : what the text encoder gave, float (B, L, D)
    words : which places of `memory` hold words, bool (B, L)
    frames : how many frames to decode
    choice : how tokens are chosen
    seeds : one for each item
    graphs : record steps as CUDA graphs; None does so on CUDA. With `span` they are the two parts
        of the CUDA path that a CPU can try: fixed spans and masks
    fixed_spans : look at columns in multiples of `_SPAN`, masked; None does so on CUDA

    Attributes
    ----------
    staircase : where tokens lie among the columns
    columns : int64 (B, K, 1 + steps), the tokens so far, staircase and all
    logits : float32 (steps, B, K, V), guided, of the steps so far
    done : steps taken
    """

    def __init__(
        self,
        decoder: Decoder,
        memory: Tensor,
        words: Tensor,
        *,
        frames: int,
        choice: Choice,
        seeds: list[int],
        graphs: bool | None = None,
        fixed_spans: bool | None = None,
    ) -> None:
        cuda = decoder.device.type == "cuda"
        self._graphs = cuda if graphs is None else graphs
        self._fixed = cuda if fixed_spans is None else fixed_spans
        self._decoder, self._choice = decoder, choice
        B, K, V = len(seeds), decoder.n_codebooks, decoder.codebook_size
        self.staircase = Staircase.of(frames, n_codebooks=K, channels=decoder.channels)
        self.steps, self.done = self.staircase.steps, 0
        place = decoder.device
        self._rows = 2 * B if choice.guidance > 1 else B
        with torch.inference_mode():
            self.columns = torch.full((B, K, 1 + self.steps), decoder.pad, device=place)
            self.logits = torch.empty(self.steps, B, K, V, device=place)
            self._luck = draw_luck(seeds, steps=self.steps, n_codebooks=K).to(place)
            self._open = self.staircase.open.to(place)
            self._at = torch.zeros(1, dtype=torch.int64, device=place)
            self._ladder = torch.arange(self._round_up(self.steps), device=place)
            self._past = decoder.blank_past(self._rows, self._round_up(self.steps))
            self._text = decoder.read(memory * words[..., None], words)
        self._recorded: dict[int, Callable[[], None]] = {}

    def step(self) -> None:
        """Decode one more column."""
        span = self._round_up(self.done + 1)
        with torch.inference_mode():
            if self._graphs:
                self._replay(span)
            else:
                self._column(span)
        self.done += 1

    def rewind(self) -> None:
        """Begin again; with the same luck, so with the same result."""
        with torch.inference_mode():
            self._at.zero_()
        self.done = 0

    def let_go(self) -> None:
        """Give back the memory that only further steps would need."""
        self._past, self._text, self._recorded = [], [], {}

    @property
    def frames_done(self) -> int:
        """How many frames have all their tokens."""
        return self.staircase.complete(self.done)

    def _column(self, span: int) -> None:
        d, c, at = self._decoder, self._choice, self._at
        x = d.embed(self.columns.index_select(2, at), at)  # (B, D)
        B = len(x)
        guided = self._rows > B
        x = d.step(
            torch.cat([x, x]) if guided else x,
            self._past,
            self._text,
            told=B,
            at=at,
            span=span,
            reach=(self._ladder[:span] <= at)[None] if self._fixed else None,
        )
        if guided:
            x = torch.lerp(x[B:], x[:B], c.guidance)  # unguided + guidance (guided - unguided)
        logits = d.logits(x)
        self.logits.index_copy_(0, at, logits[None])
        tokens = choose(
            logits,
            self._luck.index_select(0, at)[0],
            temperature=c.temperature,
            top_k=c.top_k,
            top_p=c.top_p,
        )[..., None]
        at += 1
        tokens = torch.where(self._open.index_select(1, at), tokens, d.pad)
        self.columns.index_copy_(2, at, tokens)

    def _round_up(self, count: int) -> int:
        return -(-count // _SPAN) * _SPAN if self._fixed else count

    def _replay(self, span: int) -> None:
        """Run the step's graph, recording it where this span is new.

        Recording does not run anything, so it is rehearsed on a side stream first, as CUDA asks;
        the rehearsals take real steps, and what they changed is put back.
        """
        if span not in self._recorded:
            kept = self._at.clone(), self.columns.clone()
            side = torch.cuda.Stream()
            side.wait_stream(torch.cuda.current_stream())
            with torch.cuda.stream(side):
                for _ in range(2):
                    self._at.copy_(kept[0])
                    self._column(span)
            torch.cuda.current_stream().wait_stream(side)
            self._at.copy_(kept[0])
            self.columns.copy_(kept[1])
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._column(span)
            self._recorded[span] = graph.replay
        self._recorded[span]()
