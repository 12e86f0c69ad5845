"""
What must be true of a whole system at rest, whatever was done to it: 27 invariants and who judges by them.

    evidence = gather(databases=..., bank=..., queues=..., history=...)
    judgements = judge(evidence, floors={"I8": 100})
    print(render(judgements)); sys.exit(overall(judgements) != "pass")

For tests, fault runs and benchmarks: it reads every service's tables, which no part of the product may.
"""

from aerosaga.invariants import answers, leaks, messages, payments, reservations, seats  # noqa: F401 (they register)
from aerosaga.invariants.evidence import Evidence, gather
from aerosaga.invariants.history import Operation
from aerosaga.invariants.judging import INVARIANTS, Judgement, judge, overall
from aerosaga.invariants.messages import repeated_commands
from aerosaga.invariants.report import render

__all__ = [
    "INVARIANTS",
    "Evidence",
    "Judgement",
    "Operation",
    "gather",
    "judge",
    "overall",
    "render",
    "repeated_commands",
]
