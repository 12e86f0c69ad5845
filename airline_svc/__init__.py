"""airline_svc: owns airlines and airports."""
