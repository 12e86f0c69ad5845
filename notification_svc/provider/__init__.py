"""Where notification_svc reaches people and machines outside."""
