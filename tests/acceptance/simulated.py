"""The real daemon on a simulated stream: no Kafka needed."""

from pathlib import Path

from driftwatch.reference.build import build
from driftwatch.reference.document import save
from driftwatch.sources.simulate import SimulateSettings, Stream
from tests.acceptance.running import SECRET

CONFIG = """
models: [{{name: fraud, reference: {{path: "fraud-{{version}}.json"}}}}]
sources: [{{kind: simulate, version: "3", speed: 600, per_hour: 2000}}]
window: {{pane: 5m, step: 15m}}
intake: {{every: 500ms}}
schedule: {{evaluate: 500ms}}
endpoints: [{{kind: webhook, name: hook, url: "{hook}", secret: "{secret}"}}]
store: {{url: "{store}"}}
server: {{address: "127.0.0.1:{port}"}}
"""


def simulated(folder: Path, port: int, hook: str = "http://127.0.0.1:9/") -> Path:
    """Write a profile and a configuration, and give the configuration's path."""
    quiet = SimulateSettings(seed=7, partitions=1, broken_share=0.0, late_share=0.0)
    heldout = folder / "heldout.ndjson"
    heldout.write_bytes(b"\n".join(Stream(quiet).records(0, 0, 5_000)[0]))
    save(build([heldout]), folder / "fraud-3.json")
    config = folder / "driftwatch.yaml"
    store = f"sqlite:///{folder}/state.db"
    config.write_text(CONFIG.format(hook=hook, secret=SECRET, store=store, port=port))
    return config
