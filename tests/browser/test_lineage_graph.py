"""LineageGraph in a real page: clicks, keys, papers, errors, a reload, and no colour alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.instruments import Instrument
from tests.browser.lab import THEMES, Lab

pytestmark = pytest.mark.browser

WORLD = """\
import tempfile
from pathlib import Path
from sonic_lab import tracking
from sonic_lab.provenance import Manifest, Row, Step
from sonic_lab.widgets import LineageGraph

folder = Path(tempfile.mkdtemp())

def clip(path, number, licence, *steps):
    return Row(path, f"{number:064x}", f"{number:064x}", 1.0, 16000, 1,
               creator="Ada", licence=licence, voice=False, derivation=steps)

def train(name, manifest, loss):
    with tracking.start("json", folder=folder, name=name) as run:
        run.params(lr=0.001)
        run.dataset(manifest, name=f"set of {name}")
        run.metrics(loss=loss, step=1)
        (folder / f"{name}.bin").write_bytes(name.encode())
        made = run.artefact(folder / f"{name}.bin", kind="model")
    return {"run": run.id, "model": made.sha256}

many = [clip(f"notes/{i:03}.flac", 100 + i, "CC0-1.0") for i in range(240)]
rain = clip("field/rain.flac", 1, "CC-BY-4.0")
first = train("classifier", Manifest([*many, rain]), 0.25)
tune = clip("made/tune.wav", 2, "CC-BY-4.0", Step("generate", settings={"seed": 7}, **first))
train("second", Manifest([tune]), 0.5)
train("third", Manifest([clip("field/wind.flac", 3, "CC-BY-NC-4.0")]), 0.75)
graph = LineageGraph(folder)
graph
"""


class Graph(Instrument):
    """LineageGraph on a small world with 240 notes that are alike."""

    def __init__(self, lab: Lab) -> None:
        super().__init__(lab, "lineage", variable="graph", head="")

    @classmethod
    def open(cls, lab: Lab, name: str) -> Graph:
        lab.write(name, WORLD)
        lab.run_all()
        graph = cls(lab)
        graph.root.wait_for()
        return graph

    def box(self, title: str) -> Locator:
        return self.part(f"box {title}")

    def click(self, title: str) -> None:
        self.box(title).locator("rect").click()


@pytest.fixture(scope="module")
def shown(lab: Lab) -> Graph:
    return Graph.open(lab, "lineage_graph.ipynb")


@pytest.fixture
def graph(shown: Graph) -> Iterator[Graph]:
    """The graph as it begins, nothing chosen."""
    shown.set(selected="", connected=False)
    expect(shown.part("papers")).to_be_hidden()
    yield shown
    assert shown.lab.errors == []
    assert shown.lab.outside == []
    assert shown.lab.cell_errors() == []


def test_a_click_shows_papers_and_what_must_be_retrained(graph: Graph) -> None:
    graph.click("field/rain.flac")
    expect(graph.part("verdict")).to_contain_text(
        "If field/rain.flac is withdrawn, 2 models must be retrained: classifier.bin, second.bin."
    )
    expect(graph.part("papers")).to_contain_text("CC-BY-4.0")
    expect(graph.part("papers")).to_contain_text(f"{1:064x}")
    expect(graph.box("classifier.bin")).to_contain_text("must be retrained")
    expect(graph.box("third.bin")).not_to_contain_text("must be retrained")
    expect(graph.box("field/rain.flac")).to_have_attribute("aria-selected", "true")
    graph.part("clear").click()
    expect(graph.part("papers")).to_be_hidden()


def test_arrow_keys_walk_the_chain_and_enter_chooses(graph: Graph) -> None:
    page = graph.lab.page
    graph.box("field/rain.flac").focus()
    for title in ("set of classifier", "classifier", "classifier.bin", "made/tune.wav"):
        page.keyboard.press("ArrowRight")
        expect(graph.box(title)).to_be_focused()
    page.keyboard.press("Enter")
    expect(graph.part("papers")).to_contain_text("generate (seed 7)")
    expect(graph.part("verdict")).to_contain_text("licences: CC0-1.0 (240), CC-BY-4.0 (1)")
    expect(graph.box("made/tune.wav")).to_be_focused()  # the picture was drawn anew under it
    page.keyboard.press("ArrowLeft")
    expect(graph.box("classifier.bin")).to_be_focused()
    page.keyboard.press("Escape")
    expect(graph.part("papers")).to_be_hidden()


def test_the_graph_is_one_stop_of_the_tab_key(graph: Graph) -> None:
    assert graph.root.locator('[role="option"][tabindex="0"]').count() == 1
    graph.part("find").focus()
    for _ in range(2):  # the checkbox, then the graph: nothing can be cleared yet
        graph.lab.page.keyboard.press("Tab")
    assert graph.lab.page.evaluate("document.activeElement.getAttribute('role')") == "option"


def test_a_group_lists_its_members_and_lets_one_out(graph: Graph) -> None:
    graph.click("240 clips")
    expect(graph.part("verdict")).to_contain_text("If these 240 clips are withdrawn, 2 models")
    expect(graph.part("members")).to_contain_text("and 180 more: find them by name")
    graph.part("members").get_by_text("notes/007.flac").click()
    expect(graph.box("239 clips")).to_be_visible()
    expect(graph.box("notes/007.flac")).to_have_attribute("aria-selected", "true")


def test_find_by_name_or_hash_and_say_what_is_not_there(graph: Graph) -> None:
    find = graph.part("find")
    find.fill("notes/123.flac")
    find.press("Enter")
    expect(graph.part("papers")).to_contain_text("notes/123.flac")
    find.fill("notes/999.flac")
    find.press("Enter")
    expect(graph.part("error")).to_contain_text("no thing in the lineage named 'notes/999.flac'")
    expect(graph.part("papers")).to_contain_text("notes/123.flac")
    find.fill(f"{3:064x}")
    find.press("Enter")
    expect(graph.part("error")).to_be_hidden()
    expect(graph.part("papers")).to_contain_text("CC-BY-NC-4.0")


def test_run_shows_its_parameters_and_a_data_set_its_card(graph: Graph) -> None:
    graph.click("classifier")
    expect(graph.part("papers")).to_contain_text("params: lr")
    expect(graph.part("card")).to_be_hidden()
    graph.click("set of third")
    graph.part("card").click()
    expect(graph.part("card-text")).to_contain_text("What may be done with it")


def test_only_what_is_connected(graph: Graph) -> None:
    graph.click("third.bin")
    graph.part("connected").check()
    expect(graph.root.locator('[role="option"]')).to_have_count(4)
    graph.part("connected").uncheck()
    expect(graph.root.locator('[role="option"]')).to_have_count(13)


def test_code_and_words(graph: Graph) -> None:
    graph.click("field/wind.flac")
    expect(graph.part("description")).to_contain_text("A lineage of 243 clips, 3 data sets")
    graph.root.get_by_text("Show code").click()
    expect(graph.part("code")).to_contain_text("sl.tracking.Lineage.of(")
    graph.root.get_by_text("Show code").click()


def test_it_lives_on_when_the_page_is_reloaded(graph: Graph) -> None:
    graph.click("field/rain.flac")
    expect(graph.part("verdict")).to_contain_text("2 models must be retrained")
    graph.lab.reload()
    graph.root.wait_for()
    expect(graph.part("verdict")).to_contain_text("2 models must be retrained")
    expect(graph.box("field/rain.flac")).to_have_attribute("aria-selected", "true")
    for theme in THEMES:
        graph.lab.screenshot("lineage-graph", of=graph.root, theme=theme)
    graph.click("240 clips")
    expect(graph.part("members")).to_be_visible()
    graph.lab.screenshot("lineage-graph-group", of=graph.root)
