"""What a booking costs, measured: see docs/performance.md."""
