"""Calendar files (RFC 5545): an event for each flight, in the time zones of its airports."""

from datetime import date, datetime
from typing import Any

from icalendar import Calendar, Event, vCalAddress

from notification_svc.letters.airports import name_of, zone_of
from notification_svc.letters.formats import instant

_ORGANIZER = "no-reply@aerosaga.example"


def calendar(content: dict[str, Any], *, words: dict[str, str]) -> str:
    """
    Return the flights of a letter as a calendar.

    Each has the same UID in every letter, so that a newer file changes the event instead of adding one; its SEQUENCE
    counts the changes. Flights that do not fly any more are cancelled. `words` has "flight" and "seats" in the reader's
    language.
    """
    found = Calendar()
    found.add("prodid", "-//Aerosaga//notification//EN")
    found.add("version", "2.0")
    found.add("method", "CANCEL" if all(segment["cancelled"] for segment in content["segments"]) else "PUBLISH")
    for segment in content["segments"]:
        found.add_component(_event(segment, content, words))
    # The rules of these years are enough; those of every year since 1970 would be most of the file.
    years = [instant(segment["departsAt"]).year for segment in content["segments"]]
    found.add_missing_timezones(first_date=date(min(years), 1, 1), last_date=date(max(years) + 1, 12, 31))
    written: bytes = found.to_ical()
    return written.decode()


def _event(segment: dict[str, Any], content: dict[str, Any], words: dict[str, str]) -> Event:
    event = Event()
    flight = f"{segment['airline']} {segment['flightNumber']}"
    event.add("uid", f"{content['locator']}-{segment['departureId']}@aerosaga.example")
    event.add("dtstamp", instant(content["writtenAt"]))
    event.add("dtstart", _local(segment["departsAt"], segment["origin"]))
    event.add("dtend", _local(segment["arrivesAt"], segment["destination"]))
    event.add("summary", f"{words['flight']} {flight} {segment['origin']} - {segment['destination']}")
    event.add("location", name_of(segment["origin"]))
    event.add("description", f"{content['locator']}, {words['seats']} {', '.join(segment['seats'])}")
    event.add("sequence", segment["sequence"])
    event.add("status", "CANCELLED" if segment["cancelled"] else "CONFIRMED")
    event.add("organizer", vCalAddress(f"mailto:{_ORGANIZER}"))
    return event


def _local(at: str | datetime, airport: str) -> datetime:
    return instant(at).astimezone(zone_of(airport))
