"""Limits read from folders made up after the kernel's documentation, version 1 and 2."""

import pytest

from sonic_lab.cgroup import Groups


@pytest.fixture
def machine(tmp_path):
    """Write `files` (by path under the mount) and a membership line; return the groups."""

    def write(membership, files):
        (tmp_path / "membership").write_text(membership)
        for name, text in files.items():
            file = tmp_path / "mount" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text + "\n")
        return Groups(tmp_path / "mount", tmp_path / "membership")

    return write


def test_version_2_in_a_container(machine):
    groups = machine(
        "0::/\n",
        {
            "cpu.max": "150000 100000",
            "memory.max": "2000000000",
            "memory.current": "900000000",
            "memory.stat": "anon 600000000\ninactive_file 300000000",
        },
    )

    assert groups.cpus() == 1.5
    # What the kernel keeps of files can be had back: 2.0 - 0.9 + 0.3 GB.
    assert groups.free_bytes() == 1_400_000_000


def test_the_tightest_level_holds(machine):
    groups = machine(
        "0::/user.slice/lab.service\n",
        {
            "user.slice/lab.service/cpu.max": "max 100000",
            "user.slice/cpu.max": "200000 100000",
            "cpu.max": "400000 100000",
            "user.slice/lab.service/memory.max": "max",
            "user.slice/lab.service/memory.current": "5",
            "user.slice/memory.max": "1000",
            "user.slice/memory.current": "400",
        },
    )

    assert groups.cpus() == 2
    assert groups.free_bytes() == 600


def test_version_1(machine):
    groups = machine(
        "5:cpu,cpuacct:/docker/abc\n3:memory:/docker/abc\n",
        {
            "cpu,cpuacct/cpu.cfs_quota_us": "50000",
            "cpu,cpuacct/cpu.cfs_period_us": "100000",
            "memory/docker/abc/memory.limit_in_bytes": "1000",
            "memory/docker/abc/memory.usage_in_bytes": "900",
            "memory/docker/abc/memory.stat": "total_inactive_file 50",
        },
    )

    assert groups.cpus() == 0.5
    assert groups.free_bytes() == 150


def test_version_1_says_no_limit_with_its_own_numbers(machine):
    groups = machine(
        "5:cpu:/\n3:memory:/\n",
        {
            "cpu/cpu.cfs_quota_us": "-1",
            "cpu/cpu.cfs_period_us": "100000",
            "memory/memory.limit_in_bytes": "9223372036854771712",
            "memory/memory.usage_in_bytes": "900",
        },
    )

    assert groups.cpus() is None
    assert groups.free_bytes() is None


def test_a_group_over_its_limit_has_nothing_left(machine):
    groups = machine("0::/\n", {"memory.max": "100", "memory.current": "150"})

    assert groups.free_bytes() == 0


def test_no_control_groups_is_no_limit(tmp_path):
    groups = Groups(tmp_path / "none", tmp_path / "none")

    assert groups.cpus() is None
    assert groups.free_bytes() is None
