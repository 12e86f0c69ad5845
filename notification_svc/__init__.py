"""notification_svc: owns what is written to travellers, and tells integrators what happened."""
