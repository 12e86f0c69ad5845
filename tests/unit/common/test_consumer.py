"""How many events a consumer takes at once: fewer when they take long, as the broker gives up who is silent."""

from common import consumer
from common.consumer import BATCH, next_size


class TestABatch:
    def test_is_whole_while_it_is_quick(self):
        assert next_size(BATCH, took=0.1) == BATCH

    def test_that_took_long_is_followed_by_smaller_ones_down_to_a_single_event(self):
        sizes = [BATCH]
        while sizes[-1] > 1:
            sizes.append(next_size(sizes[-1], took=consumer.SLOW_SECONDS + 1))

        assert sizes == [100, 50, 25, 12, 6, 3, 1]
        assert next_size(1, took=consumer.SLOW_SECONDS + 1) == 1

    def test_grows_again_when_it_is_quick_again(self):
        assert next_size(3, took=0.1) == 6
        assert next_size(60, took=0.1) == BATCH
