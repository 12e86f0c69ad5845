"""The internal endpoints by which a service states its messages, and its other books if it has any."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import flask
from flask.views import MethodView
from marshmallow import fields, validate

from common import audit
from common.api import ServiceBlueprint
from common.auth import caller, for_operators
from common.consumer import Handlers
from common.contracts.statements import READERS, Statement
from common.contracts.subscriptions import SERVICES
from common.db import Database
from common.fields import Schema
from common.statements import messages

MOST = 500
#: Makes a page of a book: `(*, after, limit)`, where `after` is the last number of the page before.
Book = Callable[..., Sequence[Statement]]


def kept_in(database: Database, use_case: Callable[..., Sequence[Statement]]) -> Book:
    """Return the book whose pages `use_case(session, *, after, limit)` makes."""
    return lambda *, after, limit: database.read(use_case, after=after, limit=limit)


class PageSchema(Schema):
    after = fields.Integer(
        load_default=0, validate=validate.Range(0, 2**62), metadata={"description": "last number of the page before"}
    )
    limit = fields.Integer(load_default=MOST, validate=validate.Range(1, MOST))


class StatedEventSchema(Schema):
    event_id = fields.UUID(required=True)
    type = fields.String(required=True, validate=validate.Length(1, 60))
    version = fields.Integer(required=True, validate=validate.Range(1, 1000))


class PublishedEventSchema(StatedEventSchema):
    number = fields.Integer(attribute="id")


class MessagesSchema(Schema):
    unpublished = fields.Integer()
    oldest_seconds = fields.Float(metadata={"description": "for so long the oldest of them waits"})
    parked = fields.Integer()
    newest = fields.Integer(metadata={"description": "number of the newest event"})
    published = fields.List(fields.Nested(PublishedEventSchema))


class PastSchema(PageSchema):
    to = fields.String(required=True, validate=validate.OneOf(SERVICES), metadata={"description": "who heard them"})
    # Databases cannot count to every year there is.
    since = fields.AwareDateTime(
        required=True,
        default_timezone=UTC,
        validate=validate.Range(datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)),
    )


class PastEventSchema(Schema):
    number = fields.Integer()
    body = fields.Dict()


class HeardQuestionSchema(Schema):
    events = fields.List(fields.Nested(StatedEventSchema), required=True, validate=validate.Length(1, MOST))


class HeardAnswerSchema(Schema):
    unheard = fields.List(fields.UUID(), metadata={"description": "of those asked about, what is not applied yet"})


def statements_blueprint(
    service: str, *, database: Database, handlers: Handlers, books: Mapping[str, Book] | None = None
) -> ServiceBlueprint:
    """
    Return the endpoints by which a service makes its statements to the auditor.

    `handlers` are what it hears and who applies it, `books` what it keeps besides messages.
    """
    blueprint = ServiceBlueprint("statements", __name__, description=f"The books of {service}_svc, for the auditor")
    names = {event.routing_key(): [function.__name__ for function in found] for event, found in handlers.items()}

    @blueprint.route("/statements/messages")
    class Messages(MethodView):
        @for_operators
        @blueprint.arguments(PageSchema, location="query")
        @blueprint.response(200, MessagesSchema)
        def get(self, query: dict[str, Any]) -> Any:
            """State what was published after a number, and what waits (operators)"""
            return {
                **database.read(messages.waiting),
                "newest": database.read(messages.newest),
                "published": database.read(messages.published, **query),
            }

    @blueprint.route("/statements/events")
    class Events(MethodView):
        @for_operators
        @blueprint.arguments(PastSchema, location="query")
        @blueprint.response(200, PastEventSchema(many=True))
        def get(self, query: dict[str, Any]) -> Any:
            """State what was published for a service that was restored, personal data too (operators)"""
            asked = audit.acted(
                messages.past,
                by=caller(),
                act="state past events",
                subject=f"{query['to']}_svc",
                correlation_id=flask.g.correlation_id,
            )
            return database.write(asked, exchange=f"{service}.events", **query)

    @blueprint.route("/statements/heard")
    class Heard(MethodView):
        @for_operators
        @blueprint.arguments(HeardQuestionSchema)
        @blueprint.response(200, HeardAnswerSchema)
        def post(self, body: dict[str, Any]) -> Any:
            """State which of these events were not applied here yet (operators)"""
            return {"unheard": database.read(messages.unheard, events=body["events"], handlers=names)}

    for name, book in (books or {}).items():
        _add(blueprint, name, book)
    return blueprint


def _add(blueprint: ServiceBlueprint, name: str, book: Book) -> None:
    class Page(MethodView):
        @for_operators
        @blueprint.arguments(PageSchema, location="query")
        @blueprint.response(200)
        def get(self, query: dict[str, Any]) -> Any:
            return flask.jsonify(READERS[name].dump_python(list(book(**query)), by_alias=True, exclude_none=True))

    Page.get.__doc__ = f"State a page of the {name} (operators)"
    blueprint.route(f"/statements/{name}", endpoint=f"statements-{name}")(Page)
