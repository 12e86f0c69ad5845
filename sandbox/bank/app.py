"""The bank's HTTP interface and the factory a server starts it with: gunicorn 'sandbox.bank.app:web()'."""

from flask import Flask

from sandbox.bank import intake, problems
from sandbox.bank.acts import acts
from sandbox.bank.database import Database
from sandbox.bank.reads import reads
from sandbox.bank.settings import BankSettings, from_environment

_LARGEST_BODY_BYTES = 16 * 1024


def web(settings: BankSettings | None = None) -> Flask:
    """
    Return the bank as a WSGI application.

    :raises SettingsError: if no settings are given and the environment lacks them
    """
    settings = settings or from_environment()
    database = Database(settings.database)
    app = Flask("sandbox.bank")
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY_BYTES
    app.before_request(intake.refuse_card_numbers)
    problems.install(app)
    app.register_blueprint(reads(database))
    app.register_blueprint(acts(database, settings))
    return app
