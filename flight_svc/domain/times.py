"""Turns the local clock times of a timetable into instants, right across time zones and daylight saving time."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)")


def flight_times(
    *, day: date, departs: str, arrives: str, origin_zone: str, destination_zone: str
) -> tuple[datetime, datetime]:
    """
    Return when a flight departs and arrives, in UTC.

    `day` is the local date of departure; `departs` and `arrives` are "HH:MM" on the clocks of the two airports,
    whose IANA time zones are `origin_zone` and `destination_zone`.

    :raises ValueError: if a clock time or a time zone cannot be read, or an instant lies outside the years 1 to 9999
    """
    try:
        departs_at = departure_time(day=day, clock=departs, zone=origin_zone)
        return departs_at, arrival_time(departs_at=departs_at, clock=arrives, zone=destination_zone)
    except OverflowError:
        raise ValueError(f"a flight on {day} would leave the calendar") from None


def departure_time(*, day: date, clock: str, zone: str) -> datetime:
    """
    Return the instant, in UTC, at which the clocks in `zone` show `clock` ("HH:MM") on `day`.

    A time that the clocks skip in spring moves forward by the gap (02:30 becomes 03:30); of a time that they
    show twice in autumn the first is meant.

    :raises ValueError: if `clock` or `zone` cannot be read
    """
    return _instants(day, _clock(clock), _zone(zone))[0]


def instant_of(local: str, *, zone: str) -> datetime:
    """
    Return the instant, in UTC, that a local time such as "2026-12-01T09:15" is.

    One that carries an offset ("2026-12-01T09:15-05:00") is an instant by itself; one without is what the clocks in
    `zone` show, as in `departure_time`.

    :raises ValueError: if it cannot be read, or lies outside the years 1 to 9999
    """
    try:
        moment = datetime.fromisoformat(local)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
        return _instants(moment.date(), moment.time(), _zone(zone))[0]
    except OverflowError:
        raise ValueError(f"{local!r} would leave the calendar") from None


def arrival_time(*, departs_at: datetime, clock: str, zone: str) -> datetime:
    """
    Return the first instant after `departs_at`, in UTC, at which the clocks in `zone` show `clock` ("HH:MM").

    It may be on a later local date than the departure, or on an earlier one across the date line. A time
    that the clocks skip moves forward by the gap.

    :raises ValueError: if `clock` or `zone` cannot be read, or `departs_at` has no time zone
    """
    at, there = _clock(clock), _zone(zone)
    day = _aware(departs_at).astimezone(there).date()
    # The wall clock shows every time at least once in two days, whatever daylight saving time does.
    instants = (instant for offset in range(3) for instant in _instants(day + timedelta(days=offset), at, there))
    return next(instant for instant in instants if instant > departs_at)


def duration_minutes(*, departs_at: datetime, arrives_at: datetime) -> int:
    """Return the whole minutes between two instants, whatever their time zones."""
    return int((_aware(arrives_at) - _aware(departs_at)).total_seconds() // 60)


def local_iso(utc: datetime, zone: str) -> str:
    """
    Return an instant as the local time in `zone`, to the second: "2026-12-01T08:30:00-05:00".

    :raises ValueError: if `utc` has no time zone or `zone` is not known
    """
    return _aware(utc).astimezone(_zone(zone)).isoformat(timespec="seconds")


def _instants(day: date, clock: time, zone: ZoneInfo) -> list[datetime]:
    local = datetime.combine(day, clock, tzinfo=zone)
    first, second = local.astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    # Fold 1 is a later instant only where the clocks show the time twice; where they skip it, fold 0 is the
    # time moved forward by the gap and fold 1 the time moved back.
    return [first, second] if second > first else [first]


def _clock(text: str) -> time:
    match = _CLOCK.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a time of day; write it as HH:MM, from 00:00 to 23:59")
    return time(int(match[1]), int(match[2]))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    # A name that is a directory of the time zone database, such as "America", is an OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is not a known time zone; use an IANA name such as America/New_York") from error


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone, so it is not an instant; give it in UTC")
    return moment
