"""The pages that people see: rendered here from what the public API says, with nothing of their own stored."""
