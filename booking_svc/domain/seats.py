"""Finds free seats like one that is no longer free."""

from collections.abc import Collection

from common.contracts.seat_map import Seat, SeatMap


def nearest_free(*, seat_map: SeatMap, asked: str, taken: Collection[str], count: int) -> list[str]:
    """
    Return the numbers of up to `count` free seats like the one asked for, the best first.

    Alike means in the same cabin, because another cabin has another fare. Seats of the same position (window,
    middle, aisle) come first, then the nearest row, then the same side. The list is short or empty when the
    cabin has no more, and empty when this map has no seat `asked`.
    """
    wanted = seat_map.find(asked)
    if wanted is None or count < 1:
        return []
    occupied = {asked, *taken}
    free = (seat for seat in seat_map.seats() if seat.cabin == wanted.cabin and seat.number not in occupied)

    def unlikeness(seat: Seat) -> tuple[bool, int, int, int]:
        return (
            seat.position != wanted.position,
            abs(seat.row - wanted.row),
            abs(ord(seat.letter) - ord(wanted.letter)),
            seat.row,
        )

    return [seat.number for seat in sorted(free, key=unlikeness)[:count]]
