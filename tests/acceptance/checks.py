"""Is what the store holds the truth, and was everybody told of it once?"""

from tests.acceptance.running import Daemon, Receiver, wait_for
from tests.acceptance.scenes import Scene, differences
from tests.acceptance.truth import DRIFTING, HOUR, MINUTE


def wait_until_judged(scene: Scene, *daemons: Daemon) -> None:
    """Wait until everything was read, and the hours after it were judged."""
    plan, last = scene.truth.plan, scene.truth.plan.begin + (scene.truth.plan.hours + 2) * HOUR

    wait_for(lambda: any(daemon.said("running") for daemon in daemons), 60, "one runs")

    def done() -> bool:
        assert any(daemon.alive for daemon in daemons), daemons[0].tail()
        return scene.counted()["received"] == plan.records and scene.judged() >= last

    wait_for(done, 600, f"all is read and judged; {scene.counted()}, {scene.judged()} < {last}")


def wait_until_sent(scene: Scene, receiver: Receiver) -> None:
    """Wait until every stored message has arrived."""

    def sent() -> bool:
        with scene.store() as store:
            dispatched = store.deliveries(1000)
        return {d.delivery.message.id for d in dispatched} <= set(receiver.ids)

    wait_for(sent, 60, "every message was received")


def assert_truth(scene: Scene) -> None:
    """Assert that panes, hours, late and rejected counts are exactly the truth."""
    truth, layout, counted = scene.truth, scene.profile.layout, scene.counted()
    assert counted["observations"] == truth.observations
    assert counted["late"] == truth.late
    assert counted["rejected"] == truth.rejected.total()
    assert scene.rejected() == dict(truth.rejected)
    judged = scene.judged() // HOUR * HOUR
    hours = {p: c for p, c in truth.counts(layout, HOUR).items() if p < judged}
    assert len(hours) >= truth.plan.hours
    assert differences(layout, scene.panes(hourly=True), hours) == []
    stored = scene.panes(hourly=False)
    true = truth.counts(layout, MINUTE)
    assert differences(layout, stored, {p: c for p, c in true.items() if p in stored}) == []


def assert_told(scene: Scene, receiver: Receiver) -> None:
    """Assert that one alert fired once, under one id, and named just the two features."""
    assert receiver.wrong == 0
    with scene.store() as store:
        dispatched = store.deliveries(1000)
        fired = [t for t in store.transitions(1000) if t.after == "firing"]
    assert {d.delivery.message.id for d in dispatched} == set(receiver.ids)
    assert len({(m["alert"], m["state"], m["at"]) for m in receiver.messages}) == len(
        set(receiver.ids)
    )
    assert [t.key.alert for t in fired] == ["CovariateShift"]
    told = [m for m in receiver.messages if m["state"] == "firing"]
    assert {m["alert"] for m in told} == {"CovariateShift"}
    assert {f["feature"] for m in told for f in m["features"]} == set(DRIFTING)
