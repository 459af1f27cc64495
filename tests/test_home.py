"""Where a person's own things lie."""

import sys

import pytest

from sonic_lab.home import home


@pytest.mark.parametrize(
    ("platform", "variable", "tail"),
    [
        ("linux", "XDG_DATA_HOME", "sonic-lab"),
        ("win32", "LOCALAPPDATA", "sonic-lab"),
        ("darwin", "HOME", "Library/Application Support/sonic-lab"),
    ],
)
def test_each_system_keeps_it_where_its_users_expect(
    monkeypatch, tmp_path, platform, variable, tail
):
    monkeypatch.delenv("SONIC_LAB_HOME")
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setenv(variable, str(tmp_path))
    assert home() == tmp_path / tail


def test_a_folder_that_was_chosen_wins(monkeypatch, tmp_path):
    monkeypatch.setenv("SONIC_LAB_HOME", str(tmp_path))
    assert home() == tmp_path
