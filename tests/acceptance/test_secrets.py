"""A secret, wherever it stands, comes out nowhere: not though every receiver throws it back."""

import contextlib
import io
import json
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest

from driftwatch.__main__ import main
from tests.acceptance.running import Daemon, scrape, wait_for
from tests.acceptance.simulated import simulated
from tests.integration.notify.receiver import echo, listening
from tests.real.parts import free_port

MARK = "hush7c0ffee"
KEY = "whsec_aHVzaDdjMGZmZWVodXNoN2MwZmZlZWh1c2g3YzBmZmVl"  # base64 of the mark, three times
SENDS = "send: [firing, resolved, investigate, retrain]"
ENDPOINTS = """
endpoints:
  - {{kind: webhook, name: hook, url: "{url}/{mark}-hook?key={mark}-query", secret: "{key}",
     headers: {{X-Key: "{mark}-header", Authorization: "Bearer ${{TOKEN}}"}}, {sends}}}
  - {{kind: webhook, name: keys, url: "http://user:{mark}-user@{host}/", secret_file: keys,
     {sends}}}
  - {{kind: webhook, name: proxied, url: "http://away.example/", secret: "{key}",
     proxy: "http://user:{mark}-proxy@{host}", {sends}}}
  - {{kind: slack, name: slack, url_file: slack, {sends}}}
  - {{kind: gitlab, name: gitlab, url: "{url}", token: "{mark}-gitlab", values: {{project: a/b}},
     {sends}}}
  - {{kind: github_workflow, name: github, url: "{url}", token_file: github,
     values: {{repository: a/b, workflow: r.yml}}, {sends}}}
  - {{kind: pagerduty, name: pager, url: "{url}", token: "{mark}-pager", {sends}}}
  - {{kind: airflow, name: dag, url: "http://user:{mark}-dag@{host}", values: {{dag: d}}, {sends}}}
  - {{kind: preset, name: own, file: own.yaml, url: "{url}", token: "{mark}/own", {sends}}}
  - {{kind: email, name: mail, host: 127.0.0.1, port: 9, security: starttls, username: us,
     password: "{mark}-mail", sender: a@example.org, to: [b@example.org], {sends}}}
  - {{kind: kafka, name: topic, brokers: ["127.0.0.1:9"], topic: t, timeout: 1s,
     sasl: {{mechanism: PLAIN, username: us, password: "{mark}-kafka"}}, {sends}}}
  - {{kind: alertmanager, name: am, urls: "http://user:{mark}-am@{host}/{mark}-path", every: 1s,
     headers: {{X-Key: "{mark}-amheader"}}}}
"""
OWN = """
accepts: [200]
headers: {x-token: "{{ token }}"}
path: /jobs/{{ token | path }}
body: '{"token": {{ token | json }}, "why": {{ data.why | json }}}'
"""
NAMES = (
    "hook",
    "keys",
    "proxied",
    "slack",
    "gitlab",
    "github",
    "pager",
    "dag",
    "own",
    "mail",
    "topic",
)


def place(folder: Path, port: int, url: str) -> Path:
    """Write a configuration with the mark in each place where a secret can stand."""
    file = simulated(folder, port)
    (folder / "keys").write_text(KEY)
    (folder / "github").write_text(f"{MARK}-github")
    (folder / "slack").write_text(f"{url}/services/{MARK}-slack")
    (folder / "own.yaml").write_text(OWN)
    text = file.read_text()
    begin, rest = text.split("endpoints:")
    given = {"url": url, "host": url.removeprefix("http://"), "mark": MARK, "key": KEY}
    endpoints = ENDPOINTS.format(**given, sends=SENDS)
    server = f'address: "127.0.0.1:{port}", token: "{MARK}-server"'
    rest = rest.partition("\n")[2].replace(f'address: "127.0.0.1:{port}"', server)
    rules = "alerts: {rules: ['psi > 0, at least 30 rows']}\n"
    file.write_text(begin + endpoints + rest + rules)
    return file


def command(file: Path, *words: str) -> str:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        main([*words, "-c", str(file)])
    return out.getvalue() + err.getvalue()


def asked(port: int, path: str, method: str = "GET") -> str:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    request.add_header("authorization", f"Bearer {MARK}-server")
    try:
        with urllib.request.urlopen(request, timeout=10) as found:
            return found.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


def tried(port: int) -> set[str]:
    lines = scrape(f"127.0.0.1:{port}").splitlines()
    counted = [x for x in lines if x.startswith("driftwatch_deliveries_total")]
    return {name for name in NAMES for x in counted if f'"{name}"' in x and not x.endswith(" 0.0")}


def test_a_secret_comes_out_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOKEN", f"{MARK}-env")
    port = free_port()
    with listening(echo) as receiver:
        file = place(tmp_path, port, receiver.url.removesuffix("/hooks/retrain"))
        daemon = Daemon(file)
        try:
            daemon.start()
            wait_for(lambda: tried(port) == set(NAMES), 60, f"all were tried\n{daemon.tail()}")
            seen = {
                "metrics": scrape(f"127.0.0.1:{port}"),
                "ready": asked(port, "/readyz"),
                "live": asked(port, "/livez"),
                "api": asked(port, "/api/v1/retraining") + asked(port, "/api/v1/alerts"),
            }
            (tmp_path / "own.yaml").write_text(OWN + "more: 1\n")
            seen["reload"] = asked(port, "/-/reload", "POST")
            assert "own.yaml" in seen["reload"]
            seen["status"] = command(file, "status", "--format", "json")
            seen["listed"] = command(file, "endpoints", "list")
            seen["alerts"] = command(file, "alerts", "list", "--format", "json")
            seen["dump"] = command(file, "config", "show")
            seen["check"] = command(file, "config", "validate")
            (tmp_path / "own.yaml").write_text(OWN)
            for name in (*NAMES, "am"):
                seen[f"preview {name}"] = command(file, "endpoints", "preview", name)
                assert "webhook-id" in seen[f"preview {name}"] or name not in ("hook", "keys")
            for name in ("hook", "gitlab", "mail", "topic", "am"):
                seen[f"test {name}"] = command(file, "endpoints", "test", name)
            assert daemon.stop() == 0
        finally:
            daemon.end()
    assert any(MARK in str(request.headers) for request in receiver.received)
    seen["log"] = daemon.log.read_text()
    for path in tmp_path.glob("state.db*"):
        seen[path.name] = path.read_bytes().decode("latin-1")
    assert json.loads(seen["ready"])["status"] == "ready"
    hidden = (MARK, KEY, KEY[6:], quote(f"{MARK}/own", safe=""))
    assert {what for what, text in seen.items() if any(one in text for one in hidden)} == set()
