"""The training loop learns, repeats itself from one seed, and can be stopped at any step."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import pytest
import torch
from torch import nn

from sonic_lab.errors import DeviceError, ParameterError
from sonic_lab.models import Classifier, ClassifierConfig, Progress, TrainingConfig, fit
from sonic_lab.models.training import threads


def seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def tones_and_clicks(n: int, *, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures (n, 32, 32) with one line each: along time (class 0) or across it (class 1)."""
    luck = seeded(seed)
    pictures = torch.full((n, 32, 32), -80.0)
    targets = torch.randint(2, (n,), generator=luck)
    places = torch.randint(2, 30, (n,), generator=luck)
    for picture, target, place in zip(pictures, targets, places, strict=True):
        (picture if target == 0 else picture.T)[place] = -10.0
    return pictures, targets


def linear(seed: int = 0) -> nn.Module:
    model = nn.Linear(3, 2)
    nn.init.normal_(model.weight, generator=seeded(seed))
    nn.init.zeros_(model.bias)
    return model


def points(n: int = 40) -> tuple[torch.Tensor, torch.Tensor]:
    x = torch.randn(n, 3, generator=seeded(5))
    return x, (x[:, 0] > 0).long()


def test_the_classifier_learns_lines_in_places_it_never_saw() -> None:
    net = Classifier(ClassifierConfig(n_classes=2), generator=seeded(0))
    pictures, targets = tones_and_clicks(160, seed=0)
    history = fit(
        net, pictures, targets, config=TrainingConfig(epochs=4), generator=seeded(0), device="cpu"
    )
    unseen, truth = tones_and_clicks(100, seed=1)
    with torch.inference_mode():
        right = (net(unseen).argmax(1) == truth).float().mean()
    assert history[-1].loss < history[0].loss / 2
    # Guessing gets 0.5 (standard error 0.05); a picture this plain leaves no room for doubt.
    assert right > 0.95


def test_one_seed_gives_one_training_and_another_seed_another() -> None:
    def losses(seed: int) -> list[float]:
        history = fit(linear(), *points(), config=TrainingConfig(epochs=3), generator=seeded(seed))
        return [p.loss for p in history]

    assert losses(1) == losses(1)  # same sums in the same order on one thread: equal to the bit
    assert losses(1) != losses(2)


def test_training_leaves_the_global_luck_alone() -> None:
    model = linear()
    before = torch.get_rng_state()
    fit(model, *points(), generator=seeded(0))
    assert torch.equal(before, torch.get_rng_state())


def test_every_example_is_seen_once_an_epoch() -> None:
    seen: list[float] = []

    class Recorder(nn.Linear):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            seen.extend(x[:, 0].tolist())
            return super().forward(x)

    x = torch.arange(10.0).unsqueeze(1)
    fit(
        Recorder(1, 2), x, torch.zeros(10, dtype=torch.int64),
        config=TrainingConfig(epochs=2, batch_size=3),
    )  # fmt: skip
    assert sorted(seen[:10]) == sorted(seen[10:]) == list(range(10))
    assert seen[:10] != seen[10:]


def test_progress_is_told_after_every_epoch() -> None:
    told: list[Progress] = []
    history = fit(linear(), *points(), config=TrainingConfig(epochs=3), progress=told.append)
    assert told == history
    assert [(p.epoch, p.epochs) for p in told] == [(1, 3), (2, 3), (3, 3)]
    assert 0 < told[0].seconds < told[1].seconds < told[2].seconds


def test_the_loss_of_an_epoch_is_the_mean_over_its_examples() -> None:
    """Also where the last batch is a small one: at a standstill, it is the loss itself."""
    model, (x, y) = linear(), points(40)
    still = TrainingConfig(epochs=1, batch_size=7, learning_rate=1e-9, weight_decay=0.0)
    [only] = fit(model, x, y, config=still)
    # Six steps of 1e-9 move no loss by more than that times a gradient of about 1.
    assert only.loss == pytest.approx(nn.functional.cross_entropy(model(x), y).item(), rel=1e-6)


def test_an_event_stops_training_and_keeps_what_was_learned() -> None:
    enough = threading.Event()
    model, untouched = linear(), linear()

    def watch(now: Progress) -> None:
        if now.epoch == 2:
            enough.set()

    history = fit(
        model, *points(), config=TrainingConfig(epochs=50), progress=watch,
        should_stop=enough.is_set,
    )  # fmt: skip
    assert [p.epoch for p in history] == [1, 2]
    assert not torch.equal(model.weight, untouched.weight)
    assert not model.training


