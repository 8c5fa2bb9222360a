"""A real Airflow 3 starts one run, however often it is asked.

`DRIFTWATCH_TEST_AIRFLOW` is the address of an API server in which everybody is an administrator
(`[core] simple_auth_manager_all_admins`) and which has a DAG named retrain.
"""

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from driftwatch.notify.preset import PresetEndpoint, PresetSettings
from driftwatch.notify.samples import sample
from driftwatch.nouns.errors import Transient

pytestmark = pytest.mark.slow
ADDRESS = os.environ.get("DRIFTWATCH_TEST_AIRFLOW", "")


@pytest.fixture
def token() -> str:
    if not ADDRESS:
        pytest.skip("DRIFTWATCH_TEST_AIRFLOW names no Airflow")
    found: str = httpx.get(f"{ADDRESS}/auth/token", timeout=30).json()["access_token"]
    return found


def endpoint(token: str, **values: str) -> PresetEndpoint:
    given = {"kind": "airflow", "name": "dag", "url": ADDRESS, "token": token, "timeout": "30s"}
    settings = PresetSettings.model_validate({**given, "values": {"dag": "retrain", **values}})
    return settings.build(clock=lambda: 0, environment={}, folder=Path())


def runs(token: str, run: str) -> list[Any]:
    headers = {"authorization": f"Bearer {token}"}
    url = f"{ADDRESS}/api/v2/dags/retrain/dagRuns"
    found = httpx.get(url, params={"limit": 100}, headers=headers, timeout=30).json()
    return [one for one in found["dag_runs"] if one["dag_run_id"] == run]


def test_a_request_sent_twice_is_one_run(token: str) -> None:
    made, now = endpoint(token), time.time_ns() // 1000
    message = sample("retrain", f"retrain_{now}", now)
    assert made.send(made.render(message, now)).status == 200
    assert made.send(made.render(message, now)).status == 409
    (run,) = runs(token, message.id)
    assert run["conf"]["data"]["data"][0]["partitions"][0]["next"] == 3000
    assert run["note"] == "Retrain fraud 3: amount psi 0.457"


def test_who_may_not_and_what_is_not_there_are_tried_again(token: str) -> None:
    now = time.time_ns() // 1000
    message = sample("retrain", f"retrain_{now}", now)
    for made, status in ((endpoint("nobody"), 403), (endpoint(token, dag="other"), 404)):
        with pytest.raises(Transient, match=f"answered {status}"):
            made.send(made.render(message, now))
    assert runs(token, message.id) == []
