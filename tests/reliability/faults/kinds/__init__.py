"""The kinds of faults: how each is done and undone, and at what pace."""
