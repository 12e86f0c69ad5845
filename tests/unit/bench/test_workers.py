"""What more workers bring, told beside what the first count brought."""

from bench.workers import Seen, told


def test_each_count_is_told_beside_the_first():
    seen = [
        Seen(workers=1, sagas_a_second=2.5, used=0.98, end_to_end_p50=9000.0),
        Seen(workers=4, sagas_a_second=9.0, used=0.9, end_to_end_p50=2500.0),
    ]

    assert told(seen).splitlines()[2:] == ["| 1 | 2.5 | 1.00 | 98% | 9,000 |", "| 4 | 9.0 | 3.60 | 90% | 2,500 |"]
