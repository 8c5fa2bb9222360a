"""What people may see of an address, and through which proxy it lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftwatch.outbound.deadline import Deadline
from driftwatch.outbound.proxy import basic, proxy_for, without_user
from driftwatch.outbound.redaction import redact, scrub, secrets_of

WORDS = st.text("abcdefghijklmnopqrstuvwxyzABCDEF0123456789-_", min_size=6, max_size=30)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://hooks.slack.com/services/T00/B00/XXXX", "https://hooks.slack.com/..."),
        ("https://x.example?token=abc", "https://x.example/..."),
        ("https://me:pw@x.example:8443/", "https://x.example:8443"),
        ("http://10.0.0.1:80", "http://10.0.0.1:80"),
        ("https://me@pw:x@[::1]:9/a", "https://[::1]:9/..."),
    ],
)
def test_an_address_is_shown_as_scheme_and_host(url: str, shown: str) -> None:
    assert redact(url) == shown


@given(WORDS, WORDS, WORDS, WORDS)
def test_no_part_of_an_address_but_the_host_survives(a: str, b: str, c: str, d: str) -> None:
    url = f"https://{a}:{b}@HOST.example/{c}/x?key={d}"
    said = scrub(f"you sent /{c}/x, key={d}, {a}, {b}; whole: {url}", secrets_of(url))
    for word in (a, b, c, d):
        assert word not in redact(url)
        assert word not in said or word in "you sent key= whole: https://@HOST.example"


@pytest.mark.parametrize(
    "echoed", ["to%2Fken-abc", "to/ken-abc", r"to\/ken-abc", "key to/ken-abc."]
)
def test_a_secret_is_hidden_in_the_forms_that_receivers_echo(echoed: str) -> None:
    secrets = secrets_of("https://x.example/hook?key=to%2Fken-abc")
    assert "ken-abc" not in scrub(echoed, secrets)


def test_each_word_of_a_header_is_hidden() -> None:
    assert scrub("bad token abcdef123", ["Bearer abcdef123"]) == "bad token ..."


def test_a_secret_that_the_reading_cut_in_two_is_not_shown() -> None:
    secret = "S3CRET-" * 20
    answer = (" " * 4050 + secret)[:4096]
    assert "S3CRET" not in scrub(answer, [secret])


@given(st.text(max_size=3000))
def test_what_is_kept_is_one_short_printable_line(text: str) -> None:
    kept = scrub(text, [])
    assert len(kept) <= 200
    assert "\n" not in kept
    assert "\x1b" not in kept


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://x.example", {}, None),
        ("https://x.example", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://x.example", {"https_proxy": "p:1"}, "http://p:1"),
        ("https://x.example", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://x.example", {"http_proxy": "http://a:1", "ALL_PROXY": "http://b"}, "http://a:1"),
        ("http://x.example", {"ALL_PROXY": "http://b"}, "http://b"),
        ("http://a.x.example", {"http_proxy": "http://p:1", "no_proxy": "y, .x.example"}, None),
        ("http://x.example", {"http_proxy": "http://p:1", "NO_PROXY": "x.example"}, None),
        ("http://ax.example", {"http_proxy": "http://p:1", "NO_PROXY": "x.example"}, "http://p:1"),
        ("http://x.example", {"http_proxy": "http://p:1", "NO_PROXY": "*"}, None),
        ("http://x.example", {"http_proxy": "http://p:1", "NO_PROXY": ","}, "http://p:1"),
        ("http://127.0.0.9:1", {"http_proxy": "http://p:1"}, None),
        ("http://LOCALHOST:1", {"http_proxy": "http://p:1"}, None),
        ("http://[::1]:1", {"http_proxy": "http://p:1"}, None),
    ],
)
def test_the_environment_says_which_proxy(
    url: str, environment: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(url, None, environment) == proxy


def test_a_configured_proxy_comes_before_the_environment() -> None:
    assert proxy_for("http://x.example", "http://mine:1", {"NO_PROXY": "*"}) == "http://mine:1"
    assert proxy_for("http://localhost", "http://mine:1", {}) is None


def test_a_user_goes_into_a_header_and_out_of_the_request() -> None:
    url = "https://me:p%40ss@x.example/a?b=c#d"
    assert basic("authorization", url) == [("authorization", "Basic bWU6cEBzcw==")]
    assert without_user(url) == "https://x.example/a?b=c"
    assert basic("authorization", "https://x.example/a@b") == []


def test_each_step_gets_what_is_left_of_the_whole() -> None:
    now = iter([1.0, 9.5, 9.5])
    deadline = Deadline(10.0, lambda: next(now))
    assert deadline.left(5.0) == 5.0
    assert deadline.left(5.0) == 0.5
    assert deadline.left() == 0.5
