"""Token buckets, alone and by key."""

from __future__ import annotations

from net.chat.limits import Bucket, RateLimit


def test_a_bucket_fills_with_time_up_to_its_brim() -> None:
    bucket = Bucket(full=2, rate=4.0, now=10.0)
    assert [bucket.take(10.0) for _ in range(3)] == [True, True, False]
    assert not bucket.take(10.2) and bucket.take(10.25)
    assert not bucket.is_full(10.5) and bucket.is_full(1000.0)
    bucket.give_back()
    assert [bucket.take(1000.0) for _ in range(3)] == [True, True, False]


def test_rate_limit_by_key() -> None:
    limit = RateLimit(rate=2, burst=3, keys=10)
    assert [limit.allows("a", 0.0) for _ in range(5)] == [True, True, True, False, False]
    assert limit.allows("b", 0.0)
    assert limit.allows("a", 0.5) and not limit.allows("a", 0.5)
    for number in range(100):
        limit.allows(number, 1.0)
    assert len(limit) == 10


def test_who_is_forgotten_begins_anew() -> None:
    limit = RateLimit(rate=1, burst=1)
    assert limit.allows("a", 0.0) and not limit.allows("a", 0.0)
    limit.forget("a")
    limit.forget("b")
    assert limit.allows("a", 0.0)
