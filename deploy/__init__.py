"""How Aerosaga is installed, started, supervised and stopped; knows no service's code."""
