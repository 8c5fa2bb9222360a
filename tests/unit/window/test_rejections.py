"""Which rejected records are kept to be looked at?"""

import numpy as np

from driftwatch.nouns.records import Reason
from driftwatch.window.rejections import FEW, KEPT, Rejections
from tests.unit.decode.samples import poll
from tests.unit.window.samples import HOUR, NOON, batch


def flood(reason: Reason, count: int, into: Rejections) -> None:
    into.add(poll([b"x"] * count), range(count), [reason] * count, ["y"] * count)


def kept(rejections: Rejections, reason: Reason) -> int:
    return sum(record.reason is reason for record in rejections.kept)


def test_a_flood_of_one_reason_leaves_room_for_some_of_each_other():
    rejections = Rejections("kafka", 4)
    flood(Reason.NOT_JSON, 2 * KEPT, rejections)
    flood(Reason.NOT_FINITE, 2 * FEW, rejections)
    future = batch([NOON + HOUR] * (2 * FEW))
    rejections.add_from_the_future(poll([b"z"] * (2 * FEW)), future, np.arange(2 * FEW))
    flood(Reason.NOT_JSON, 1, rejections)
    assert kept(rejections, Reason.NOT_JSON) == KEPT
    assert kept(rejections, Reason.NOT_FINITE) == FEW
    assert kept(rejections, Reason.TIME_IN_FUTURE) == FEW
