"""Codes that open a reservation to a guest, and names as people write them."""

import pytest

from booking_svc.domain import access_codes


class TestIsSameName:
    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ("Lovelace", "LOVELACE"),
            ("Müller", "Muller"),
            ("Mu\u0308ller", "M\u00fcller"),
            ("Nuñez", "nunez"),
            ("Strauß", "STRAUSS"),
            ("O'Brien", "O\u2019brien"),
            ("Saint-Exupéry", "saint exupery"),
            ("Ørsted", "Orsted"),
            ("Łukasiewicz", "lukasiewicz"),
            ("李", "李"),
        ],
    )
    def test_overlooks_case_accents_and_what_stands_between(self, one, other):
        assert access_codes.is_same_name(one, other)

    @pytest.mark.parametrize(("one", "other"), [("Lovelace", "Love"), ("Müller", "Miller"), ("-", "'"), ("李", "王")])
    def test_tells_other_names_apart(self, one, other):
        assert not access_codes.is_same_name(one, other)


class TestCodes:
    def test_have_six_digits_and_differ(self):
        codes = {access_codes.new_code() for _ in range(50)}

        assert len(codes) > 40
        assert all(len(code) == 6 and code.isdigit() for code in codes)

    def test_are_kept_as_a_digest_that_fits_them_only(self):
        kept = access_codes.digest("123456")

        assert "123456" not in kept and kept.startswith("$argon2id$")
        assert access_codes.fits(kept, "123456")
        assert not access_codes.fits(kept, "123457")
        assert not access_codes.fits(access_codes.NO_CODE, "123456")
