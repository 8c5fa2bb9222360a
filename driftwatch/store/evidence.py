"""What has the pager gathered, as it was left at the last boundary?"""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, delete, select

from driftwatch.nouns.judgements import Evidence, Judgement
from driftwatch.nouns.records import Population
from driftwatch.store.codec import pack, unpack
from driftwatch.store.database import replace
from driftwatch.store.tables import evidence

_OF = select(evidence).where(evidence.c.model == bindparam("of"))
_GONE = delete(evidence).where(
    evidence.c.model == bindparam("of"),
    evidence.c.version == bindparam("of_version"),
    evidence.c.segment == bindparam("of_segment"),
)
_RATIOS = select(
    evidence.c.model, evidence.c.version, evidence.c.segment, evidence.c.ratios
).order_by(evidence.c.model, evidence.c.version, evidence.c.segment)


def of(connection: Connection, model: str) -> dict[Population, Evidence]:
    """Give all of a model's."""
    found = (
        Evidence(
            Population(row.model, row.version, row.segment),
            row.fingerprint,
            row.body,
            unpack(row.ratios),
        )
        for row in connection.execute(_OF, {"of": model})
    )
    return {told.population: told for told in found}


def save(connection: Connection, judgement: Judgement) -> None:
    """Put a boundary's in the place of all that there was; a look between leaves it."""
    if judgement.boundary == judgement.previous:
        return
    c = evidence.c
    known = select(c.version, c.segment).where(c.model == judgement.model)
    kept = {(told.population.version, told.population.segment) for told in judgement.evidence}
    for version, segment in connection.execute(known).all():
        if (version, segment) not in kept:
            gone = {"of": judgement.model, "of_version": version, "of_segment": segment}
            connection.execute(_GONE, gone)
    replace(connection, evidence, [_row(told) for told in judgement.evidence])


def ratios(connection: Connection) -> dict[Population, Mapping[str, float]]:
    """Give how far it has come, of each population, by family."""
    return {
        Population(model, version, segment): unpack(told)
        for model, version, segment, told in connection.execute(_RATIOS)
    }


def _row(told: Evidence) -> dict[str, object]:
    return {
        "model": told.population.model,
        "version": told.population.version,
        "segment": told.population.segment,
        "fingerprint": told.fingerprint,
        "body": told.body,
        "ratios": pack(dict(told.ratios)),
    }
