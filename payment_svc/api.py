"""Endpoints of payment_svc: parse, call one function, present."""

from typing import Any

from flask import url_for
from flask.views import MethodView

from common.api import ServiceBlueprint
from common.auth import for_operators
from common.idempotency import HEADER, once
from payment_svc import schemas
from payment_svc.models import Payment, database
from payment_svc.service import paying, wallets

blueprint = ServiceBlueprint("payment", __name__, description="Payments, refunds and wallets")


@blueprint.route("/payments")
class Payments(MethodView):
    @blueprint.arguments(schemas.PaymentRequestSchema)
    @blueprint.response(202, schemas.PaymentSchema)
    @blueprint.doc(parameters=[HEADER])
    @blueprint.alt_response(409, description="The reservation takes no payment, or no longer")
    def post(self, body: dict[str, Any]) -> Any:
        """Pay a held reservation; follow `Location` until the payment is authorized or failed"""
        return once(database, paying.pay_later, present=_asked, **body)


@blueprint.route("/payments/<auth_id>")
class PaymentByName(MethodView):
    @blueprint.response(200, schemas.PaymentSchema)
    def get(self, auth_id: str) -> Payment:
        """Show a payment to whoever knows its name"""
        return database.read(paying.find, auth_id=auth_id)


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
            paying.request_refund,
            present=lambda refund: (schemas.RefundSchema().dump(refund), 202, {}),
            auth_id=auth_id,
            amount=body.get("amount"),
            reason=body["reason"],
        )


@blueprint.route("/wallets")
class Wallets(MethodView):
    @blueprint.doc(parameters=[HEADER])
    @blueprint.arguments(schemas.WalletRequestSchema)
    @blueprint.response(201, schemas.WalletSchema)
    def post(self, body: dict[str, Any]) -> Any:
        """Open an empty wallet; its token pays"""
        return once(
            database,
            wallets.open_wallet,
            present=lambda wallet: (schemas.WalletSchema().dump(wallet), 201, {}),
            **body,
        )


@blueprint.route("/wallets/<token>")
class WalletByToken(MethodView):
    @blueprint.response(200, schemas.WalletSchema)
    def get(self, token: str) -> Any:
        """Show a wallet to whoever knows its token"""
        return database.read(wallets.find_wallet, token=token)


@blueprint.route("/wallets/<token>/deposits")
class Deposits(MethodView):
    @for_operators
    @blueprint.arguments(schemas.DepositSchema)
    @blueprint.response(200, schemas.WalletSchema)
    def post(self, body: dict[str, Any], token: str) -> Any:
        """Put money into a wallet (operators); the same `reference` again changes nothing"""
        return database.write(wallets.deposit, token=token, **body)


def _asked(payment: Payment) -> tuple[Any, int, dict[str, str]]:
    place = url_for(".PaymentByName", auth_id=payment.auth_id)
    return schemas.PaymentSchema().dump(payment), 202, {"Location": place}
