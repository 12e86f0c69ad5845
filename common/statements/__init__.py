"""
Statements: what a service says of its own books when the auditor asks, over HTTP and never from its tables.

Every service states what it published and what it heard; booking_svc and payment_svc also state their reservations and
payments (in their own `service`). The auditor holds these against each other.
"""
