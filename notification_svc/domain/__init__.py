"""What is written to whom, and when; plain Python."""
