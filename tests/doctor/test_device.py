import shutil
from types import SimpleNamespace

import pytest
import torch

from sonic_lab.doctor import Status, device


@pytest.fixture
def no_card(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(shutil, "which", lambda name: None)


def test_the_cpu_is_enough(no_card):
    finding = device.device()

    assert finding.status is Status.GREEN
    assert finding.details["device"] == "cpu"
    assert finding.details["torch"] == torch.__version__


def test_a_card_that_torch_does_not_see_is_noted(no_card, monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/nvidia-smi")

    finding = device.device()

    assert finding.status is Status.AMBER
    assert "make lab TORCH=auto" in finding.cure


def test_a_torch_that_multiplies_wrongly_is_caught(no_card, monkeypatch):
    ones = torch.ones
    monkeypatch.setattr(torch, "ones", lambda *shape, **options: 2 * ones(*shape, **options))

    with pytest.raises(RuntimeError, match="multiplies wrongly on cpu"):
        device.device()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA card")
def test_a_real_card_is_named():
    finding = device.device()

    assert finding.status is Status.GREEN
    assert finding.details["card"] == torch.cuda.get_device_name()
    assert finding.details["card_free_bytes"] > 0


def test_a_card_is_named_with_its_memory(monkeypatch):
    """The words, with a card made up around a product that is computed on the CPU."""
    monkeypatch.setattr(device.devices, "choose", lambda name: torch.device("cuda"))
    ones = torch.ones
    monkeypatch.setattr(torch, "ones", lambda *shape, device: ones(*shape))
    properties = SimpleNamespace(name="NVIDIA T4")
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda d: properties)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda d: (15_000_000_000, 16_000_000_000))

    finding = device.device()

    assert "on NVIDIA T4 (CUDA), 15.0 of 16.0 GB free" in finding.found
