"""From any sound back to its papers, and from any clip forward to every model."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab import tracking
from sonic_lab.errors import ParameterError, UnknownNameError
from sonic_lab.provenance import Entry, Manifest, Step
from sonic_lab.tracking import Lineage
from tests.provenance.papers import digest, row

A, B = row("a.wav", licence="CC-BY-3.0"), row("b.wav", licence="CC-BY-4.0")
C = row("c.wav", licence="CC-BY-2.0")


def train(folder: Path, name: str, m: Manifest, role: str = "training") -> tuple[str, str]:
    with tracking.start("json", folder=folder, name=name) as run:
        run.dataset(m, role=role)
        weights = folder / f"{name}.bin"
        weights.write_bytes(name.encode())
        made = run.artefact(weights, kind="model")
    return run.id, made.sha256


@pytest.fixture
def world(tmp_path: Path) -> Lineage:
    """a, b -> one -> generated g -> two;  c -> three, which was only measured on a."""
    run, weights = train(tmp_path, "one", Manifest([A, B]))
    g = row("g.wav", derivation=(Step("generate", run=run, model=weights),))
    train(tmp_path, "two", Manifest([g]))
    with tracking.start("json", folder=tmp_path, name="three") as third:
        third.dataset(Manifest([C]))
        third.dataset(Manifest([A]), role="evaluation")
        (tmp_path / "three.bin").write_bytes(b"three")
        third.artefact(tmp_path / "three.bin")
    entry = Entry(7, 16, "recorded", "tiny", third.id, digest("set"), digest("marked"))
    return Lineage.of(tmp_path, registry=[entry])


def names(nodes: tuple[tracking.Node, ...], kind: str) -> set[str]:
    return {node.name for node in nodes if node.kind == kind}


def test_which_models_must_be_retrained(world: Lineage) -> None:
    def models(clip: str) -> set[str]:
        return {node.name for node in world.to_retrain(clip)}

    assert models("a.wav") == {"one.bin", "two.bin"}  # the second learned from what the first made
    assert models("b.wav") == {"one.bin", "two.bin"}
    assert models("g.wav") == {"two.bin"}
    assert models("c.wav") == {"three.bin"}


def test_back_to_rows_and_licences(world: Lineage) -> None:
    back = world.back("two.bin")
    assert names(back, "clip") == {"g.wav", "a.wav", "b.wav"}
    assert names(back, "run") == {"one", "two"}
    assert names(back, "model") == {"one.bin"}
    assert world.licences("two.bin") == {
        "CC0-1.0": ["g.wav"],
        "CC-BY-3.0": ["a.wav"],
        "CC-BY-4.0": ["b.wav"],
    }


def test_nearest_comes_first(world: Lineage) -> None:
    kinds = [node.kind for node in world.back("g.wav")]
    assert kinds == ["model", "run", "dataset", "clip", "clip"]


def test_watermark_leads_back(world: Lineage) -> None:
    assert names(world.back("payload 7"), "model") == {"three.bin"}
    assert "c.wav" in names(world.back("payload 7"), "clip")
    assert world.node(f"clip:{digest('marked')}").papers["payload"] == 7


def test_node_by_path_hash_row_or_beginning(world: Lineage) -> None:
    node = world.node("a.wav")
    assert world.node(A) is node
    assert world.node(A.sha256) is node
    assert world.node(A.sha256[:8]) is node
    assert world.node(f"clip:{A.sha256[:8]}") is node
    with pytest.raises(UnknownNameError, match=r"no thing in the lineage named 'z\.wav'"):
        world.node("z.wav")
    with pytest.raises(UnknownNameError):
        world.node("")


def test_a_file_is_known_by_what_is_in_it(world: Lineage, tmp_path: Path) -> None:
    moved = (tmp_path / "one.bin").rename(tmp_path / "renamed.bin")
    assert world.node(moved).name == "one.bin"
    assert names(world.back(moved), "clip") == {"a.wav", "b.wav"}
    moved.write_bytes(b"other weights")
    with pytest.raises(UnknownNameError, match=r"nothing in the lineage is the file renamed\.bin"):
        world.node(moved)
    with pytest.raises(ParameterError, match=r"none\.bin cannot be read"):
        world.node(tmp_path / "none.bin")


def test_cards_of_data_and_of_models(tmp_path: Path) -> None:
    m = Manifest([A, B], title="Two clips")
    card = tmp_path / "README.md"
    card.write_text("# A tiny model\n")
    with tracking.start("json", folder=tmp_path, name="one") as run:
        data = run.dataset(m)
        (tmp_path / "one.bin").write_bytes(b"one")
        run.artefact(tmp_path / "one.bin", kind="model")
        run.artefact(card, kind="card")
    lineage = Lineage.of(tmp_path)
    assert lineage.card("one.bin") == "# A tiny model\n"
    assert lineage.card(f"dataset:{data.digest}").startswith("# ")
    assert "CC-BY-3.0 | 1" in lineage.card(f"dataset:{data.digest}")
    assert lineage.card("a.wav") == ""
    card.write_text("# Another model\n")  # not the card that was logged
    assert lineage.card("one.bin") == ""
    card.unlink()
    assert lineage.card("one.bin") == ""


def test_name_of_two_things_is_refused() -> None:
    two = Manifest([row("x.wav", sha256=digest("1"))]), Manifest([row("x.wav", sha256=digest("2"))])
    with pytest.raises(ParameterError, match=r"may mean clip:.*, clip:.*: pass one of these"):
        Lineage(two).node("x.wav")


def test_one_sound_at_two_paths_is_one_thing() -> None:
    lineage = Lineage(
        [Manifest([row("x.wav", sha256=digest("1")), row("y.wav", sha256=digest("1"))])]
    )
    assert lineage.node("x.wav") is lineage.node("y.wav")


def test_plain_data_to_draw(world: Lineage) -> None:
    plain = json.loads(json.dumps(world.to_dict()))
    ids = {node["id"] for node in plain["nodes"]}
    assert {link["source"] for link in plain["links"]} <= ids
    assert {link["target"] for link in plain["links"]} <= ids
    clip = next(node for node in plain["nodes"] if node["name"] == "a.wav")
    assert clip["papers"]["licence"] == "CC-BY-3.0"


def test_augmented_clip_leads_to_its_parent() -> None:
    made = row("made.wav", derivation=(Step("pitch_shift", (A.sha256,)),))
    lineage = Lineage([Manifest([A, made])])
    assert names(lineage.back("made.wav"), "clip") == {"a.wav"}
    assert names(lineage.forward("a.wav"), "clip") == {"made.wav"}
    assert lineage.links[0].how == "pitch_shift"


hashes = st.integers(0, 7).map(lambda i: digest(str(i)))
children = st.tuples(hashes, st.lists(hashes, max_size=3))


@given(st.lists(children, max_size=8))
def test_forward_and_back_mirror_each_other(made: list[tuple[str, list[str]]]) -> None:
    rows = [
        row(f"{i}.wav", sha256=own, derivation=(Step("mix", tuple(parents)),))
        for i, (own, parents) in enumerate(made)
    ]
    lineage = Lineage([Manifest(rows)])
    for node in lineage:
        for other in lineage.forward(node.id):
            assert node in lineage.back(other.id) or other == node
