"""The audit log: a privileged act and its entry stay together, or neither does."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from common import audit
from common.columns import now
from common.errors import Conflict
from tests.callers import ANONYMOUS, INSTALLATION, a_service, a_traveller, an_agent, an_operator


def acted(by, use_case=lambda session: session.scalar(select(now())) and "done", **more):
    facts = {"act": "refund payment", "subject": "payment pa_789", "correlation_id": uuid4()} | more
    return audit.acted(use_case, by=by, **facts)


@pytest.mark.parametrize("by", [an_agent("AA"), an_operator(), INSTALLATION, a_service()], ids=lambda by: by.role)
def test_an_act_by_a_right_that_travellers_do_not_have_is_noted_with_who_and_why(either, by):
    assert either.write(acted(by, reason="asked by phone")) == "done"

    (entry,) = either.read(audit.entries)
    assert (entry["actor"], entry["role"], entry["act"], entry["subject"], entry["reason"]) == (
        *(by.name, by.role, "refund payment", "payment pa_789"),
        "asked by phone",
    )


@pytest.mark.parametrize("by", [ANONYMOUS, a_traveller()], ids=lambda by: by.role)
def test_what_travellers_do_with_their_own_is_not_noted(either, by):
    assert either.write(acted(by)) == "done"
    assert either.read(audit.entries) == []


def test_what_is_noted_keeps_the_name_of_its_use_case_for_who_watches_transactions():
    def refund(session):
        return None

    assert acted(INSTALLATION, refund).__name__ == "refund"


def test_the_subject_may_be_told_from_what_was_made(either):
    either.write(acted(INSTALLATION, lambda session: "K7Q2ZD", subject=lambda made: f"reservation {made}"))

    assert either.read(audit.entries)[0]["subject"] == "reservation K7Q2ZD"


def test_what_is_refused_is_not_noted(either):
    def refuse(session):
        raise Conflict("Not now.")

    with pytest.raises(Conflict):
        either.write(acted(INSTALLATION, refuse))

    assert either.read(audit.entries) == []
