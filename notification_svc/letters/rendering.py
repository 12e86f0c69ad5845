"""Letters from their templates, in the reader's language: subject, text, HTML, calendar, short message."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from notification_svc.domain.messages import Kind
from notification_svc.letters.airports import name_of
from notification_svc.letters.calendars import calendar
from notification_svc.letters.catalogues import translations
from notification_svc.letters.formats import Formats, zone_of_journey
from notification_svc.letters.words import CALENDAR, reason

TEMPLATES = Path(__file__).parent / "templates"
#: Letters about flights, which come with a calendar file.
WITH_CALENDAR = {Kind.CONFIRMATION, Kind.DELAYED, Kind.CANCELLED, Kind.DEPARTURE_CANCELLED}
_BLOCKS = ("subject", "opening", "details", "short")


@dataclass(frozen=True, kw_only=True)
class Rendered:
    """A letter as it is read; `calendar` and `short` are None where it has none."""

    subject: str
    text: str
    html: str
    calendar: str | None
    short: str | None


def render(kind: Kind, *, language: str, content: Mapping[str, Any]) -> Rendered:
    """
    Return a letter.

    A template of a kind is plain text in blocks; two layouts make a text and an HTML page of them. The page escapes
    all of it, so that a name with markup in it is a name with markup in it.
    """
    segments = list(content.get("segments", ()))
    environment = _environment(language, zone_of_journey(segments))
    told = {**content, "segments": segments, "kind": kind}
    template = environment.get_template(f"{kind}.txt")
    context = template.new_context(told)
    blocks = {name: "".join(template.blocks[name](context)) for name in _BLOCKS if name in template.blocks}
    page = {
        **told,
        "subject": " ".join(blocks["subject"].split()),
        "opening": _paragraphs(blocks["opening"]),
        "details": _paragraphs(blocks.get("details", "")),
        "language": language,
    }
    words = {name: translations(language).gettext(text) for name, text in CALENDAR.items()}
    return Rendered(
        subject=page["subject"],
        text=environment.get_template("layout.txt").render(page).strip() + "\n",
        html=environment.get_template("layout.html").render(page),
        calendar=calendar({**content, "segments": segments}, words=words) if kind in WITH_CALENDAR else None,
        short=" ".join(blocks["short"].split()) if "short" in blocks else None,
    )


def _paragraphs(text: str) -> list[list[str]]:
    """Return the lines of each paragraph; paragraphs have an empty line between them."""
    lines = [line.strip() for line in text.strip().splitlines()]
    return [part.split("\n") for part in "\n".join(lines).split("\n\n") if part.strip()]


@cache
def _environment(language: str, zone: ZoneInfo) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=lambda name: bool(name and name.endswith(".html")),
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(Formats(language, zone).filters())
    environment.filters["airport"] = name_of
    environment.filters["words"] = lambda code: translations(language).gettext(reason(code))
    return environment
