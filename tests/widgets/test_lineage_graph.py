"""LineageGraph, driven from Python: it shows what the lineage says, and changes nothing in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sonic_lab as sl
from sonic_lab.tracking import Lineage, draw
from sonic_lab.widgets import LineageGraph
from tests.tracking import world


@pytest.fixture
def graph(tmp_path: Path) -> LineageGraph:
    return LineageGraph(world.small(tmp_path))


def rows(graph: LineageGraph) -> dict[str, str]:
    return dict(map(tuple, graph.papers["rows"]))  # type: ignore[arg-type]


def test_it_shows_the_drawing_of_the_lineage(graph: LineageGraph) -> None:
    drawn = draw(graph.lineage)
    assert [box["title"] for box in graph._drawing["boxes"]] == [box.title for box in drawn.boxes]
    assert graph.description == drawn.description
    assert (graph.verdict, graph.papers["rows"], graph.error) == ("", [], "")
    json.dumps(graph._drawing)  # what goes to the page must be plain


def test_choosing_shows_the_papers_and_what_hangs_on_it(graph: LineageGraph) -> None:
    node = graph.select("a.wav")
    assert graph.selected == node.id
    assert rows(graph)["licence"] == "CC-BY-3.0"
    assert rows(graph)["sha256"] == world.A.sha256
    assert "2 models must be retrained: one.bin, two.bin" in graph.verdict
    retrain = {b["title"] for b in graph._drawing["boxes"] if b["state"] == "retrain"}
    assert retrain == {node.name for node in graph.lineage.to_retrain("a.wav")}
    graph.selected = ""
    assert (graph.verdict, graph.papers["rows"]) == ("", [])


def test_a_name_from_the_page_becomes_an_id(graph: LineageGraph) -> None:
    graph.set_state({"selected": "one.bin"})
    assert graph.selected.startswith("model:")
    assert graph.error == ""
    assert rows(graph)["sha256"] == graph.selected.removeprefix("model:")


def test_an_unknown_name_is_said_on_the_screen_and_changes_nothing(graph: LineageGraph) -> None:
    graph.select("a.wav")
    before = graph.selected
    graph.set_state({"selected": "aa.wav"})
    assert "did you mean 'a.wav'" in graph.error
    assert graph.selected == before
    with pytest.raises(sl.errors.ParameterError, match=r"did you mean 'a\.wav'"):
        graph.selected = "aa.wav"
    graph.set_state({"selected": "b.wav"})
    assert graph.error == ""


def test_only_what_is_connected(graph: LineageGraph) -> None:
    graph.select("c.wav")
    graph.connected = True
    assert len(graph._drawing["boxes"]) == 4
    assert "connected=True" in graph.code


def test_cards_are_written_when_asked_for(graph: LineageGraph) -> None:
    graph.select("a.wav")
    assert not graph.papers["has_card"]
    graph.select("set of one")
    assert graph.papers["has_card"]
    assert graph.card == ""
    graph._receive(graph, {"type": "card"}, [])
    assert graph.card == graph.lineage.card("set of one")
    assert "CC-BY-3.0" in graph.card
    graph.select("one.bin")
    assert graph.card == ""
    graph._receive(graph, {"type": "card"}, [])
    assert graph.card == "No card was logged with it."


def test_a_group_is_listed_and_parted(tmp_path: Path) -> None:
    graph = LineageGraph(world.large(tmp_path, clips=100))
    group = max(graph._drawing["boxes"], key=lambda box: len(box["members"]))
    graph.selected = group["id"]
    assert len(graph.papers["members"]) == 60
    assert graph.papers["more"] == 40
    assert rows(graph)["licence"] == "CC0-1.0"
    graph.set_state({"selected": graph.papers["members"][3][0]})
    assert rows(graph)["clip"] == "p3.wav"
    assert "99 clips" in {box["title"] for box in graph._drawing["boxes"]}


def test_the_still_is_what_is_shown(graph: LineageGraph) -> None:
    graph.select("a.wav")
    assert graph.snapshot().alt == graph.description
    data, metadata = graph._repr_mimebundle_()
    assert metadata["image/png"]["alt"] == graph.description
    assert data["text/plain"] == graph.description


def test_the_shown_code_draws_the_same(graph: LineageGraph, tmp_path: Path) -> None:
    graph.select("a.wav")
    names: dict[str, object] = {"lineage": graph.lineage}
    exec(graph.code, names)
    assert names["drawing"] == draw(graph.lineage, "a.wav")
    (tmp_path / "runs").mkdir()
    other = LineageGraph(tmp_path / "runs")
    exec(other.code, names)
    assert f"Lineage.of('{tmp_path / 'runs'}')" in other.code
    assert isinstance(names["lineage"], Lineage)
    assert len(names["lineage"]) == 0


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda: LineageGraph(None), "lineage must be a Lineage or a folder of runs, not NoneType"),
        (
            lambda: LineageGraph(Lineage(), selected="x.wav"),
            "no thing in the lineage named",
        ),
        (
            lambda: LineageGraph(Lineage(), colour="red"),
            "no setting of LineageGraph named",
        ),
        (lambda: LineageGraph(Lineage(), selected=7), "selected"),
        (lambda: LineageGraph(Lineage(), selected="group:x"), "is no group of this lineage"),
    ],
)
def test_bad_input_is_named(make, match) -> None:
    with pytest.raises(sl.errors.SonicLabError, match=match):
        make()


def test_an_empty_lineage_is_shown_as_such() -> None:
    graph = LineageGraph(Lineage())
    assert graph.description == "A lineage of nothing."
    assert graph.snapshot().png()
