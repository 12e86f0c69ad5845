-- One schema per service: booking and payment share no table.
CREATE SCHEMA booking;
CREATE SCHEMA payment;
CREATE TABLE booking.seat (
  number int PRIMARY KEY,
  state text NOT NULL DEFAULT 'free',          -- free | tentative | held
  reservation_id text
) WITH (fillfactor = 70);
CREATE TABLE booking.reservation (
  id text PRIMARY KEY,
  passenger text NOT NULL,
  seat int NOT NULL,
  status text NOT NULL,                         -- pending | confirmed | failed
  reason text,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  completed_at timestamptz
) WITH (fillfactor = 80);
CREATE TABLE payment.payment (
  reservation_id text PRIMARY KEY,
  amount bigint NOT NULL,
  currency text NOT NULL,
  token text NOT NULL,
  status text NOT NULL,                         -- authorized | declined
  created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO booking.seat(number) SELECT generate_series(0, 5999);
ANALYZE;
