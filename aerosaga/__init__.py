"""The command line of Aerosaga: starts, fills, shows and tries the system from outside."""