def test_an_interrupt_leaves_the_model_ready_and_the_threads_as_they_were() -> None:
    def interrupt(_: Progress) -> None:
        assert torch.get_num_threads() == 1
        raise KeyboardInterrupt

    model = linear()
    with threads(2):
        with pytest.raises(KeyboardInterrupt):
            fit(model, *points(), progress=interrupt)
        assert torch.get_num_threads() == 2
    assert not model.training


def test_another_loss_can_be_learned_too() -> None:
    x, _ = points(200)
    truth = x @ torch.tensor([[1.0], [-2.0], [0.5]])
    model = nn.Linear(3, 1)
    history = fit(
        model, x, truth, loss=nn.functional.mse_loss, generator=seeded(0),
        config=TrainingConfig(epochs=60, learning_rate=0.1, weight_decay=0.0),
    )  # fmt: skip
    # A line fits these points exactly: what is left is the last, small steps of the optimiser.
    assert history[-1].loss < 1e-3


@pytest.mark.parametrize(
    ("inputs", "targets", "message"),
    [
        (torch.zeros(0, 3), torch.zeros(0), "0 inputs and 0 targets"),
        (torch.zeros(4, 3), torch.zeros(3), "4 inputs and 3 targets"),
        (torch.full((4, 3), torch.nan), torch.zeros(4), "inputs hold NaN"),
        ([[0.0]], torch.zeros(1), "inputs must be a tensor"),
        (torch.zeros(4, 3), torch.tensor(1), "targets must be a tensor"),
    ],
)
def test_examples_it_cannot_learn_from_are_refused(inputs, targets, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        fit(linear(), inputs, targets)


def test_a_loss_that_runs_away_is_named() -> None:
    def diverge(outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        return outputs.sum() * torch.inf

    with pytest.raises(ParameterError, match=r"the loss became .* in epoch 1: try a learning_rate"):
        fit(linear(), *points(), loss=diverge)


def test_a_device_that_is_not_there_is_named() -> None:
    with pytest.raises(DeviceError, match="cuda:63"):
        fit(linear(), *points(), device="cuda:63")


@pytest.mark.parametrize(
    "setting", [{"epochs": 0}, {"batch_size": 0}, {"threads": 0}, {"learning_rate": 0.0}]
)
def test_an_impossible_setting_is_refused(setting: dict) -> None:
    name = next(iter(setting))
    with pytest.raises(ParameterError, match=f"{name}="):
        TrainingConfig(**setting)


@pytest.mark.parametrize("epochs", range(1, 25))
def test_any_number_of_steps_can_be_trained(epochs: int) -> None:
    config = TrainingConfig(epochs=epochs, batch_size=40)  # nine steps once divided by zero
    assert len(fit(linear(), *points(), config=config)) == epochs


class Notes:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.settings: dict[str, object] = {}
        self.losses: list[tuple[int, float]] = []

    def params(self, values: Mapping[str, object], /) -> None:
        self.settings.update(values)

    def metrics(self, values: Mapping[str, float], /, *, step: int) -> None:
        self.losses.append((step, values["loss"]))


def test_what_is_logged_is_what_was_done() -> None:
    notes, net = Notes(), Classifier(ClassifierConfig(n_classes=2, widths=(4, 8)))
    pictures, targets = tones_and_clicks(20, seed=0)
    config = TrainingConfig(epochs=3, batch_size=8)
    history = fit(net, pictures, targets, config=config, log=notes, device="cpu")
    assert notes.losses == [(p.epoch, p.loss) for p in history]
    assert notes.settings == {
        "model": "Classifier", "weights": sum(w.numel() for w in net.parameters()),
        "model.n_classes": 2, "model.widths": (4, 8), "model.range_db": 80.0,
        "epochs": 3, "batch_size": 8, "learning_rate": 3e-3, "weight_decay": 1e-2, "threads": 1,
        "examples": 20, "device": "cpu",
    }  # fmt: skip


def test_a_log_changes_nothing_that_is_learned() -> None:
    def losses(log: Notes | None) -> list[float]:
        model = linear()
        return [p.loss for p in fit(model, *points(), generator=seeded(1), log=log)]

    assert losses(Notes()) == losses(None)
