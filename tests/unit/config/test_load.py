"""How a file becomes a configuration."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from detectors.comparison import PopulationStability
from detectors.kinds import DEFAULTS
from detectors.multivariate import MaximumMeanDiscrepancy
from detectors.prior import BlackBoxShift, PriorShiftTest
from detectors.summaries import Layout, Summary, numeric_feature
from driftwatch.config import Config, load, parse, schema, show, unwatched
from driftwatch.nouns.errors import ConfigurationError
from driftwatch.nouns.profiles import Column, Profile, Schema

BASE = """
models:
  - name: fraud
    reference: {path: "profiles/fraud-{version}.json"}
sources:
  - {kind: kafka, brokers: ["kafka:9092"], topics: [predictions]}
store: {url: "sqlite:////var/lib/driftwatch/state.db"}
"""
TOKEN = "correct-horse-battery"


def parsed(text: str, **environ: str) -> Config:
    return parse(BASE + text, "driftwatch.yaml", environ)


def refusal(text: str, **environ: str) -> str:
    with pytest.raises(ConfigurationError) as error:
        parsed(text, **environ)
    return str(error.value)


def token(config: Config) -> str:
    assert isinstance(config.server.token, SecretStr)
    return config.server.token.get_secret_value()


def test_a_value_comes_from_the_environment() -> None:
    assert token(parsed('server: {token: "${TOKEN}"}', TOKEN=TOKEN)) == TOKEN


def test_a_reference_may_stand_within_a_text() -> None:
    config = parsed('server: {address: "${HOST}:${PORT:-9464}"}', HOST="localhost")
    assert config.server.address == "localhost:9464"


def test_an_empty_variable_takes_the_default_and_a_set_one_does_not() -> None:
    text = 'server: {token: "${TOKEN:-sixteen-characters}"}'
    assert token(parsed(text, TOKEN="")) == "sixteen-characters"
    assert token(parsed(text, TOKEN=TOKEN)) == TOKEN


def test_a_secret_of_digits_stays_a_text() -> None:
    assert token(parsed("server: {token: '${TOKEN}'}", TOKEN="1234567890123456")) == (
        "1234567890123456"
    )


def test_a_number_or_boolean_from_the_environment_is_read_as_one_where_one_is_wanted() -> None:
    config = parsed('intake: {records: "${RECORDS}"}', RECORDS="500")
    assert config.intake.records == 500


def test_a_doubled_dollar_is_a_plain_one() -> None:
    config = parsed('server: {token: "$${not-a-variable}"}')
    assert token(config) == "${not-a-variable}"


def test_what_a_variable_holds_is_a_value_and_never_yaml() -> None:
    assert "is not known" in refusal('log: {level: "${LEVEL}"}', LEVEL="info}, server: {x: 1")


def test_a_wrong_value_of_the_environment_is_named_and_not_shown() -> None:
    text = refusal('server: {address: "${ADDRESS}"}', ADDRESS="secret-host-without-port")
    assert "'${ADDRESS}' is not an address" in text
    assert "secret-host" not in text


def test_a_secret_may_lie_in_a_file_beside_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n")
    path = tmp_path / "driftwatch.yaml"
    path.write_text(BASE + "server: {token_file: token}")
    assert token(load(path, {})) == TOKEN


def test_a_secret_file_may_be_named_by_the_environment(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(TOKEN)
    config = parsed('server: {token_file: "${WHERE}"}', WHERE=str(tmp_path / "token"))
    assert token(config) == TOKEN


def test_an_empty_secret_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    assert "is empty" in refusal('server: {token_file: "${W}"}', W=str(tmp_path / "token"))


def test_a_secret_of_a_file_is_not_shown_in_an_error(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("too-short")
    text = refusal('server: {token_file: "${W}"}', W=str(tmp_path / "token"))
    assert "16 printable" in text
    assert "too-short" not in text


def test_yaml_is_of_version_1_2() -> None:
    assert "unknown key" in refusal("on: {level: info}")
    config = parsed("intake: {records: 0o17, poll: 1_000}")
    assert (config.intake.records, config.intake.poll) == (15, 1000)


def test_anchors_and_merges_work() -> None:
    config = parsed("intake:\n  <<: {records: 7, poll: 3}\n  poll: 5\nlog: {level: &l error}")
    assert (config.intake.records, config.intake.poll) == (7, 5)


def test_an_alias_that_grows_without_bound_is_refused() -> None:
    layers = ["a: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 8)]
    assert "grows without bound" in refusal("\n".join(layers))


def test_a_model_overrides_single_keys_of_the_window_and_rules_as_a_whole() -> None:
    text = BASE.replace(
        "sources:",
        "    window: {windows: [24h]}\n    alerts: {rules: [psi > 0.5]}\nsources:",
    )
    config = parse(text + "window: {pane: 5m, step: 15m}", "f", {})
    (watched,) = config.watched
    assert watched.window.windows == (timedelta(hours=24),)
    assert watched.window.step == timedelta(minutes=15)
    assert [rule.above for rule in watched.alerts.rules] == [0.5]


def test_a_model_without_its_own_sections_takes_the_common_ones() -> None:
    config = parsed("alerts: {rules: [psi > 0.5]}\nwindow: {windows: [1h]}")
    (watched,) = config.watched
    assert watched.window is config.window
    assert watched.alerts is config.alerts


@pytest.mark.parametrize(
    "cron",
    ["*/5 * * * *", "0,30 8-18 * * mon-fri", "15 3 1 jan,jul 0", "1-59/2 */2 * * *"],
)
def test_cron_may_say_when(cron: str) -> None:
    schedule = parsed(f'schedule: {{cron: "{cron}"}}').schedule
    assert (schedule.cron, schedule.interval) == (cron, None)


def test_a_tick_comes_every_minute_if_nothing_else_is_said() -> None:
    assert parsed("").schedule.interval == timedelta(minutes=1)


def test_what_is_shown_has_every_default_and_no_secret() -> None:
    config = parsed(
        f'server: {{token: "{TOKEN}"}}\n'
        "endpoints:\n"
        "  - {kind: webhook, name: a, url: 'https://a:pass@b/?t=1', secret: "
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw, headers: {Authorization: Bearer hush}}\n"
    ).model_copy()
    shown = show(config)
    assert not [s for s in (TOKEN, "MfKQ9r8", "pass", "t=1", "hush") if s in shown]
    assert "keep_payload: 1024" in shown


def test_what_is_shown_can_be_read_again() -> None:
    config = parsed("alerts: {rules: ['psi > 0.2 of a, b for 3h']}\nwindow: {windows: [24h]}")
    assert parse(show(config), "shown", {}) == config


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"nowhere\.yaml: .* No such file"):
        load(tmp_path / "nowhere.yaml", {})


def test_a_file_that_is_not_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        load(path, {})


def test_the_schema_is_json_and_knows_secret_files() -> None:
    document = json.loads(json.dumps(schema()))
    assert "token_file" in document["$defs"]["ServerSettings"]["properties"]
    assert "url" not in document["$defs"]["WebhookSettings"]["required"]


@given(st.text(alphabet="abc:{}[]-\"'#&*!|>%@`${} \n\t0123.", max_size=60))
def test_no_text_does_worse_than_be_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match="fuzz"):
        parse(text, "fuzz", {})


def test_detectors_are_given_by_kind_or_with_settings() -> None:
    config = parsed("detectors: [missing, {kind: psi, smoothing: 1}]\nalerts: {rules: [psi > 1]}")
    missing, psi = config.detectors
    assert (missing.kind, psi.kind) == ("missing", "psi")
    assert isinstance(psi, PopulationStability)
    assert psi.smoothing == 1.0


def test_a_model_may_have_its_own_detectors() -> None:
    text = BASE.replace("sources:", "    detectors: [missing]\nsources:")
    config = parse(text, "f", {})
    assert [detector.kind for detector in config.watched[0].detectors] == ["missing"]
    assert config.detectors == DEFAULTS


def test_the_pager_watches_unless_rules_do() -> None:
    alerts = parsed("detectors: [wasserstein]").watched[0].alerts
    assert alerts.rules == ()
    tuning = alerts.tuning(timedelta(minutes=1), dense=False)
    assert (tuning.alpha, tuning.tolerance, tuning.slots) == (1 / 720, 0.05, 60)
    given = parsed("alerts: {false_pages: {count: 2, per: 7d}}").alerts
    assert given.tuning(timedelta(minutes=5), dense=False).alpha == 2 / 168


def test_features_of_rules_that_no_profile_has_are_told() -> None:
    column = Column("amount", "numeric")
    layout = Layout((numeric_feature("amount", [0.0, 1.0]),))
    profile = Profile("fraud", "3", Schema((column,)), layout, Summary.empty(layout), "ref")
    config = parsed("alerts: {rules: [psi > 1 of amonut, psi > 2 of amount]}")
    assert unwatched(config, {("fraud", "3"): profile}) == [
        'rules for "fraud" name "amonut"; its profiles have no such column; did you mean amount?'
    ]
    assert unwatched(config, {}) == []


def test_detectors_that_fit_no_profile_are_told_if_they_were_asked_for() -> None:
    layout = Layout((numeric_feature("amount", [0.0, 1.0]),))
    schema = Schema((Column("amount", "numeric"),))
    profile = Profile("fraud", "3", schema, layout, Summary.empty(layout), "ref")
    profiles = {("fraud", "3"): profile}
    config = parsed("detectors: [psi, unseen, bbse, mmd]\nalerts: {rules: [psi > 1]}")
    assert unwatched(config, profiles) == [
        'unseen says nothing of "fraud": its profiles have no column of a type that it is for',
        'bbse says nothing of "fraud": its profiles have no labelled rows',
        'mmd says nothing of "fraud": its profiles have no random features for it',
    ]
    assert unwatched(config, {}) == []
    assert unwatched(parsed(""), profiles) == []  # the default ones are for all models


def test_estimates_and_tests_are_given_like_statistics() -> None:
    config = parsed("detectors: [mmd, {kind: bbse, soft: true, shift: {alpha: 0.05}}]")
    mmd, bbse = config.detectors
    assert mmd == MaximumMeanDiscrepancy()
    assert bbse == BlackBoxShift(soft=True, shift=PriorShiftTest(alpha=0.05))
    with pytest.raises(ConfigurationError, match="takes 2 or more bins and an alpha in"):
        parsed("detectors: [{kind: bbse, shift: {alpha: 2.0}}]")
