"""Strict stand-ins of the tools that presets speak to: each takes just what its API's schema says.

The schemas are those that the projects publish, cut to what a request may hold; extras are refused.
"""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.unit.notify.schemas import problems

TOKEN = "t0ken-t0ken-t0ken"
BEARER = {"authorization": f"Bearer {TOKEN}"}
TEXT: Mapping[str, Any] = {"type": "string"}


def strict(required: str, **properties: Any) -> dict[str, Any]:
    """Make the schema of an object that has these properties and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required.split(),
        "additionalProperties": False,
    }


@dataclass(frozen=True)
class Tool:
    """An API: how the endpoint is configured, and what is taken."""

    kind: str
    path: str
    schema: Mapping[str, Any]
    taken: int
    base: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    again: int | None = None  # the answer to an id that it has
    searched: str = ""  # the path under which runs are listed
    id_at: tuple[str, ...] = ()
    largest: int = 1 << 30


GITHUB = {"accept": "application/vnd.github+json", "x-github-api-version": "2022-11-28", **BEARER}
_CARD = strict(
    "$schema type version body",
    **{"$schema": {"const": "http://adaptivecards.io/schemas/adaptive-card.json"}},
    type={"const": "AdaptiveCard"},
    version={"enum": ["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"]},
    body={
        "type": "array",
        "minItems": 1,
        "items": strict(
            "type inlines",
            type={"const": "RichTextBlock"},
            inlines={
                "type": "array",
                "minItems": 1,
                "items": strict(
                    "type text",
                    type={"const": "TextRun"},
                    text={"type": "string", "minLength": 1},
                    weight={"enum": ["Default", "Lighter", "Bolder"]},
                ),
            },
        ),
    },
)
TOOLS = (
    Tool(
        kind="airflow",
        values={"dag": "retrain fraud"},
        path="/api/v2/dags/retrain%20fraud/dagRuns",
        headers=BEARER,
        schema=strict(
            "logical_date",
            dag_run_id={"type": ["string", "null"]},
            data_interval_start={"type": ["string", "null"]},
            data_interval_end={"type": ["string", "null"]},
            logical_date={"type": ["string", "null"]},
            run_after={"type": ["string", "null"]},
            conf={"type": ["object", "null"]},
            note={"type": ["string", "null"], "maxLength": 1000},
            partition_key={"type": ["string", "null"]},
        ),
        taken=200,
        again=409,
        id_at=("dag_run_id",),
    ),
    Tool(
        kind="airflow2",
        values={"dag": "retrain"},
        path="/api/v1/dags/retrain/dagRuns",
        headers=BEARER,
        schema=strict(
            "",
            dag_run_id={"type": ["string", "null"]},
            logical_date=TEXT,
            execution_date=TEXT,
            data_interval_start=TEXT,
            data_interval_end=TEXT,
            conf={"type": "object"},
            note={"type": ["string", "null"]},
        ),
        taken=200,
        again=409,
        id_at=("dag_run_id",),
    ),
    Tool(
        kind="argo_events",
        base="/retrain",
        path="/retrain",
        headers=BEARER,
        schema={"type": "object"},
        taken=200,
        id_at=("id",),
    ),
    Tool(
        kind="github_dispatch",
        values={"repository": "acme/models"},
        path="/repos/acme/models/dispatches",
        headers=GITHUB,
        schema=strict(
            "event_type",
            event_type={"type": "string", "minLength": 1, "maxLength": 100},
            client_payload={"type": "object", "maxProperties": 10},
        ),
        taken=204,
        searched="/repos/acme/models/actions/runs",
        id_at=("client_payload", "id"),
        largest=65535,
    ),
    Tool(
        kind="github_workflow",
        values={"repository": "acme/models", "workflow": "retrain.yml", "ref": "trunk"},
        path="/repos/acme/models/actions/workflows/retrain.yml/dispatches",
        headers=GITHUB,
        schema=strict(
            "ref",
            ref=TEXT,
            inputs={"type": "object", "maxProperties": 10, "additionalProperties": TEXT},
        ),
        taken=204,
        searched="/repos/acme/models/actions/workflows/retrain.yml/runs",
        id_at=("inputs", "id"),
        largest=65535,
    ),
    Tool(
        kind="gitlab",
        values={"project": "acme/models"},
        path="/api/v4/projects/acme%2Fmodels/trigger/pipeline",
        schema=strict(
            "token ref",
            token={"const": TOKEN},
            ref=TEXT,
            variables={"type": "object", "additionalProperties": TEXT},
            inputs={"type": "object"},
        ),
        taken=201,
        id_at=("variables", "DRIFTWATCH_ID"),
    ),
    Tool(
        kind="kubeflow",
        values={"pipeline": "p-1", "experiment": "e-1", "service_account": "trainer"},
        path="/apis/v2beta1/runs",
        headers=BEARER,
        schema=strict(
            "display_name pipeline_version_reference",
            display_name=TEXT,
            description=TEXT,
            experiment_id=TEXT,
            service_account=TEXT,
            pipeline_version_reference=strict(
                "pipeline_id", pipeline_id=TEXT, pipeline_version_id=TEXT
            ),
            runtime_config=strict("", parameters={"type": "object"}, pipeline_root=TEXT),
        ),
        taken=200,
        searched="/apis/v2beta1/runs",
        id_at=("display_name",),
    ),
    Tool(
        kind="pagerduty",
        path="/v2/enqueue",
        schema=strict(
            "routing_key event_action dedup_key payload",
            routing_key={"const": TOKEN},
            event_action={"enum": ["trigger", "acknowledge", "resolve"]},
            dedup_key={"type": "string", "minLength": 1, "maxLength": 255},
            client=TEXT,
            client_url=TEXT,
            links={"type": "array"},
            images={"type": "array"},
            payload=strict(
                "summary source severity",
                summary={"type": "string", "minLength": 1, "maxLength": 1024},
                source=TEXT,
                severity={"enum": ["critical", "error", "warning", "info"]},
                timestamp=TEXT,
                component=TEXT,
                group=TEXT,
                **{"class": TEXT},
                custom_details={"type": "object"},
            ),
        ),
        taken=202,
        id_at=("payload", "custom_details", "id"),
        largest=512_000,
    ),
    Tool(
        kind="slack",
        base="/services/T0/B0/XXXXXXXX",
        path="/services/T0/B0/XXXXXXXX",
        schema=strict(
            "text",
            text={"type": "string", "minLength": 1, "pattern": r"^[^<>]*$"},
            blocks={
                "type": "array",
                "maxItems": 50,
                "items": strict(
                    "type text",
                    type={"const": "section"},
                    text=strict(
                        "type text",
                        type={"const": "plain_text"},
                        emoji={"type": "boolean"},
                        text={"type": "string", "minLength": 1, "maxLength": 3000},
                    ),
                ),
            },
        ),
        taken=200,
    ),
    Tool(
        kind="teams",
        base="/workflows/1/triggers/manual",
        path="/workflows/1/triggers/manual",
        schema=strict(
            "type attachments",
            type={"const": "message"},
            attachments={
                "type": "array",
                "minItems": 1,
                "maxItems": 1,
                "items": strict(
                    "contentType content",
                    contentType={"const": "application/vnd.microsoft.card.adaptive"},
                    contentUrl={"type": ["string", "null"]},
                    content=_CARD,
                ),
            },
        ),
        taken=202,
        largest=28_000,
    ),
)
BESIDE = {"host", "content-length", "user-agent", "content-type"}


@dataclass
class Served:
    """A stand-in at work: what it took, what it refused and why, and how it fails next."""

    tool: Tool
    url: str = ""
    taken: list[Any] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    searches: int = 0
    fails: list[int] = field(default_factory=list)  # statuses to answer next, with nothing taken
    lost: int = 0  # how many answers get lost after the request was taken

    def ids(self) -> list[Any]:
        return [_at(body, self.tool.id_at) for body in self.taken]


@contextmanager
def serving(tool: Tool) -> Iterator[Served]:
    """Serve a tool's API on a free port until the block ends."""
    served = Served(tool)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.searches += 1
            path = urlsplit(self.path)
            wrong = _wrong_headers(tool, self.headers)
            if path.path != tool.searched or wrong or not parse_qs(path.query):
                return self._say(404, {"refused": [self.path, *wrong]})
            return self._say(200, {"runs": [{"name": f"retrain {i}"} for i in served.ids()]})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if served.fails:
                return self._say(served.fails.pop(0), {})
            wrong = _wrong(tool, self.path, self.headers, body)
            if wrong:
                served.refused += wrong
                return self._say(422, {"refused": wrong})
            told = json.loads(body)
            if tool.again and _at(told, tool.id_at) in served.ids():
                return self._say(tool.again, {"detail": "it is there"})
            served.taken.append(told)
            if served.lost:
                served.lost -= 1
                self.close_connection = True
                return None
            return self._say(tool.taken, {})

        def _say(self, status: int, told: Any) -> None:
            body = b"" if status == 204 else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    served.url = f"http://127.0.0.1:{server.server_address[1]}{tool.base}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _wrong(tool: Tool, path: str, headers: Any, body: bytes) -> list[str]:
    found = _wrong_headers(tool, headers)
    found += [f"path {path}"] if path != tool.path else []
    found += ["no JSON"] if headers["content-type"] != "application/json" else []
    found += [f"{len(body)} bytes"] if len(body) > tool.largest else []
    return found or problems(tool.schema, json.loads(body))


def _wrong_headers(tool: Tool, headers: Any) -> list[str]:
    given = {name.lower(): value for name, value in headers.items()}
    missing = [name for name, value in tool.headers.items() if given.get(name) != value]
    return [*missing, *sorted(given.keys() - tool.headers.keys() - BESIDE)]


def _at(body: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        body = body[key]
    return body
