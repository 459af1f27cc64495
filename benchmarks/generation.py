"""Our decoding engine against transformers' `generate`, on the same weights, in turn.

The tiny model with everything that a listener waits for (text, tokens, sound); the architecture of
musicgen-small, whose weights are random here, since speed does not depend on what they say; and
the same on CUDA where there is a GPU. Each side runs on one thread and on all cores, and is judged
by whichever suits it better.

Seconds are those on the clock, medians of runs that alternate, and the claims are judged by them.
Beside them stands processor time, which other programs on the machine change far less: where cores
were shared with others (the load is in the second line), that is what to read.

Run it with ``python -m benchmarks.generation``, or with ``tiny``, ``small``, ``cuda`` for a part.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import torch

from benchmarks.machine import describe, keep, verdict
from sonic_lab import devices
from sonic_lab.generation.catalogue import ModelInfo
from sonic_lab.generation.decoder import Decoder
from sonic_lab.generation.decoding import Choice, Decoding
from sonic_lab.generation.jobs import Job
from sonic_lab.generation.model import Model
from sonic_lab.generation.products import Precision, half_packs_here
from sonic_lab.generation.voices import voice_for
from sonic_lab.models import bundled
from sonic_lab.models.musicgen import random_model, tiny_config
from sonic_lab.models.training import threads

PROMPT = "slow sad piano melody"
GUIDANCE, TOP_K = 3.0, 250
TINY_SECONDS, TINY_ROUNDS = 6, 3
SMALL_STEPS, SMALL_ROUNDS = 24, 2
CUDA_STEPS = 500
TINY_RATIO, REAL_TIME, FIRST_SOUND_S, SMALL_RATIO, CUDA_RATIO = 2.5, 4, 0.5, 1.5, 8


@dataclass
class Side:
    """One way of generating, and what its runs took."""

    name: str
    threads: int
    run: Callable[[], object]
    steps: int
    clock: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def once(self) -> None:
        """Run it and keep what it took."""
        with threads(self.threads):
            clock, processor = time.perf_counter(), time.process_time()
            self.run()
            self.processor.append(time.process_time() - processor)
            self.clock.append(time.perf_counter() - clock)

    @property
    def seconds(self) -> float:
        """Median seconds of a run."""
        return statistics.median(self.clock)

    @property
    def busy(self) -> float:
        """Median processor seconds of a run."""
        return statistics.median(self.processor)

    def row(self) -> str:
        """Return its line of the table."""
        busy = 1e3 * self.busy / self.steps
        each = 1e3 * self.seconds / self.steps
        return f"{self.name:34}{self.threads:>8}{self.seconds:>9.2f}{each:>11.2f}{busy:>13.2f}"


HEAD = f"{'':34}{'threads':>8}{'s':>9}{'ms a step':>11}{'CPU ms/step':>13}"


def in_turn(sides: list[Side], rounds: int) -> None:
    """Run all sides once for nothing, then each in turn."""
    for turn in range(1 + rounds):
        for side in sides:
            side.once()
            if turn == 0:
                side.clock.clear(), side.processor.clear()


def best(sides: list[Side], name: str) -> Side:
    """Return the side of that name on the number of threads that suits it."""
    return min((s for s in sides if s.name.startswith(name)), key=lambda side: side.seconds)


def least_busy(sides: list[Side], name: str) -> float:
    """Return the processor seconds of the side of that name that takes the fewest."""
    return min(side.busy for side in sides if side.name.startswith(name))


# The tiny model ------------------------------------------------------------------------------


def tiny() -> tuple[list[str], bool]:
    """Generate six seconds, sound included."""
    network, what = _tiny_network()
    frames = round(TINY_SECONDS * network.audio_encoder.config.frame_rate)
    steps = frames + network.decoder.num_codebooks - 1
    ids, mask = _ids(1)
    info = ModelInfo("tiny", what, "bundled", "", "")
    precision: Precision = "float32"  # as `load` settles it for a model of this size
    ready = Model(network, lambda *_, **__: {"input_ids": ids, "attention_mask": mask}, info=info,
                  precision=precision)  # fmt: skip
    ready.unknown_words = lambda prompt: []  # type: ignore[method-assign]  # no tokenizer here
    firsts: list[tuple[float, float]] = []

    def transformers() -> None:
        network.generate(
            input_ids=ids, attention_mask=mask, do_sample=True, guidance_scale=GUIDANCE,
            top_k=TOP_K, max_new_tokens=steps,
        )  # fmt: skip

    def ours() -> None:
        ready.threads = torch.get_num_threads()
        start, processor = time.perf_counter(), time.process_time()
        job = Job(PROMPT, model=ready, duration_s=TINY_SECONDS, seed=0, guidance=GUIDANCE)
        next(job)
        firsts.append((time.perf_counter() - start, time.process_time() - processor))
        job.run()

    counts = sorted({1, devices.cores()})
    sides = [Side("transformers", n, transformers, steps) for n in counts]
    sides += [Side(f"ours, {precision}", n, ours, steps) for n in counts]
    in_turn(sides, TINY_ROUNDS)
    mine, theirs = best(sides, "ours"), best(sides, "transformers")
    ratio, real = theirs.seconds / mine.seconds, TINY_SECONDS / mine.seconds
    first, first_busy = (statistics.median(kind) for kind in zip(*firsts, strict=True))
    calm, theirs_calm = least_busy(sides, "ours"), least_busy(sides, "transformers")
    claims = [
        (f"at least {TINY_RATIO} times as fast as transformers ({ratio:.1f})", ratio >= TINY_RATIO),
        (f"at least {REAL_TIME} times real time ({real:.1f})", real >= REAL_TIME),
        (f"first sound within {FIRST_SOUND_S} s ({first:.2f} s)", first <= FIRST_SOUND_S),
    ]
    lines = [f"The tiny MusicGen ({what}): {TINY_SECONDS} s of sound, text and codec included,"]
    lines += [f"guidance {GUIDANCE:g}, top-k {TOP_K}, batch 1, {steps} steps", "", HEAD]
    lines += [side.row() for side in sides]
    lines += ["", f"in processor time {theirs_calm / calm:.1f} times as fast as transformers, "]
    lines[-1] += f"{TINY_SECONDS / calm:.1f} times real time, first sound after {first_busy:.2f} s"
    return [*lines, "", *(verdict(*c) for c in claims), ""], all(held for _, held in claims)


def _tiny_network() -> tuple[Any, str]:
    if "musicgen" not in bundled.names():
        return random_model(), "random weights"
    from transformers import MusicgenForConditionalGeneration

    folder = bundled.path("musicgen")
    network = MusicgenForConditionalGeneration.from_pretrained(folder, dtype=torch.float32)
    return network.eval(), "bundled weights"


# The architecture of musicgen-small ------------------------------------------------------------


def small_network(dtype: torch.dtype = torch.float32, device: str = "cpu") -> Any:
    """Return MusicGen small's decoder with random weights; its text encoder and codec are tiny."""
    config = tiny_config()
    decoder = config.decoder
    decoder.hidden_size, decoder.num_attention_heads, decoder.ffn_dim = 1024, 16, 4096
    decoder.num_hidden_layers, decoder.vocab_size = 24, 2048
    decoder.pad_token_id = decoder.bos_token_id = 2048
    config.audio_encoder.codebook_size = 2048
    return random_model(config).to(device, dtype)


