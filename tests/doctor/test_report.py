import html.parser
import json
import subprocess
import sys
import time

import pytest

from sonic_lab import __version__
from sonic_lab.doctor import Check, Finding, Report, Status, examine, examining, hub

KEYS = [
    "python",
    "packages",
    "device",
    "threads",
    "formats",
    "clips",
    "widgets",
    "memory",
    "disk",
    "hub",
    "chromium",
]  # teachers' programs read these: none may change its name


def report(*statuses, found="seen <here> & there", cure="do <this>"):
    checks = [
        Check(f"key{i}", f"Name {i}", Finding(s, found, "" if s is Status.GREEN else cure))
        for i, s in enumerate(statuses)
    ]
    return Report(checks, "1.2.3")


@pytest.fixture
def offline(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


def test_this_machine_is_examined(offline):
    start = time.monotonic()
    full = examine()

    assert time.monotonic() - start < 10  # what a reader waits for without asking what is wrong
    assert [check.key for check in full.checks] == KEYS
    assert full.version == __version__
    broken = [check for check in full.checks if check.status is Status.RED]
    assert not broken, full
    for check in full.checks:
        assert check.finding.found
        assert bool(check.finding.cure) is (check.status is not Status.GREEN)


@pytest.mark.parametrize("failure", [RuntimeError("boom"), ImportError("no numpy"), KeyError("x")])
def test_a_check_that_fails_is_a_row_and_not_the_end(offline, monkeypatch, failure):
    def fail():
        raise failure

    monkeypatch.setattr(hub, "hub", fail)

    full = examine()

    row = next(check for check in full.checks if check.key == "hub")
    assert row.status is Status.RED
    assert type(failure).__name__ in row.finding.found
    assert "open an issue" in row.finding.cure
    assert [check.key for check in full.checks] == KEYS
    assert full.exit_code == 1


def test_a_check_that_cannot_even_be_imported_is_a_row(monkeypatch):
    broken = examining.Item("gone", "Gone", "no_such_module.gone")
    monkeypatch.setattr(examining, "ITEMS", (broken,))

    full = examine()

    assert full.checks[0].status is Status.RED
    assert "ModuleNotFoundError" in full.checks[0].finding.found


def test_without_any_package_the_doctor_still_reports(offline):
    """-S leaves site-packages out: no numpy, no torch, not even packaging."""
    run = subprocess.run(
        [sys.executable, "-S", "-m", "sonic_lab", "doctor", "--json"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1, run.stderr
    checks = {check["key"]: check for check in json.loads(run.stdout)["checks"]}
    assert list(checks) == KEYS
    assert checks["formats"]["status"] == "red"
    assert checks["disk"]["status"] != "red"


@pytest.mark.parametrize(
    ("statuses", "worst", "code", "words"),
    [
        ((), "green", 0, "Ready: everything works."),
        (("green", "green"), "green", 0, "Ready: everything works."),
        (("green", "amber"), "amber", 0, "Ready, with 1 note."),
        (("amber", "amber"), "amber", 0, "Ready, with 2 notes."),
        (("red", "green"), "red", 1, "1 thing is broken"),
        (("red", "amber", "red"), "red", 1, "2 things are broken"),
    ],
)
def test_the_worst_row_decides(statuses, worst, code, words):
    made = report(*map(Status, statuses))

    assert made.status.value == worst
    assert made.exit_code == code
    assert words in str(made)
    assert words in made._repr_html_()


def test_json_keeps_its_shape():
    data = json.loads(json.dumps(report(Status.GREEN, Status.RED).to_dict()))

    assert list(data) == ["schema", "sonic_lab", "status", "checks"]
    assert data["schema"] == 1
    assert data["checks"][1] == {
        "key": "key1",
        "name": "Name 1",
        "status": "red",
        "found": "seen <here> & there",
        "cure": "do <this>",
        "details": {},
    }


def test_the_real_report_is_plain_json(offline):
    full = examine()

    assert json.loads(json.dumps(full.to_dict(), allow_nan=False)) == full.to_dict()


def test_the_terminal_needs_no_colour_and_no_wide_window():
    text = str(report(*Status, found="word " * 60))

    assert [line.split()[0] for line in text.splitlines() if line.startswith(tuple("onb"))] == [
        "ok",
        "note",
        "broken",
    ]
    assert all(len(line) <= 100 for line in text.splitlines())
    assert "-> do <this>" in text


def test_commands_are_not_cut_in_two():
    path = "/a/very-long/" + "name-" * 30

    assert path in str(report(Status.RED, found=path))


class Page(html.parser.HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_data(self, data):
        self.words.append(data)


def test_the_panel_is_a_table_that_a_screen_reader_can_read():
    page = Page(report(*Status)._repr_html_())
    names = [tag for tag, _ in page.tags]

    assert names.count("caption") == 1
    assert [a["scope"] for tag, a in page.tags if tag == "th"] == ["col"] * 3 + ["row"] * 3
    for word in ("ok", "note", "broken"):  # the state is said, not only coloured
        assert word in page.words
    assert "seen <here> & there" in page.words  # told as it is, and never read as markup


def test_commands_are_shown_as_code():
    assert (
        "<code>pip install &quot;x&lt;2&quot;</code>, then"
        in report(Status.RED, cure='`pip install "x<2"`, then')._repr_html_()
    )


def test_the_panel_asks_nothing_of_the_outside():
    text = report(*Status)._repr_html_()

    assert "<script" not in text
    assert "http" not in text
    assert "url(" not in text
