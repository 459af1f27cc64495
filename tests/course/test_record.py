"""The record loses nothing, shows what was tampered with, and never breaks a check."""

from __future__ import annotations

import json
import os
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

import sonic_lab as sl
from sonic_lab.course import checking, record
from sonic_lab.course.record import Record, parse
from sonic_lab.errors import UnknownNameError


def right(f, sr):
    return abs(f - sr * round(f / sr))


def lines(folder):
    return (folder / "progress.jsonl").read_bytes().splitlines()


def test_an_answer_is_kept_and_found_again_by_another_process(own_home):
    sl.course.check("01.2", right)
    before = str(sl.course.progress())
    checking._records.clear()  # as a new kernel has none
    assert str(sl.course.progress()) == before
    assert "passed" in before


def test_the_same_answer_again_adds_nothing(own_home):
    for _ in range(3):
        sl.course.check("01.2", right)
    assert len(lines(own_home)) == 2  # the start, and the answer


def test_tries_are_counted_and_a_pass_stays_a_pass(own_home):
    sl.course.check("01.2", lambda f, sr: f)
    sl.course.check("01.2", right)
    sl.course.check("01.2", lambda f, sr: f % sr)
    line = next(line for line in sl.course.progress().lines if line.id == "01.2")
    assert (line.state, line.tries) == ("passed", 3)


def test_progress_shows_as_a_table_that_a_screen_reader_can_read(own_home):
    sl.course.enroll("Ada <b>")
    page = sl.course.progress()._repr_html_()
    assert "Ada &lt;b&gt;" in page
    assert '<th scope="row"' in page
    assert '<th scope="col"' in page


def test_progress_of_one_notebook(own_home):
    assert [line.id[:2] for line in sl.course.progress("00").lines] == ["00"] * 3
    with pytest.raises(UnknownNameError, match="no notebook named '1': "):
        sl.course.progress("1")


def test_a_disk_that_cannot_be_written_costs_nothing(own_home, monkeypatch):
    own_home.parent.mkdir(exist_ok=True)
    own_home.write_text("a file where the folder should be")
    verdict = sl.course.check("01.2", right)
    assert verdict
    assert "could not be saved" in verdict.note
    assert sl.course.progress().passed == 1  # it is known in this session

    own_home.unlink()  # the disk is back: the next answer takes the waiting one along
    assert sl.course.check("01.2", lambda f, sr: f).note == ""
    kept = [json.loads(line).get("passed") for line in lines(own_home)]
    assert kept == [None, True, False]
    assert parse(b"\n".join(lines(own_home))).damage == []


def test_a_disk_that_fills_up_in_the_middle_leaves_no_half_line(own_home, monkeypatch):
    sl.course.check("01.2", right)
    whole = lines(own_home)

    def full(descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        assert "No space left" in sl.course.check("01.2", lambda f, sr: f).note
    assert lines(own_home) == whole
    sl.course.check("01.2", lambda f, sr: f % sr)
    reading = parse(b"\n".join(lines(own_home)))
    assert (len(reading.entries), reading.damage) == (4, [])


def test_a_line_torn_by_a_power_cut_costs_only_itself(own_home):
    sl.course.check("01.2", lambda f, sr: f)
    path = own_home / "progress.jsonl"
    path.write_bytes(path.read_bytes() + b'{"kind":"answer","exerc')
    sl.course.check("01.2", right)
    reading = parse(path.read_bytes())
    assert reading.damage == ["line 3 is damaged or cut short"]
    assert [e["kind"] for e in reading.entries] == ["start", "answer", "answer"]


@pytest.mark.parametrize(
    ("tamper", "says"),
    [
        (lambda ls: [ls[0], ls[1].replace(b'"passed":false', b'"passed":true'), ls[2]], "changed"),
        (lambda ls: [ls[0], ls[2]], "line 2 does not follow"),
        (lambda ls: [ls[0], ls[2], ls[1]], "line 2 does not follow"),
        (lambda ls: [ls[0], ls[1], ls[1], ls[2]], "line 3 does not follow"),
        (lambda ls: ls[1:], "line 1 does not follow"),
        (lambda ls: [ls[0], b'{"passed":true}', ls[1], ls[2]], "line 2 is not an entry"),
        (lambda ls: [ls[0], b"[]", ls[1], ls[2]], "line 2 is not an entry"),
        (lambda ls: [ls[0], ls[1].replace(b'"n":1', b'"n":NaN'), ls[2]], "damaged"),
    ],
)
def test_tampering_is_seen(own_home, tamper, says):
    sl.course.check("01.2", lambda f, sr: f)
    sl.course.check("01.2", right)
    whole = lines(own_home)
    assert parse(b"\n".join(whole)).damage == []
    assert any(says in problem for problem in parse(b"\n".join(tamper(whole))).damage)


@given(st.binary(max_size=300))
def test_any_bytes_can_be_read(data):
    reading = parse(data)
    assert reading.entries == [] or reading.damage == []


@pytest.mark.parametrize(
    "line",
    [b"[" * 100_000, b"1" * 5000, b'{"hash":"x","a":1e999}', b'{"hash":"x","a":"\\ud800"}'],
)
def test_hostile_json_is_damage_and_no_error(line):
    reading = parse(line)
    assert not reading.entries
    assert reading.damage


def test_a_file_too_large_to_be_a_record_is_not_read(monkeypatch):
    monkeypatch.setattr(record, "MAX_BYTES", 10)
    assert parse(b"x" * 11).damage == ["11 bytes are too many for a record"]


def test_two_notebooks_may_write_at_once(own_home):
    path = own_home / "progress.jsonl"
    notes = []

    def write(who):
        mine = Record(path)
        notes.extend(mine.append({"kind": "answer", "who": who, "i": i}) for i in range(15))

    threads = [threading.Thread(target=write, args=(who,)) for who in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    reading = parse(path.read_bytes())
    assert reading.damage == []
    assert len(reading.entries) == 1 + 4 * 15 - sum(bool(note) for note in notes)
    assert set(notes) == {""}


def test_a_lock_left_by_a_dead_notebook_is_taken_over(own_home):
    own_home.mkdir()
    lock = own_home / "progress.lock"
    lock.touch()
    old = time.time() - 60
    os.utime(lock, (old, old))
    assert sl.course.check("01.2", right).note == ""
    assert not lock.exists()


def test_a_lock_that_is_held_makes_the_answer_wait(own_home, monkeypatch):
    monkeypatch.setattr(record, "_WAIT_S", 0.1)
    own_home.mkdir()
    (own_home / "progress.lock").touch()
    verdict = sl.course.check("01.2", right)
    assert verdict
    assert "another notebook is writing" in verdict.note
