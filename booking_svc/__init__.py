"""booking_svc: owns seats and reservations, and leads the sagas."""
