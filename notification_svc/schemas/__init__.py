"""HTTP shapes of notification_svc."""
