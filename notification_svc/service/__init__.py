"""
The use cases of notification_svc.

What is heard becomes a fact of its reservation, in the consumer's transaction. What is to be written follows from all
facts of a reservation together, in whatever order they came; it becomes rows of the message log. Sending them is a
third step, on a queue of its own, where a slow or dead address holds up nobody else. What integrators are told is a
subject of its own: `webhooks`.
"""
