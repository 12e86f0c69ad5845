"""A judgement as people read it: a line for each invariant, then examples of what is wrong."""

from collections.abc import Iterable

from aerosaga.invariants.judging import Judgement, overall

EXAMPLES = 5


def render(judgements: Iterable[Judgement]) -> str:
    """Return a table of all judgements and the overall verdict."""
    made = list(judgements)
    lines = [
        f"{judgement.verdict:<8}{judgement.invariant.name:<4} {judgement.examined:>7} looked at, "
        f"{len(judgement.violations)} wrong   {judgement.invariant.promise}"
        for judgement in made
    ]
    for judgement in made:
        lines += [f"  {judgement.invariant.name}: {violation}" for violation in judgement.violations[:EXAMPLES]]
        more = len(judgement.violations) - EXAMPLES
        if more > 0:
            lines.append(f"  {judgement.invariant.name}: and {more} more")
        if judgement.verdict == "unknown":
            lines.append(f"  {judgement.invariant.name}: unknown, for it needs {judgement.floor} things to look at")
    verdicts = [judgement.verdict for judgement in made]
    counts = ", ".join(f"{verdicts.count(word)} {word}" for word in ("pass", "fail", "unknown"))
    return "\n".join([*lines, f"invariants: {overall(made)} ({counts})"])
