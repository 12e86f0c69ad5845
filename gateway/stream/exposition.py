"""The figures as Prometheus reads them."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.stream.figures import BOUNDS, Figures


def exposition(figures: Figures) -> bytes:
    """Return the totals since this process began to hear, and what waits now."""
    registry = CollectorRegistry()
    registry.register(_Totals(figures))
    return generate_latest(registry)


class _Totals(Collector):
    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Yield each family of figures."""
        counted = CounterMetricFamily(
            "aerosaga_reservations", "What became of reservations", labels=["outcome", "reason"]
        )
        for (outcome, reason), count in sorted(self._figures.totals.items()):
            counted.add_metric([outcome, reason], count)
        yield counted
        buckets, so_far = [], 0
        for bound in BOUNDS:
            so_far += self._figures.durations[bound]
            buckets.append(("+Inf" if bound == BOUNDS[-1] else str(bound), so_far))
        yield HistogramMetricFamily(
            "aerosaga_reservation_seconds",
            "From a reservation that is paid at once to its end",
            buckets=buckets,
            sum_value=self._figures.duration_sum,
        )
        waiting = GaugeMetricFamily("aerosaga_messages_waiting", "Messages in a queue or outbox", labels=["where"])
        for where, count in sorted(self._figures.waiting.items()):
            waiting.add_metric([where], count)
        yield waiting
