"""More load than the system can carry: what it still answers in time, and that nothing is lost of it."""
