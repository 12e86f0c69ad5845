"""Endpoints of payment_svc: parse, call one function, present."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import g, url_for
from flask.views import MethodView

from common import audit
from common.api import ServiceBlueprint
from common.auth import BEARER, Role, Scope, allowed, bearer, caller, for_operators
from common.idempotency import HEADER, once
from payment_svc import schemas
from payment_svc.models import Payment, database
from payment_svc.service import access, paying, wallets

T = TypeVar("T")

blueprint = ServiceBlueprint("payment", __name__, description="Payments, refunds and wallets")


@blueprint.route("/payments")
class Payments(MethodView):
    @blueprint.arguments(schemas.PaymentRequestSchema)
    @blueprint.response(202, schemas.PaymentSchema)
    @blueprint.doc(parameters=[HEADER], security=BEARER)
    @blueprint.alt_response(404, description="There is no such reservation, or it is not yours")
    @blueprint.alt_response(409, description="The reservation takes no payment, or no longer")
    def post(self, body: dict[str, Any]) -> Any:
        """Pay a held reservation that is yours; follow `Location` until the payment is authorized or failed"""
        pay = _noted(paying.pay_later, "pay reservation", f"reservation {body['locator']}")
        return once(database, pay, present=_asked, caller=caller(), token=bearer(), **body)


@blueprint.route("/payments/<auth_id>")
class PaymentByName(MethodView):
    @blueprint.doc(security=BEARER)
    @blueprint.response(200, schemas.PaymentSchema)
    def get(self, auth_id: str) -> Payment:
        """Show a payment to whose reservation it is for (the access token as bearer token)"""
        return database.read(access.payment, caller=caller(), auth_id=auth_id, token=bearer())


@blueprint.route("/payments/<auth_id>/refunds")
class Refunds(MethodView):
    @for_operators
    @blueprint.arguments(schemas.RefundRequestSchema)
    @blueprint.response(202, schemas.RefundSchema)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.alt_response(409, description="There is no captured money left to give back")
    def post(self, body: dict[str, Any], auth_id: str) -> Any:
        """Give captured money back, all of it or a part (operators)"""
        return once(
            database,
            _noted(paying.request_refund, "refund payment", f"payment {auth_id}", reason=body["reason"]),
            present=lambda refund: (schemas.RefundSchema().dump(refund), 202, {}),
            auth_id=auth_id,
            amount=body.get("amount"),
            reason=body["reason"],
        )


@blueprint.route("/wallets")
class Wallets(MethodView):
    @allowed(Role.TRAVELLER, Role.AGENT, Role.OPERATOR, Role.ADMIN, Role.SERVICE, scope=Scope.PAYMENTS_WRITE)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.arguments(schemas.WalletRequestSchema)
    @blueprint.response(201, schemas.WalletSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Open an empty wallet of your own; its token pays"""
        return once(
            database,
            wallets.open_wallet,
            present=lambda wallet: (schemas.WalletSchema().dump(wallet), 201, {}),
            owner=caller().name,
            **body,
        )


@blueprint.route("/wallets/<token>")
class WalletByToken(MethodView):
    @blueprint.doc(security=BEARER)
    @blueprint.response(200, schemas.WalletSchema)
    def get(self, token: str) -> Any:
        """Show a wallet to who opened it"""
        return database.read(access.wallet, caller=caller(), token=token)


@blueprint.route("/wallets/<token>/deposits")
class Deposits(MethodView):
    @for_operators
    @blueprint.arguments(schemas.DepositSchema)
    @blueprint.response(200, schemas.WalletSchema)
    def post(self, body: dict[str, Any], token: str) -> Any:
        """Put money into a wallet (operators); the same `reference` again changes nothing"""
        # Who has a wallet's token may pay with it, so that the log names the end of it only.
        deposit = _noted(wallets.deposit, "deposit into wallet", f"wallet ...{token[-6:]}", reason=body["reference"])
        return database.write(deposit, token=token, **body)


def _noted(use_case: Callable[..., T], act: str, subject: str, *, reason: str | None = None) -> Callable[..., T]:
    by, correlation_id = caller(), g.correlation_id
    return audit.acted(use_case, by=by, act=act, subject=subject, correlation_id=correlation_id, reason=reason)


def _asked(payment: Payment) -> tuple[Any, int, dict[str, str]]:
    place = url_for(".PaymentByName", auth_id=payment.auth_id)
    return schemas.PaymentSchema().dump(payment), 202, {"Location": place}
