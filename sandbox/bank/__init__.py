"""The sandbox payment provider: authorizes, captures, voids and refunds play money in a ledger of its own."""
