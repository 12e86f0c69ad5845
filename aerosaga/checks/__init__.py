"""What `aerosaga doctor` looks at."""
