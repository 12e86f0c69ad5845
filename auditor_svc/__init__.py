"""auditor_svc owns the findings: what it saw when it held the books of the services against each other."""
