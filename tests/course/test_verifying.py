"""A teacher's verification: what is right is counted, what was tampered with is named."""

from __future__ import annotations

import csv
import io
import json

import pytest

import sonic_lab as sl
from sonic_lab.course import checking, shell
from sonic_lab.course.checking import own_record
from sonic_lab.course.record import line_of, parse, seal
from sonic_lab.errors import ParameterError, RecordError

from .answers import all_answers

ANSWERS = all_answers()


@pytest.fixture
def student(tmp_path, monkeypatch):
    """Return a function that solves exercises under a name and hands the record in."""

    def work(name, *, solve=tuple(ANSWERS), fail=(), folder=""):
        monkeypatch.setenv("SONIC_LAB_HOME", str(tmp_path / (folder or name or "nobody")))
        checking._records.clear()
        if name:
            sl.course.enroll(name)
        for id in fail:
            maker = next(iter(ANSWERS[id].wrong.values()))
            sl.course.check(id, maker(sl.course.exercise(id).given))
        for id in solve:
            assert sl.course.check(id, ANSWERS[id].solution(sl.course.exercise(id).given))
        return sl.course.export(tmp_path / f"{folder or name or 'nobody'}.progress")

    return work


def entries(path):
    return parse(path.read_bytes()).entries


def rewrite(path, change):
    """Forge a record as someone would who has read the source: every hash made anew."""
    head, out = "", []
    for i, entry in enumerate(change(entries(path))):
        chained = seal({**entry, "n": i, "prev": head})
        head = chained["hash"]
        out.append(line_of(chained))
    path.write_bytes(b"".join(out))
    return path


def test_an_honest_record_verifies_with_every_exercise(student):
    (result,) = sl.course.verify(student("Ada", fail=["01.2"]))
    assert (result.learner, result.problems, result.notes) == ("Ada", (), ())
    assert result.passed == tuple(sorted(ANSWERS))
    assert result.total == len(ANSWERS)
    assert result.sound


def test_a_failed_answer_does_not_count(student):
    (result,) = sl.course.verify(student("Ada", solve=[], fail=["01.2"]))
    assert (result.passed, result.problems) == ((), ())


def test_a_copied_record_does_not_verify_under_another_name(student):
    path = student("Ada")

    def rename(old):
        as_bob = {"Ada": "Bob"}
        return [
            {k: as_bob.get(v, v) if isinstance(v, str) else v for k, v in e.items()} for e in old
        ]

    (result,) = sl.course.verify(rewrite(path, rename))
    assert result.learner == "Bob"
    numeric = [p for p in result.problems if "is marked as passed" in p]
    assert any("01.2" in problem for problem in numeric)
    assert len(result.passed) < len(ANSWERS) / 2  # only choices of a few words can be lucky


def test_work_done_under_another_name_does_not_count_after_enrolling_anew(student):
    student("Ada", folder="shared")
    path = student("Bob", solve=[], folder="shared")
    (result,) = sl.course.verify(path)
    assert (result.learner, result.passed) == ("Bob", ())
    assert any("01.2 was answered under another name" in note for note in result.notes)


def test_a_pass_that_was_claimed_is_judged_again(student):
    path = student("Ada", solve=[], fail=["01.2"])
    forged = rewrite(path, lambda old: [{**e, "passed": True} if "passed" in e else e for e in old])
    (result,) = sl.course.verify(forged)
    assert result.passed == ()
    assert result.problems == (
        "01.2 is marked as passed, and the answer kept with it is not right",
    )


def test_a_record_of_another_version_says_so(student):
    path = student("Ada", solve=[], fail=["01.2"])
    change = {"passed": True, "course": "0.0.1"}
    forged = rewrite(path, lambda old: [{**e, **change} if "passed" in e else e for e in old])
    assert "by course '0.0.1'" in sl.course.verify(forged)[0].problems[0]


def test_a_cut_and_an_edit_are_seen(student):
    path = student("Ada")
    whole = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(whole[:-2]))  # without the last answer and the seal
    assert "not exported by the course" in sl.course.verify(path)[0].notes[0]
    path.write_bytes(b"".join([*whole[:-2], whole[-1]]))
    assert any("does not follow" in p for p in sl.course.verify(path)[0].problems)
    path.write_bytes(b"".join(whole).replace(b'"Ada"', b'"Eve"'))
    assert any("was changed" in p for p in sl.course.verify(path)[0].problems)
    path.write_bytes(b"".join(whole[1:]))
    assert any("beginning is missing" in p for p in sl.course.verify(path)[0].problems)


def test_what_is_added_behind_the_seal_is_seen(student):
    path = student("Ada", solve=["01.2"])
    forged = rewrite(path, lambda old: [*old, {"kind": "enroll", "name": "Ada"}])
    assert sl.course.verify(forged)[0].problems == ("something was added after it was exported",)


def test_two_files_of_one_record_are_seen(student, tmp_path):
    ada = student("Ada")
    copy = tmp_path / "bob.progress"
    copy.write_bytes(ada.read_bytes())
    for result in sl.course.verify(ada, copy):
        assert "began as the same record as" in result.problems[-1]


def test_one_name_on_two_machines_is_a_note_and_no_fault(student):
    first, second = student("Ada", folder="laptop"), student("ada", folder="binder")
    for result in sl.course.verify(first, second):
        assert result.sound
        assert "the same name is on" in result.notes[-1]


def test_without_a_name_a_record_verifies_and_says_what_that_means(student):
    (result,) = sl.course.verify(student(""))
    assert result.passed == tuple(sorted(ANSWERS))
    assert "no name" in result.notes[0]


