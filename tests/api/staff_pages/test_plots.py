"""Plots are SVG that anybody can read: named, described, with gaps where nobody answered, and nothing from outside."""

from xml.etree import ElementTree as Xml

import pytest

from api.staff_pages.plots import FEW, Bar, Point, Scale, bars, gauge, line

SCORE = Scale(-100, 100, [(-100, "−100"), (0, "0"), (100, "100")])
EVIL = """<script>alert("1 & 2")</script> 'x' onload=\""""


def drawn(svg: str) -> Xml.Element:
    return Xml.fromstring(svg)


def of_class(svg: str, kind: str) -> list[Xml.Element]:
    return [one for one in drawn(svg).iter() if kind in one.get("class", "").split()]


def lined(*points: Point) -> str:
    return line("tnps", points, SCORE, title="tNPS", description="By week.")


def week(n: int, value: float | None, low: float | None = None, high: float | None = None) -> Point:
    return Point(label=f"w{n}", told=f"{value} of {n}", n=n, value=value, low=low, high=high)


def test_it_is_one_picture_with_a_name_and_a_description() -> None:
    svg = drawn(lined(week(40, 10, -5, 25)))
    assert (svg.get("role"), svg.get("aria-labelledby")) == ("img", "tnps-title tnps-desc")
    told = {one.get("id"): one.text for one in svg if one.get("id")}
    assert told == {"tnps-title": "tNPS", "tnps-desc": "By week."}


@pytest.mark.parametrize(
    "svg",
    [
        line("a", [Point(EVIL, EVIL, 1, 5, 4, 6)], Scale(0, 10, [(0, EVIL)]), title=EVIL, description=EVIL),
        bars("b", [Bar(EVIL, EVIL, EVIL, 3)], title=EVIL, description=EVIL),
        gauge("c", 0.5, 0.4, 0.6, title=EVIL),
    ],
    ids=["line", "bars", "gauge"],
)
def test_texts_from_outside_stay_texts(svg: str) -> None:
    tags = {one.tag for one in drawn(svg).iter()}
    assert tags <= {"svg", "title", "desc", "g", "path", "rect", "circle", "text"}
    attributes = {name for one in drawn(svg).iter() for name in one.attrib}
    assert "style" not in attributes
    assert not {name for name in attributes if name.startswith("on")}
    assert EVIL in {one.text for one in drawn(svg).iter()}


def test_a_week_without_answers_is_a_gap_in_line_and_band() -> None:
    svg = lined(week(40, 10, 0, 20), week(40, 20, 5, 30), week(0, None), week(40, 0, -9, 9), week(40, 5, -9, 9))
    assert [one.get("d", "").count("L") for one in of_class(svg, "line")] == [1, 1]
    assert len(of_class(svg, "band")) == 2
    assert len(of_class(svg, "dot")) == 4


def test_a_week_between_gaps_shows_its_interval_as_a_stroke() -> None:
    svg = lined(week(0, None), week(40, 10, 0, 20), week(0, None))
    assert (len(of_class(svg, "band")), len(of_class(svg, "range")), len(of_class(svg, "dot"))) == (0, 1, 1)


def test_few_answers_are_lighter_and_each_label_tells_how_many() -> None:
    svg = lined(week(FEW - 1, 10, 0, 20), week(FEW, 10, 0, 20))
    assert [one.get("class") for one in of_class(svg, "dot")] == ["dot few", "dot"]
    assert [one.text for one in drawn(svg).iter("text") if (one.text or "").startswith("n=")] == ["n=29", "n=30"]


def test_a_higher_value_stands_higher_and_none_leaves_the_picture() -> None:
    svg = lined(week(40, -100), week(40, 0), week(40, 100), week(40, 500))
    heights = [float(one.get("cy", "")) for one in of_class(svg, "dot")]
    assert heights == [192.0, 102.0, 12.0, 12.0]


def test_without_any_answer_there_are_axes_alone() -> None:
    assert of_class(lined(week(0, None)), "line") == of_class(lined(), "dot") == []
    assert len(of_class(lined(), "grid")) == 2


def test_many_weeks_have_few_labels_but_all_their_points() -> None:
    svg = lined(*(week(40, 0, -1, 1) for _ in range(157)))
    assert len([one for one in drawn(svg).iter("text") if (one.text or "").startswith("w")]) <= 7
    assert len(of_class(svg, "dot")) == 157


def test_every_second_label_may_be_left_out() -> None:
    svg = lined(*(week(40, 0, -1, 1) for _ in range(5)))
    assert ["spare" in one.get("class", "") for one in of_class(svg, "label")][::2] == [False, True, False, True, False]


def test_what_is_pointed_at_tells_its_figures() -> None:
    assert [one.findtext("title") for one in of_class(lined(week(40, 10)), "dot")] == ["10 of 40"]


def test_bars_are_as_long_as_their_counts() -> None:
    svg = bars("causes", [Bar("a", "", "4", 4), Bar("b", "", "1", 1), Bar("c", "", "0", 0)], title="t", description="d")
    assert [float(one.get("width", "")) for one in of_class(svg, "bar")] == [380.0, 95.0, 0.0]


def test_a_long_name_is_cut_short_and_told_in_full() -> None:
    svg = bars("causes", [Bar("x" * 60, "x" * 60, "1", 1)], title="t", description="d")
    assert next(one.text for one in drawn(svg).iter("text")) == "x" * 44 + "…"
    assert "x" * 60 in [one.text for one in drawn(svg).iter("title")]


def test_no_causes_no_bars() -> None:
    assert of_class(bars("causes", [], title="t", description="d"), "bar") == []


def test_a_gauge_shows_share_and_interval() -> None:
    svg = gauge("kept", 0.75, 0.5, 0.9, title="Kept")
    assert [one.get("width") for one in of_class(svg, "bar")] == ["420.0"]
    assert [one.get("d") for one in of_class(svg, "range")] == ["M280.0 14H504.0M280.0 6v16M504.0 6v16"]
    assert of_class(gauge("kept", None, 0, 0, title="Kept"), "bar") == []
