"""The languages of letters: message catalogues, read from their .po files when they are first needed."""

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALES = Path(__file__).parent / "locales"
#: The language the templates are written in.
SOURCE = "en"


@cache
def translations(language: str) -> NullTranslations:
    """
    Return the texts of a language; English, which the templates are in, for one that there is no catalogue of.

    The catalogue is compiled here, in memory, so that nothing has to be built before a machine can send mail.
    """
    path = LOCALES / language / "LC_MESSAGES" / "messages.po"
    if language == SOURCE or not path.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