def test_a_past_that_was_rewritten_is_seen_with_an_earlier_result(student, tmp_path):
    path = student("Ada", solve=["01.2"])
    earlier = tmp_path / "week1.json"
    earlier.write_text(json.dumps([r.as_dict() for r in sl.course.verify(path)]))
    path = student("Ada")  # the same record, some answers later
    assert sl.course.verify(path, earlier=earlier)[0].sound
    forged = rewrite(path, lambda old: [{**e, "at": "2020-01-01"} for e in old])
    assert sl.course.verify(forged)[0].sound
    assert sl.course.verify(forged, earlier=earlier)[0].problems == (
        "does not contain what this learner's record held earlier",
    )


@pytest.mark.parametrize("text", ["", "{}", "[1]", '[{"learner": 3, "head": ""}]', "[" * 10_000])
def test_an_earlier_result_that_is_none(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ParameterError, match=r"is not what `sonic-lab progress verify --json`"):
        sl.course.verify(earlier=tmp_path / "x.json")


def test_an_earlier_result_that_is_not_there(tmp_path):
    with pytest.raises(RecordError, match="cannot be read"):
        sl.course.verify(earlier=tmp_path / "none.json")


@pytest.mark.parametrize(
    "outputs",
    [
        None,
        [],
        "x",
        [[]] * 7,
        [{}] * 7,
        [{"shape": [], "re": "abc"}] * 7,
        [{"shape": [-1], "re": [1]}] * 7,
        [{"shape": [10**30], "re": [1]}] * 7,
        [{"shape": [], "re": [1e308], "im": ["inf"]}] * 7,
        [{"shape": [1] * 99, "re": [1]}] * 7,
        [{"shape": [], "re": [10**400]}] * 7,
    ],
)
def test_a_file_made_to_break_the_verifier_is_only_wrong(student, outputs):
    path = student("Ada", solve=["01.2"])
    forged = rewrite(
        path, lambda old: [{**e, "outputs": outputs} if "passed" in e else e for e in old]
    )
    (result,) = sl.course.verify(forged)
    assert result.passed == ()
    assert not result.sound


def test_files_that_are_no_records(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    (tmp_path / "noise").write_bytes(bytes(range(256)))
    results = sl.course.verify(tmp_path / "empty", tmp_path / "noise", tmp_path / "gone", tmp_path)
    assert [r.problems[0].split(":")[0] for r in results] == [
        "this is no progress record",
        "this is no progress record",
        "cannot be read",
        "cannot be read",
    ]


def test_nothing_to_export_and_nowhere_to_write_it(tmp_path, student):
    with pytest.raises(RecordError, match="nothing to export yet"):
        sl.course.export(tmp_path / "x")
    sl.course.enroll("Ada")
    with pytest.raises(RecordError, match="cannot be written"):
        sl.course.export(tmp_path / "no" / "such" / "folder")
    with pytest.raises(RecordError, match="is a folder"):
        sl.course.export(tmp_path)


def test_what_waits_for_the_disk_is_exported_too(own_home, tmp_path):
    own_home.write_text("in the way")
    sl.course.check("01.2", ANSWERS["01.2"].solution(None))
    path = sl.course.export(tmp_path / "out")
    own_home.unlink()
    waiting = own_record().waiting
    assert [e["kind"] for e in waiting] == ["answer"]
    assert "answer" in [e["kind"] for e in entries(path)]


# --- the command line ---------------------------------------------------------------------------


def command(*words):
    import argparse

    parser = argparse.ArgumentParser(prog="sonic-lab")
    shell.register(parser.add_subparsers(required=True))
    arguments = parser.parse_args(["progress", *map(str, words)])
    return arguments.run(arguments)


def test_show_and_export(student, tmp_path, capsys):
    student("Ada")
    assert command("show") == 0
    assert f"Ada: {len(ANSWERS)} of {len(ANSWERS)} exercises passed" in capsys.readouterr().out
    assert command("export", tmp_path / "out") == 0
    assert sl.course.verify(tmp_path / "out")[0].sound


def test_forty_students_in_a_table(student, tmp_path, capsys):
    files = [student(f"Student {i}", solve=["01.2"][: i % 2]) for i in range(1, 6)]
    bad = tmp_path / "bad\x1b[31m"
    bad.write_bytes(b"junk")
    assert command("verify", *files) == 0
    assert command("verify", *files, bad) == 1
    out = capsys.readouterr().out
    assert "5 of 6 files are sound" in out
    assert f"Student 3  1 of {len(ANSWERS)}" in out
    assert "\x1b" not in out
    assert "No file can show who answered" in out


def test_a_file_with_much_wrong_does_not_bury_the_others(student, capsys):
    path = student("Ada")
    path.write_bytes(path.read_bytes().replace(b'"Ada"', b'"Eve"'))
    assert command("verify", path) == 1
    out = capsys.readouterr().out
    assert out.count("  ! ") == shell._MOST_SHOWN + 1
    assert "more, which --json lists" in out


def test_json_for_machines(student, capsys):
    path = student("Ada")
    assert command("verify", "--json", path) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["learner"] == "Ada"
    assert row["passed"] == sorted(ANSWERS)
    assert row["sound"] is True


def test_csv_for_spreadsheets_that_runs_no_formula(student, capsys):
    path = student("=HYPERLINK(1)", solve=["01.2"])
    assert command("verify", "--csv", path) == 0
    (row,) = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert row["learner"] == "'=HYPERLINK(1)"
    assert (row["01.2"], row["passed"], row["sound"]) == ("1", "1", "1")
