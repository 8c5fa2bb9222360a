"""How verdicts become bytes and come back, also those that an older release wrote."""

import math
from dataclasses import fields

import msgspec
import numpy as np
import zstandard

from driftwatch.store.codec import decode_verdicts, encode_verdicts
from tests.unit.store.samples import REFUSED, SHARES, verdicts


def test_the_shares_of_the_classes_come_back_bit_for_bit() -> None:
    found = decode_verdicts(encode_verdicts(verdicts())).priors
    assert set(found) == {"histogram_likelihood", "observed_shares"}
    for kind, given in (("histogram_likelihood", SHARES), ("observed_shares", REFUSED)):
        for field in fields(given):
            before, after = getattr(given, field.name), getattr(found[kind], field.name)
            if isinstance(before, np.ndarray):
                assert after.tobytes() == before.tobytes(), field.name
            elif isinstance(before, float) and math.isnan(before):
                assert math.isnan(after), field.name
            else:
                assert after == before, field.name
                assert type(after) is type(before), field.name


def test_the_tests_of_all_columns_come_back_bit_for_bit() -> None:
    assert decode_verdicts(encode_verdicts(verdicts())).discrepancies == verdicts().discrepancies


def test_a_row_of_a_release_that_knew_statistics_alone_is_read() -> None:
    held = msgspec.msgpack.decode(zstandard.decompress(encode_verdicts(verdicts())))
    del held["priors"], held["discrepancies"]
    old = decode_verdicts(zstandard.compress(msgspec.msgpack.encode(held)))
    assert (old.priors, old.discrepancies) == ({}, {})
    assert old.statistics["psi"].n.tolist() == verdicts().statistics["psi"].n.tolist()
