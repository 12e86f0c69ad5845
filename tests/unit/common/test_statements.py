"""Statements cross the wire: what a service states, the auditor can read."""

from dataclasses import MISSING, fields
from typing import get_args

import pytest

from common.contracts.statements import READERS, ProviderStatement, Statement


class TestAStatement:
    def test_of_what_we_know_nothing_of_is_read_as_it_was_written(self):
        stray = [ProviderStatement(number=1, auth_id="pa_stray", ours=None, theirs="authorized 45000", agrees=False)]
        reader = READERS[ProviderStatement.BOOK]

        # As the endpoint writes it.
        written = reader.dump_python(stray, by_alias=True, exclude_none=True)

        assert reader.validate_python(written) == stray

    @pytest.mark.parametrize("kind", get_args(Statement))
    def test_can_do_without_whatever_may_be_nothing(self, kind):
        # A field that is None is left out on the wire; without a default, one such row would make its page unreadable.
        optional = [field for field in fields(kind) if "None" in str(field.type)]

        assert [field.name for field in optional if field.default is MISSING] == []
