"""fare_svc: owns fares, seasons and rules, and signs offers."""
