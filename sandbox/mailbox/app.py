"""The mailbox over HTTP: mails to look at, and the provider of short messages: gunicorn 'sandbox.mailbox.app:web()'."""

import time
from typing import Any

from flask import Flask, Response, abort, jsonify, render_template, request

from sandbox.mailbox.settings import MailboxSettings
from sandbox.mailbox.store import Mail, Store

_LARGEST_BODY_BYTES = 16 * 1024
# What a mail says is shown, and nothing in it runs, loads or leads out.
_HARMLESS = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
_PARTS = {"text": "text/plain", "html": "text/html", "calendar": "text/calendar"}


def web(settings: MailboxSettings | None = None) -> Flask:
    """Return the view as a WSGI application."""
    settings = settings or MailboxSettings()
    store = Store(settings.folder)
    app = Flask("sandbox.mailbox", root_path=__file__.rpartition("/")[0])
    app.config["MAX_CONTENT_LENGTH"] = _LARGEST_BODY_BYTES

    @app.get("/healthz")
    def healthz() -> Any:
        return {"status": "alive"}

    @app.get("/")
    def index() -> str:
        """Show every mail and short message to a person"""
        return render_template("index.html", mails=store.mails(), texts=store.texts())

    @app.get("/mails")
    def mails() -> Any:
        """List the mails, newest first; `?to=` names one address"""
        return jsonify([_summary(mail) for mail in store.mails(to=request.args.get("to"))])

    @app.get("/mails/<name>")
    def mail(name: str) -> Any:
        """Show one mail with its headers and parts"""
        found = _found(store, name)
        headers = {key.lower(): str(value) for key, value in found.message.items()}
        return {**_summary(found), "headers": headers, **{key: found.part(kind) for key, kind in _PARTS.items()}}

    @app.get("/mails/<name>/<part>")
    def part(name: str, part: str) -> Response:
        """Show a part as it is: text, html or calendar; raw is all of it"""
        found = _found(store, name)
        kind = _PARTS.get(part, "text/plain")
        content = found.message.as_string() if part == "raw" else part in _PARTS and found.part(kind)
        if not isinstance(content, str):
            abort(404)
        answer = Response(content, content_type=f"{kind}; charset=utf-8")
        answer.headers["Content-Security-Policy"] = _HARMLESS
        answer.headers["X-Content-Type-Options"] = "nosniff"
        return answer

    @app.get("/sms")
    def texts() -> Any:
        """List the short messages, newest first; `?to=` names one number"""
        return jsonify(store.texts(to=request.args.get("to")))

    @app.post("/sms")
    def send() -> Any:
        """
        Take a short message `{to, text}` with an Idempotency-Key; the same key is the same message.

        A number that ends in 0001 is refused, one in 0002 is slow, one in 0003 fails twice.
        """
        body, key = request.get_json(), request.headers.get("Idempotency-Key", "")
        to, text = str(body["to"]), str(body["text"])
        if not key or not to.startswith("+"):
            return {"error": "an Idempotency-Key and a number that begins with + are needed"}, 400
        if to.endswith("0001"):
            return {"error": "no such number"}, 422
        if to.endswith("0002"):
            time.sleep(settings.slow_seconds)
        if to.endswith("0003") and key.isalnum() and store.tries(f"sms{key}") <= 2:
            return {"error": "try again later"}, 503
        return {"id": store.file_text(key=key, to=to, text=text)}, 202

    return app


def _found(store: Store, name: str) -> Mail:
    return store.mail(name) or abort(404)


def _summary(mail: Mail) -> dict[str, Any]:
    return {
        "id": mail.name,
        "to": mail.recipient,
        "subject": str(mail.message["Subject"]),
        "messageId": str(mail.message["Message-ID"]),
        "receivedAt": mail.received_at.isoformat(),
    }
