"""The auditor leaves out every other round while nothing happens, and no more than that."""

import pytest

from auditor_svc.service.auditing import Rest


@pytest.fixture
def rest():
    return Rest()


def test_reads_on_until_a_round_was_quiet(rest):
    due = []
    for quiet in (False, False, True):
        due.append(rest.is_due())
        rest.note(quiet=quiet)

    assert due == [True, True, True]


def test_leaves_out_one_round_after_a_quiet_one(rest):
    rest.note(quiet=True)

    assert [rest.is_due(), rest.is_due(), rest.is_due()] == [False, True, True]


def test_leaves_out_none_after_a_round_that_found_something(rest):
    rest.note(quiet=True)
    rest.note(quiet=False)

    assert rest.is_due()
