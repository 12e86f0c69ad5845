"""What is written to travellers: SMTP has no keys, so a mail may come twice, and then says that it is the same."""

import re
import threading
import time
from uuid import uuid4

from tests.reliability.rest import Rest
from tests.reliability.scenes import SECONDS
from tests.reliability.scenes.bookings import end
from tests.reliability.traveller import Traveller
from tests.stack import Json, wait

# The mailbox reads all of its mails to find some: twenty scenes that look at once are more than it can answer.
_ASKING = threading.Lock()


def written_to(traveller: Traveller, rest: Rest) -> None:
    """Book, and find one confirmation in the mailbox, however often it came."""
    address = an_address()
    made = end(rest, traveller.reserve(contact={"email": address}), "confirmed")
    assert len(messages(traveller, address, f"Your flight is confirmed, {made['locator']}")) == 1


def opened_by_code(traveller: Traveller, rest: Rest) -> None:
    """Book, forget the token, have a code mailed, and open the reservation with it."""
    address = an_address()
    made = end(rest, traveller.reserve(contact={"email": address}), "confirmed")
    place = f"/reservations/{made['locator']}"
    traveller.send("booking", f"{place}/codes", {"lastName": "Lovelace-0"})
    for text in messages(traveller, address, "Your code").values():
        (code,) = re.findall(r"\b\d{6}\b", text)
    # Good once: whoever got no answer is refused the second time, and asks for another code.
    answer = traveller.send("booking", f"{place}/access", {"lastName": "Lovelace-0", "code": code}, or_refused=404)
    if "accessToken" in answer:
        assert traveller.look("booking", place, token=answer["accessToken"])["locator"] == made["locator"]


def sent_again(traveller: Traveller, rest: Rest) -> None:
    """Have an operator send a confirmation once more."""
    address = an_address()
    made = end(rest, traveller.reserve(contact={"email": address}), "confirmed")
    messages(traveller, address, "Your flight is confirmed")
    written = traveller.look("notification", f"/messages?reservation={made['locator']}", token=operator(traveller))
    path = f"/messages/{written[0]['name']}/redeliveries"
    traveller.send("notification", path, {}, token=operator(traveller), or_refused=409)


def messages(traveller: Traveller, address: str, subject: str) -> dict[str, str]:
    """Wait for a mail to an address whose subject begins so; return the texts of all such, by their Message-IDs."""

    def look() -> list[Json]:
        with _ASKING:
            time.sleep(0.5)
            found = traveller.look("mailbox", f"/mails?to={address}")
        return [mail for mail in found if mail["subject"].startswith(subject)]

    found = wait(look, what=f"a mail {subject!r} to {address}", seconds=SECONDS)
    with _ASKING:
        whole = [traveller.look("mailbox", f"/mails/{mail['id']}") for mail in found]
    return {mail["headers"]["message-id"]: mail["text"] for mail in whole}


def an_address() -> str:
    """Return an address nobody else writes to."""
    return f"ada-{uuid4().hex[:12]}@example.org"


def operator(traveller: Traveller) -> str:
    """Return the operators' token."""
    return traveller.stack.operator_token