def small() -> tuple[list[str], bool]:
    """Decode a few tokens with musicgen-small's decoder on the CPU."""
    network = small_network()
    ids, mask = _ids(1)
    counts = sorted({1, devices.cores()})
    sides = [Side("transformers, float32", n, _theirs(network, ids, mask, SMALL_STEPS), SMALL_STEPS)
             for n in counts]  # fmt: skip
    kinds: list[Precision] = ["float32", "float16"] if half_packs_here() else ["float32"]
    for kind in [*kinds, "int8"]:
        decoder = Decoder(network.decoder, precision=kind)  # type: ignore[arg-type]
        ours = _ours(decoder, network, ids, mask, SMALL_STEPS)
        sides += [Side(f"ours, {kind}", n, ours, SMALL_STEPS) for n in counts]
    in_turn(sides, SMALL_ROUNDS)
    theirs = best(sides, "transformers").seconds
    ratios = {kind: theirs / best(sides, f"ours, {kind}").seconds for kind in [*kinds, "int8"]}
    held = ratios["float32"] >= SMALL_RATIO
    others = ", ".join(f"{kind} {ratio:.1f}" for kind, ratio in ratios.items())
    claim = f"at least {SMALL_RATIO} times as fast as transformers in float32 ({others})"
    calm = {
        kind: least_busy(sides, "transformers") / least_busy(sides, f"ours, {kind}")
        for kind in [*kinds, "int8"]
    }
    in_processor_time = ", ".join(f"{kind} {ratio:.1f}" for kind, ratio in calm.items())
    numbers = sum(p.numel() for p in network.decoder.parameters())
    lines = ["MusicGen small's decoder on the CPU (random weights, "]
    lines[0] += f"{numbers / 1e6:.0f} M numbers), guidance {GUIDANCE:g}, {SMALL_STEPS} steps:"
    lines += ["", HEAD, *(side.row() for side in sides), ""]
    lines += [f"in processor time, times as fast as transformers in float32: {in_processor_time}"]
    return [*lines, verdict(claim, held), ""], held


