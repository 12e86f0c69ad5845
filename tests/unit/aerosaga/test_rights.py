"""The page of who may do what is made from its table."""

from aerosaga import rights


def test_the_page_is_what_the_table_says():
    assert rights.PAGE.read_text("utf-8") == rights.page(), "`python -m aerosaga.rights` writes it anew"


def test_the_table_knows_four_words():
    _, table = rights.load()

    assert {word for rows in table.values() for words in rows.values() for word in words.values()} == {
        *("yes", "401"),
        *("403", "404"),
    }
