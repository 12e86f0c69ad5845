"""The figures of the scorecard that faults decide, each measured as its anchor measures it."""
