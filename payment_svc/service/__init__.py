"""
The use cases of payment_svc.

Money at the outside provider moves in three parts: a transaction that writes what is wanted and under which key, the
call with no transaction open, and a transaction that writes the answer. Whoever dies between them leaves a row that
says what to ask again, with the same key.
"""
