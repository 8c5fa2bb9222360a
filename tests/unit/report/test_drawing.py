import xml.etree.ElementTree as ET

from driftwatch.report.document import Chart
from driftwatch.report.drawing import draw

HOUR = 3_600_000_000


def svg(chart: Chart) -> ET.Element:
    return ET.fromstring("<root>" + draw(chart) + "</root>").find("svg")


def test_a_line_goes_over_no_gap_and_higher_values_stand_higher():
    chart = Chart("evidence", 0, HOUR, {"quality": (1e-3, 1.0, None, 1e2, 1e2)}, 1.0)
    first, second = svg(chart).findall("polyline")
    (_, low), (_, high) = (map(float, point.split(",")) for point in first.get("points").split())
    assert low > high
    assert len(second.get("points").split()) == 2


def test_what_comes_from_data_makes_no_markup():
    chart = Chart("<b>", 0, HOUR, {"<i>&": (1.0,)}, 1.0, ((HOUR // 2, '"><script>'),))
    drawn = svg(chart)
    assert not list(drawn.iter("script"))
    assert any(title.text.startswith('"><script>') for title in drawn.iter("title"))


def test_an_empty_chart_and_values_beyond_the_scale_can_be_drawn():
    assert svg(Chart("none", 0, HOUR, {}, 1.0)).findall("polyline") == []
    beyond = svg(Chart("far", 0, HOUR, {"x": (0.0, 1e300)}, 1.0)).find("polyline")
    assert all(0 <= float(p.split(",")[1]) <= 260 for p in beyond.get("points").split())
