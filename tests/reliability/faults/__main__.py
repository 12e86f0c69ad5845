"""
Fault runs: bookings through the public door while everything beneath is killed, cut, slowed and misled.

    python -m tests.reliability.faults [--seed 7] [--seconds 60] [--only kill,cut] [--mixed 2]
        [--together] [--short] [--list]
    python -m tests.reliability.faults --scorecard G1,G7=200

One kind of fault at a time, then all mixed. After each chapter everything is healed, comes to rest, and is judged by
every invariant. `--scorecard` measures figures instead, each at its whole size unless told a smaller one.
Exit status: 0 all passed, 1 something failed, 2 too little happened to say.
"""

import argparse
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from tests.reliability.faults import report
from tests.reliability.faults.caller import Caller
from tests.reliability.faults.chapter import Chapter, Story
from tests.reliability.faults.kinds.kind import Kind
from tests.reliability.faults.kinds.registry import KINDS
from tests.reliability.faults.report import Run
from tests.reliability.faults.scorecard.registry import FIGURES
from tests.reliability.faults.system import running

SECONDS, SHORT_SECONDS = 60.0, 40.0
CLIENTS, SHORT_CLIENTS = 8, 4
# Whose free seats are kept for figures: sixty runs of G5 take some 300 to 500 seats each.
KEPT_FOR_FIGURES = 300
STATUS = {"pass": 0, "fail": 1, "unknown": 2}


def main(arguments: list[str] | None = None) -> int:
    """Run, print, write the report; return the exit status."""
    given = _parser().parse_args(arguments)
    if given.list:
        for kind in KINDS.values():
            say(f"{kind.name:<18} {kind.about}")
        return 0
    place = given.report or Path(tempfile.mkdtemp(prefix="aerosaga-faults-"))
    run = Run(seed=given.seed, commit=report.commit(), words=again_with(given), began=datetime.now(UTC))
    say(f"seed {run.seed}, commit {run.commit}; again with: {run.words}")
    play = _figures if given.scorecard else _chapters
    for so_far in play(given, run, place):
        run = so_far
        report.write(place, run)
    say(f"\nfault run: {run.verdict}; the report is in {place / 'report.txt'}\nagain with: {run.words}")
    return STATUS[run.verdict]


def _chapters(given: argparse.Namespace, run: Run, place: Path) -> Iterator[Run]:
    """Play the chapters; yield the run as it is after each."""
    chapters = chosen(given)
    small_disks = any(kind.small_disks for chapter in chapters for kind in chapter.kinds.values())
    with running(place / "system", say=say, small_disks=small_disks) as system:
        story = Story(system=system, caller=Caller(system))
        for chapter in chapters:
            say(f"\n{chapter.title}: {', '.join(kind.about for kind in chapter.kinds.values())}")
            run = replace(run, outcomes=[*run.outcomes, story.play(chapter)])
            say("\n".join(report.chapter_lines(run.outcomes[-1])))
            yield run


def _figures(given: argparse.Namespace, run: Run, place: Path) -> Iterator[Run]:
    """Measure figures of the scorecard; yield the run as it is after each."""
    through_proxies = any(FIGURES[name].proxies for name in given.scorecard)
    with running(place / "system", say=say, through_proxies=through_proxies) as system:
        story = Story(system=system, caller=Caller(system, kept=KEPT_FOR_FIGURES), tell=say)
        say(f"{story.caller.seats_left:,} seats are kept for this run")
        for name, size in given.scorecard.items():
            say(f"\n{name}: measuring {size:,}")
            figure = FIGURES[name].measure(story, size, Random(f"{given.seed}/{name}"))
            run = replace(run, figures=[*run.figures, figure])
            say("\n".join(figure.lines()))
            yield run


def chosen(given: argparse.Namespace) -> list[Chapter]:
    """Return the chapters that are asked for: each kind by itself, then all mixed; a short run has these alone."""
    kinds: dict[str, Kind] = {
        name: kind
        for name, kind in KINDS.items()
        if (name in given.only if given.only else kind.short or not given.short)
    }
    seconds = given.seconds or (SHORT_SECONDS if given.short else SECONDS)
    clients = given.clients or (SHORT_CLIENTS if given.short else CLIENTS)
    alike = {"seconds": seconds, "clients": clients, "seed": str(given.seed)}
    mixed = [Chapter(title=f"mixed {number}", kinds=kinds, **alike) for number in range(1, given.mixed + 1)]
    if given.short or given.together:
        return mixed
    alone = [Chapter(title=name, kinds={name: kind}, **alike) for name, kind in kinds.items()]
    return [*alone, *(mixed if len(kinds) > 1 else [])]


def again_with(given: argparse.Namespace) -> str:
    """Return the command that plays the same schedule again."""
    words = ["python -m tests.reliability.faults", f"--seed {given.seed}", f"--mixed {given.mixed}"]
    words += [f"--seconds {given.seconds:g}"] if given.seconds else []
    words += [f"--clients {given.clients}"] if given.clients else []
    words += [f"--only {','.join(given.only)}"] if given.only else []
    words += ["--together"] if given.together else []
    words += ["--short"] if given.short else []
    sizes = ",".join(f"{name}={size}" for name, size in given.scorecard.items())
    words += [f"--scorecard {sizes}"] if sizes else []
    return " ".join(words)


def say(text: str) -> None:
    """Tell who watches, at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.reliability.faults", description=__doc__.split("\n\n")[0])
    parser.add_argument("--seed", type=int, default=7, help="decides which fault comes when (7)")
    parser.add_argument("--seconds", type=float, help=f"of each chapter ({SECONDS:g}; short runs {SHORT_SECONDS:g})")
    parser.add_argument("--clients", type=int, help=f"at once ({CLIENTS}; short runs {SHORT_CLIENTS})")
    parser.add_argument("--only", type=_kinds, default=(), help="kinds of faults, separated by commas")
    parser.add_argument("--mixed", type=int, default=1, help="chapters of all kinds together, at the end (1)")
    parser.add_argument("--together", action="store_true", help="all kinds mixed, and none of them by itself before")
    parser.add_argument("--short", action="store_true", help="the kinds that tell most, together, for some seconds")
    full = ", ".join(f"{name} ({entry.size:,})" for name, entry in FIGURES.items())
    parser.add_argument("--scorecard", type=_sizes, default={}, help=f"{full}; a smaller size as G1=400")
    parser.add_argument("--report", type=Path, help="directory of the report and of the system's data and logs")
    parser.add_argument("--list", action="store_true", help="show the kinds and end")
    return parser


def _kinds(text: str) -> tuple[str, ...]:
    return tuple(_known(name, KINDS) for name in text.split(","))


def _sizes(text: str) -> dict[str, int]:
    sizes = {}
    for each in text.split(","):
        word, _, size = each.partition("=")
        name = _known(word, FIGURES)
        sizes[name] = int(size) if size else FIGURES[name].size
    return sizes


def _known(name: str, names: Collection[str]) -> str:
    if name not in names:
        raise argparse.ArgumentTypeError(f"there is no {name}; there are {', '.join(names)}")
    return name


if __name__ == "__main__":
    sys.exit(main())
