"""The rules of auth_svc: who is who, what a password must be, which tokens and keys there are."""
