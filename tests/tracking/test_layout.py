"""Laws of the layout, over random graphs, circles and all."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonic_lab.tracking import layout
from sonic_lab.tracking.layout import BOX, GAP, MARGIN, lay_out

ids = st.integers(0, 9).map(lambda i: f"n{i}")
links = st.lists(st.tuples(ids, ids), max_size=25)
# Links that all lead from a lower to a higher number: no circles.
downhill = links.map(lambda pairs: [(min(p), max(p)) for p in pairs if p[0] != p[1]])
ALL = [f"n{i}" for i in range(10)]


@given(links)
def test_every_box_has_a_place_of_its_own_inside_the_whole(pairs: list[tuple[str, str]]) -> None:
    drawn = lay_out(ALL, pairs)
    assert sorted(drawn.places) == ALL
    assert sorted(id for column in drawn.columns for id in column) == ALL
    for x, y in drawn.places.values():
        assert MARGIN <= x <= drawn.width - MARGIN - BOX[0]
        assert MARGIN - 0.1 <= y <= drawn.height - MARGIN - BOX[1] + 0.1  # px are rounded to tenths
    for a, b in combinations(drawn.places.values(), 2):
        apart = abs(a[0] - b[0]) >= BOX[0] + GAP[0], abs(a[1] - b[1]) >= BOX[1] + GAP[1] - 0.2
        assert any(apart)


@given(links)
def test_columns_go_down_in_their_order(pairs: list[tuple[str, str]]) -> None:
    drawn = lay_out(ALL, pairs)
    for column in drawn.columns:
        heights = [drawn.places[id][1] for id in column]
        assert heights == sorted(heights)


@given(downhill)
def test_without_circles_every_link_points_right(pairs: list[tuple[str, str]]) -> None:
    drawn = lay_out(ALL, pairs)
    for source, target in pairs:
        assert drawn.places[source][0] < drawn.places[target][0]


@given(links)
def test_links_begin_and_end_at_their_boxes(pairs: list[tuple[str, str]]) -> None:
    drawn = lay_out(ALL, pairs)
    assert set(drawn.curves) == {pair for pair in pairs if pair[0] != pair[1]}
    for (source, target), points in drawn.curves.items():
        assert len(points) % 3 == 1
        for id, (x, y) in ((source, points[0]), (target, points[-1])):
            left, top = drawn.places[id]
            assert x in (left, left + BOX[0])
            assert y == pytest.approx(top + BOX[1] / 2, abs=0.11)  # both are rounded to tenths


@given(downhill)
def test_a_source_stands_beside_its_first_use(pairs: list[tuple[str, str]]) -> None:
    drawn = lay_out(ALL, pairs)
    at = {id: i for i, column in enumerate(drawn.columns) for id in column}
    targets = {target for _, target in pairs}
    for source in {source for source, _ in pairs} - targets:
        assert min(at[b] for a, b in pairs if a == source) == at[source] + 1


@given(st.permutations(range(6)))
def test_a_ladder_is_untangled(order: list[int]) -> None:
    # Two columns whose boxes belong together in pairs: however they are given, nothing crosses.
    pairs = [(f"a{i}", f"b{i}") for i in range(6)]
    drawn = lay_out([f"a{i}" for i in range(6)] + [f"b{i}" for i in order], pairs)
    left, right = drawn.columns
    assert [id[1:] for id in left] == [id[1:] for id in right]


def test_a_chain_is_a_straight_line() -> None:
    drawn = lay_out(list("abcd"), list(pairwise("abcd")))
    assert drawn.columns == (("a",), ("b",), ("c",), ("d",))
    assert len({y for _, y in drawn.places.values()}) == 1


def test_crossings_are_counted() -> None:
    layers = [["a", "b", "c"], ["x", "y", "z"]]
    assert layout._crossings(layers, [("a", "x"), ("b", "y"), ("c", "z")]) == 0
    assert layout._crossings(layers, [("a", "z"), ("b", "y"), ("c", "x")]) == 3
    assert (
        layout._crossings(layers, [("a", "y"), ("b", "x"), ("b", "y")]) == 1
    )  # ends may be shared


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8), st.integers(0, 30))
def test_heights_are_kept_apart_and_no_further_off_than_needed(
    wished: list[float], least: int
) -> None:
    rows = [i * float(least) for i in range(len(wished))]
    got = layout._apart(wished, rows)
    assert all(b - a >= least - 1e-6 for a, b in pairwise(got))  # sums of eight floats near 1e3
    if all(b - a >= least for a, b in pairwise(wished)):
        assert got == pytest.approx(wished, abs=1e-6)
    # The closest row of numbers in order has the same mean as the one wished for.
    assert sum(got) == pytest.approx(sum(wished), abs=1e-6)


def test_nothing_to_draw() -> None:
    assert lay_out([], []).columns == ()
