"""
Telling integrators what happened.

What is heard becomes a delivery for each webhook that wants it, in the consumer's transaction (`hearing`). Sending is
another step, on a queue and in a process of its own (`sending`): it claims what is due, posts it, and notes how that
ended (`outcomes`). Owners look after their webhooks and deliveries through `owning` and `logbook`.
"""
