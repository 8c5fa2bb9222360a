"""What templates may do, and what they may not."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftwatch.notify.template import Template
from driftwatch.nouns.errors import ConfigurationError, Permanent

KNOWN = frozenset({"x", "y"})


def filled(text: str, **context: Any) -> str:
    return Template(text, "template of it", KNOWN).render(context)


def test_a_template_sees_what_it_is_given() -> None:
    assert filled("{% for v in x %}{{ v }};{% endfor %}", x=[1, 2]) == "1;2;"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{{ x", "line 1: the template cannot be used: unexpected end"),
        ("\n{% for %}", "line 2"),
        ("{{ z }}", "z is not known; known: x, y"),
        ("{{ x | shout }}", "No filter named 'shout'"),
        ("{% include 'x' %}", "no loader"),
    ],
)
def test_what_cannot_be_right_is_said_before_it_is_filled(text: str, says: str) -> None:
    with pytest.raises((ConfigurationError, Permanent), match=says):
        filled(text, x=1)


@pytest.mark.parametrize(
    "text",
    [
        "{{ x.nothing }}",
        "{{ x.nothing | json }}",
        "{{ x['nothing'] }}",
        "{% if x.nothing %}a{% endif %}",
        "{{ x.a + 1 }}",
        "{{ x.__class__ }}",
        "{{ x.__class__.__mro__ }}",
        "{{ ''.__class__.__base__.__subclasses__() }}",
        "{{ x.update({}) }}",
        "{{ x.a.format.__globals__ }}",
        "{% for i in range(999999) %}a{% endfor %}",
        "{% for i in range(99999) %}aaaa{% endfor %}",
    ],
)
def test_what_is_not_there_not_allowed_or_without_end_makes_nothing(text: str) -> None:
    with pytest.raises(Permanent, match="template of it"):
        filled(text, x={"a": "1"})


def test_how_much_is_made_is_bounded() -> None:
    template = Template("{% for i in range(9) %}é{% endfor %}", "it", KNOWN)
    assert len(template.render({}, largest=18)) == 9
    with pytest.raises(Permanent, match="more than 17 bytes"):
        template.render({}, largest=17)


@settings(max_examples=30)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_value_comes_out_of_the_filter_for_json_as_it_went_in(value: Any) -> None:
    assert json.loads(filled("{{ x | json }}", x=value)) == value
    assert json.loads(json.loads(filled("{{ x | json | json }}", x=value))) == value


@given(st.text())
def test_any_text_is_one_part_of_a_path(value: str) -> None:
    part = filled("{{ x | path }}", x=value.encode("utf-8", "replace").decode())
    assert part.isascii()
    assert not set(part) & set('/?#& "\r\n')