def cuda() -> tuple[list[str], bool]:
    """Decode ten seconds with musicgen-small's decoder on the GPU, in bfloat16."""
    network = small_network(torch.float16, "cuda")
    ids, mask = (x.to("cuda") for x in _ids(1))
    decoder = Decoder(network.decoder, precision="bfloat16")
    theirs = _theirs(network, ids, mask, CUDA_STEPS)
    ours = _ours(decoder, network, ids, mask, CUDA_STEPS)
    sides = [Side("transformers, float16", 1, _waited(theirs), CUDA_STEPS)]
    sides += [Side("ours, bfloat16, CUDA graphs", 1, _waited(ours), CUDA_STEPS)]
    in_turn(sides, TINY_ROUNDS)
    ratio = sides[0].seconds / sides[1].seconds
    numbers = sum(p.numel() for p in network.decoder.model.decoder.layers.parameters())
    numbers += sum(p.numel() for p in network.decoder.lm_heads.parameters())
    limit = copy_bytes_a_second()
    share = 2 * numbers * CUDA_STEPS / sides[1].seconds / limit
    claim = f"at least {CUDA_RATIO} times as fast as transformers ({ratio:.1f})"
    lines = [f"MusicGen small's decoder on {torch.cuda.get_device_name()}, {CUDA_STEPS} steps:"]
    lines += ["", HEAD, *(side.row() for side in sides), ""]
    lines += [
        f"reading the weights takes {share:.0%} of the {limit / 1e12:.2f} TB/s that a copy has"
    ]
    return [*lines, verdict(claim, ratio >= CUDA_RATIO), ""], ratio >= CUDA_RATIO


def copy_bytes_a_second() -> float:
    """Measure what the GPU's memory gives: bytes read and written by a large copy."""
    source = torch.empty(2**29, dtype=torch.uint8, device="cuda")
    target = torch.empty_like(source)
    seconds = []
    for _ in range(10):
        torch.cuda.synchronize()
        start = time.perf_counter()
        target.copy_(source)
        torch.cuda.synchronize()
        seconds.append(time.perf_counter() - start)
    return 2 * source.numel() / min(seconds)


def _theirs(network: Any, ids: torch.Tensor, mask: torch.Tensor, steps: int) -> Callable[[], None]:
    def run() -> None:
        network.generate(
            input_ids=ids, attention_mask=mask, do_sample=True, guidance_scale=GUIDANCE,
            top_k=TOP_K, max_new_tokens=steps,
        )  # fmt: skip

    return run


def _ours(
    decoder: Decoder, network: Any, ids: torch.Tensor, mask: torch.Tensor, steps: int
) -> Callable[[], None]:
    def run() -> None:
        with torch.inference_mode():
            states = network.text_encoder(input_ids=ids, attention_mask=mask).last_hidden_state
            memory = network.enc_to_dec_proj(states)
        decoding = Decoding(
            decoder, memory, mask.bool(), frames=steps - decoder.n_codebooks + 1,
            choice=Choice(GUIDANCE, 1.0, TOP_K, None), seeds=[0],
        )  # fmt: skip
        for _ in range(decoding.steps):
            decoding.step()
        with torch.inference_mode():
            codes = decoding.staircase.straighten(decoding.columns)
            voice_for(network.audio_encoder).push(codes, final=True)

    return run


def _waited(run: Callable[[], None]) -> Callable[[], None]:
    def and_wait() -> None:
        run()
        torch.cuda.synchronize()

    return and_wait


def _ids(batch: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a prompt of nine made-up pieces."""
    ids = torch.randint(3, 200, (batch, 9), generator=torch.Generator().manual_seed(0))
    return ids, torch.ones_like(ids)


def parts(chosen: list[str]) -> Iterator[Callable[[], tuple[list[str], bool]]]:
    """Yield the measurements to take."""
    there = (tiny, small, cuda) if torch.cuda.is_available() else (tiny, small)
    yield from (part for part in there if not chosen or part.__name__ in chosen)


def main(chosen: list[str]) -> int:
    """Measure, print the tables and keep them; 1 when a claim failed."""
    lines = [
        "Our engine against transformers' generate, each on the threads that suit it",
        describe("torch", "transformers"),
        "",
    ]
    held = True
    for part in parts(chosen):
        table, fine = part()
        lines, held = lines + table, held and fine
    if not torch.cuda.is_available():
        lines += ["No CUDA GPU was at hand: the CUDA path was not run."]
    keep("-".join(["generation", *chosen]), "\n".join(lines))
    return 0 if held else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
