"""How do nouns become bytes, and come back exactly as they were?

MessagePack keeps every float bit for bit, NaN and infinities too, which JSON does not. Arrays are
their bytes, little-endian; the verdicts are compressed, for most of what they hold repeats.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import msgspec
import numpy as np
import zstandard

from detectors.comparison import Compared
from detectors.multivariate import Discrepancy
from detectors.prior import Estimated, Refused
from driftwatch.nouns.judgements import Verdicts
from driftwatch.nouns.records import Population
from driftwatch.nouns.retraining import Reason, Retraining

_FORMAT = 1
_ARRAYS = {
    "statistic": "<f8",
    "p_value": "<f8",
    "low": "<f8",
    "high": "<f8",
    "n": "<i8",
    "m": "<i8",
    "undefined": "<i1",
}
_SHARES = ("prior", "low", "high", "reference")
_FIT = ("n", "m", "reason", "x2", "df", "p_value", "effect", "variation", "explained")


def pack(value: Any) -> bytes:
    """Write JSON-able data; numpy's scalars become plain numbers."""
    try:
        return msgspec.msgpack.encode(value, enc_hook=_plain)
    except UnicodeEncodeError:
        return msgspec.msgpack.encode(_sound(value), enc_hook=_plain)


def unpack(body: bytes) -> Any:
    """Read what `pack` wrote."""
    return msgspec.msgpack.decode(body)


def sound(text: str) -> str:
    """Replace what no database takes in text: NUL, and half a surrogate pair."""
    if text.isascii() and "\0" not in text:
        return str(text)
    return str(text).encode("utf-8", "replace").decode().replace("\0", "\ufffd")


def encode_retraining(of: Retraining) -> bytes:
    """Write a retraining whole."""
    return pack(asdict(of))


def decode_retraining(body: bytes) -> Retraining:
    """Read what `encode_retraining` wrote, by this release or the one before."""
    return msgspec.msgpack.decode(body, type=Retraining)


def encode_reasons(reasons: Sequence[Reason]) -> bytes:
    """Write the reasons of a decision."""
    return pack([asdict(reason) for reason in reasons])


def decode_reasons(body: bytes) -> tuple[Reason, ...]:
    """Read what `encode_reasons` wrote."""
    return msgspec.msgpack.decode(body, type=tuple[Reason, ...])


def encode_verdicts(verdicts: Verdicts) -> bytes:
    """Write the statistics of one population and window."""
    population = verdicts.population
    body = {
        "format": _FORMAT,
        "population": (population.model, population.version, population.segment),
        "reference": verdicts.reference,
        "window": verdicts.window,
        "start": verdicts.start,
        "end": verdicts.end,
        "rows": verdicts.rows,
        "features": verdicts.features,
        "roles": verdicts.roles,
        "statistics": {kind: _bytes(c) for kind, c in verdicts.statistics.items()},
        "priors": {kind: _estimate(e) for kind, e in verdicts.priors.items()},
        "discrepancies": {test: asdict(d) for test, d in verdicts.discrepancies.items()},
    }
    return zstandard.compress(pack(body), 3)


def decode_verdicts(body: bytes) -> Verdicts:
    """Read what `encode_verdicts` wrote; its arrays are read-only.

    Rows of releases that did not estimate the classes' shares hold none, nor tests of all columns.
    """
    read = unpack(zstandard.decompress(body))
    return Verdicts(
        population=Population(*read["population"]),
        reference=read["reference"],
        window=read["window"],
        start=read["start"],
        end=read["end"],
        rows=read["rows"],
        features=tuple(read["features"]),
        roles=tuple(read["roles"]),
        statistics={kind: _compared(arrays) for kind, arrays in read["statistics"].items()},
        priors={kind: _estimated(held) for kind, held in read.get("priors", {}).items()},
        discrepancies={t: Discrepancy(**held) for t, held in read.get("discrepancies", {}).items()},
    )


def _bytes(compared: Compared) -> dict[str, bytes]:
    return {
        name: np.asarray(getattr(compared, name), dtype=dtype).tobytes()
        for name, dtype in _ARRAYS.items()
    }


def _compared(arrays: Mapping[str, bytes]) -> Compared:
    return Compared(
        **{name: np.frombuffer(arrays[name], dtype=dtype) for name, dtype in _ARRAYS.items()}
    )


def _estimate(estimated: Estimated) -> dict[str, Any]:
    shares = {n: np.asarray(getattr(estimated, n), "<f8").tobytes() for n in _SHARES}
    fit = {name: getattr(estimated, name) for name in _FIT}
    return {"classes": estimated.classes, "refused": int(estimated.refused), **shares, **fit}


def _estimated(held: Mapping[str, Any]) -> Estimated:
    shares: dict[str, Any] = {name: np.frombuffer(held[name], "<f8") for name in _SHARES}
    fit: dict[str, Any] = {name: held[name] for name in _FIT}
    refused = Refused(held["refused"])
    return Estimated(classes=tuple(held["classes"]), refused=refused, **shares, **fit)


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping):
        return dict(value)
    message = f"{type(value).__name__} cannot be stored; it takes what JSON takes"
    raise NotImplementedError(message)


def _sound(value: Any) -> Any:
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {_sound(key): _sound(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_sound(item) for item in value]
    return value
