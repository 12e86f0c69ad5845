"""
The saga's statements, shared by both peers so that only what carries them out differs.

Each is one transaction, one round trip, one commit, and idempotent on the reservation's id, because a step may run
again after a crash.
"""

#: Write the reservation and hold its seat, or write it as failed: (id, passenger, seat) -> status.
BOOK = """
WITH known AS (SELECT status FROM booking.reservation WHERE id = CAST($1 AS text)),
hold AS (
  UPDATE booking.seat SET state = 'tentative', reservation_id = CAST($1 AS text)
  WHERE number = CAST($3 AS int) AND state = 'free' AND NOT EXISTS (SELECT 1 FROM known)
  RETURNING number),
made AS (
  INSERT INTO booking.reservation(id, passenger, seat, status, reason, completed_at)
  SELECT CAST($1 AS text), CAST($2 AS text), CAST($3 AS int),
         CASE WHEN held.n = 1 THEN 'pending' ELSE 'failed' END,
         CASE WHEN held.n = 1 THEN NULL ELSE 'seat_taken' END,
         CASE WHEN held.n = 1 THEN NULL ELSE clock_timestamp() END
  FROM (SELECT count(*) AS n FROM hold) held
  ON CONFLICT (id) DO NOTHING
  RETURNING status)
SELECT COALESCE((SELECT status FROM made), (SELECT status FROM known)) AS status
"""

#: Authorize or decline: (id, amount, currency, token, status) -> status.
PAY = """
WITH made AS (
  INSERT INTO payment.payment(reservation_id, amount, currency, token, status)
  VALUES (CAST($1 AS text), CAST($2 AS bigint), CAST($3 AS text), CAST($4 AS text), CAST($5 AS text))
  ON CONFLICT (reservation_id) DO NOTHING
  RETURNING status)
SELECT COALESCE((SELECT status FROM made),
                (SELECT status FROM payment.payment WHERE reservation_id = CAST($1 AS text))) AS status
"""

#: Confirm: (id).
CONFIRM = """
WITH r AS (
  UPDATE booking.reservation SET status = 'confirmed', completed_at = clock_timestamp()
  WHERE id = CAST($1 AS text) AND status = 'pending'
  RETURNING id, seat)
UPDATE booking.seat s SET state = 'held' FROM r WHERE s.number = r.seat AND s.reservation_id = r.id
"""

#: Undo: (id).
RELEASE = """
WITH r AS (
  UPDATE booking.reservation SET status = 'failed', reason = 'payment_declined', completed_at = clock_timestamp()
  WHERE id = CAST($1 AS text) AND status = 'pending'
  RETURNING id, seat)
UPDATE booking.seat s SET state = 'free', reservation_id = NULL
FROM r WHERE s.number = r.seat AND s.reservation_id = r.id
"""


def status_of(token: str) -> str:
    """Return what becomes of a payment with this card."""
    return "declined" if token == "tok_declined" else "authorized"
