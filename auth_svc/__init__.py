"""auth_svc: owns users, their logins, service accounts with their API keys, and the keys that sign access tokens."""
