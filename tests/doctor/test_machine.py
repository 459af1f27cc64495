import shutil
from types import SimpleNamespace

import pytest
import torch

from sonic_lab import devices
from sonic_lab.cgroup import Groups
from sonic_lab.doctor import Status, machine

GB = 10**9


@pytest.fixture
def container(tmp_path):
    """Control groups with limits that the test gives."""

    def make(**files):
        (tmp_path / "membership").write_text("0::/\n")
        for name, text in files.items():
            (tmp_path / name.replace("_", ".")).write_text(str(text))
        return Groups(tmp_path, tmp_path / "membership")

    return make


@pytest.fixture
def meminfo(tmp_path):
    def make(free_bytes):
        file = tmp_path / "meminfo"
        file.write_text(f"MemTotal: 1 kB\nMemAvailable:  {free_bytes // 1024} kB\n")
        return file

    return make


def test_as_many_threads_as_cores_is_well(monkeypatch, container):
    monkeypatch.setattr(devices, "cores", lambda: 4)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 4)

    assert machine.threads(container()).status is Status.GREEN


def test_a_container_with_a_quota_is_oversubscribed_by_its_hosts_cores(monkeypatch, container):
    monkeypatch.setattr(devices, "cores", lambda: 32)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 32)

    finding = machine.threads(container(cpu_max="150000 100000"))

    assert finding.status is Status.AMBER
    assert "of which this container may use 1.5" in finding.found
    assert "torch.set_num_threads(2)" in finding.cure
    assert finding.details["cpu_quota"] == 1.5


def test_threads_set_by_hand_beyond_the_cores_are_noted(monkeypatch, container):
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    monkeypatch.setattr(devices, "cores", lambda: 2)
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)

    finding = machine.threads(container())

    assert finding.status is Status.AMBER
    assert finding.details["omp_num_threads"] == "8"


@pytest.mark.parametrize(
    ("free", "status"),
    [(4 * GB, Status.GREEN), (1.2 * GB, Status.AMBER), (0.3 * GB, Status.RED)],
)
def test_free_memory_of_the_machine(container, meminfo, free, status):
    finding = machine.memory(container(), meminfo(int(free)))

    assert finding.status is status
    # The file counts in KiB, so up to 1023 bytes are rounded away.
    assert finding.details["free_bytes"] == pytest.approx(free, abs=1024)


def test_a_containers_limit_is_what_counts(container, meminfo):
    groups = container(memory_max=2 * GB, memory_current=1 * GB)

    finding = machine.memory(groups, meminfo(64 * GB))

    assert finding.status is Status.AMBER
    assert finding.found.startswith("1.0 GB free")
    assert "Shut Down All Kernels" in finding.cure


def test_without_proc_psutil_is_asked(container, tmp_path):
    import psutil

    finding = machine.memory(container(), tmp_path / "none")

    # Other programs take and give memory between the two readings.
    now = psutil.virtual_memory().available
    assert finding.details["free_bytes"] == pytest.approx(now, rel=0.5)


@pytest.mark.parametrize(
    ("free", "status"), [(9 * GB, Status.GREEN), (GB, Status.AMBER), (GB // 10, Status.RED)]
)
def test_disk(monkeypatch, free, status):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))

    finding = machine.disk()

    assert finding.status is status
    assert bool(finding.cure) is (status is not Status.GREEN)


def test_the_fuller_disk_is_named(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        shutil,
        "disk_usage",
        lambda place: SimpleNamespace(free=GB if place == str(tmp_path) else 9 * GB),
    )

    assert str(tmp_path) in machine.disk().found
