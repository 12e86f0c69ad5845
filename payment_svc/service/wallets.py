"""Wallets: money kept for somebody, moved only together with a line in the ledger."""

from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from common.columns import now
from common.db import changed
from common.money import Money
from payment_svc.domain import PaymentNotFound, WrongShare, new_wallet_token
from payment_svc.models import Wallet, WalletEntry


def open_wallet(session: Session, *, owner: str, currency: str) -> Wallet:
    """Open an empty wallet. Its token pays, and whoever has it may; only its `owner` and operators may look into it."""
    wallet = Wallet(
        token=new_wallet_token(), owner=owner, currency=currency, available_minor=0, held_minor=0, created_at=now()
    )
    session.add(wallet)
    session.flush()
    session.refresh(wallet)  # for the time the database set
    return wallet


def find_wallet(session: Session, *, token: str) -> Wallet:
    """
    Return a wallet by its token.

    :raises PaymentNotFound: if there is none
    """
    wallet = session.scalar(select(Wallet).where(Wallet.token == token))
    if wallet is None:
        raise PaymentNotFound("There is no such wallet.")
    return wallet


def deposit(session: Session, *, token: str, amount: Any, currency: str, reference: str) -> Wallet:
    """
    Put money into a wallet; the same `reference` a second time changes nothing.

    :raises PaymentNotFound: if there is no such wallet
    :raises WrongShare: if the amount is not positive or not in the wallet's currency
    """
    wallet = find_wallet(session, token=token)
    money = Money.of(amount, currency)
    if money.minor <= 0 or currency != wallet.currency:
        raise WrongShare(f"A deposit is more than nothing, and in the wallet's currency, {wallet.currency}.")
    if not _known(session, wallet, "deposit", reference):
        _move(session, wallet, act="deposit", cause=reference, minor=money.minor, available=money.minor)
    session.refresh(wallet)
    return wallet


def hold(session: Session, *, token: str, cause: str, money: Money) -> str | None:
    """Set money of a wallet aside for the payment `cause`; return None, or why it cannot be."""
    wallet = session.scalar(select(Wallet).where(Wallet.token == token))
    if wallet is None:
        return "unknown_wallet"
    if wallet.currency != money.currency:
        return "wrong_currency"
    # One conditional statement decides: two payments at once cannot both spend the last money.
    done = _move(session, wallet, act="hold", cause=cause, minor=money.minor, available=-money.minor, held=money.minor)
    return None if done else "insufficient_funds"


def release(session: Session, *, token: str, cause: str, money: Money) -> None:
    """Make money that was set aside for `cause` available again."""
    _move_held(session, token=token, act="release", cause=cause, money=money, available=money.minor)


def capture(session: Session, *, token: str, cause: str, money: Money) -> None:
    """Take money that was set aside for `cause`."""
    _move_held(session, token=token, act="capture", cause=cause, money=money, available=0)


def refund(session: Session, *, token: str, cause: str, money: Money) -> None:
    """Give captured money back; `cause` names the refund, so that each is given once."""
    wallet = find_wallet(session, token=token)
    if not _known(session, wallet, "refund", cause):
        _move(session, wallet, act="refund", cause=cause, minor=money.minor, available=money.minor)


def _move_held(session: Session, *, token: str, act: str, cause: str, money: Money, available: int) -> None:
    wallet = find_wallet(session, token=token)
    if not _known(session, wallet, act, cause):
        _move(session, wallet, act=act, cause=cause, minor=money.minor, available=available, held=-money.minor)


def _known(session: Session, wallet: Wallet, act: str, cause: str) -> bool:
    line = select(WalletEntry.id).where(
        WalletEntry.wallet_id == wallet.id, WalletEntry.act == act, WalletEntry.cause == cause
    )
    return session.scalar(line) is not None


def _move(
    session: Session, wallet: Wallet, *, act: str, cause: str, minor: int, available: int = 0, held: int = 0
) -> bool:
    """Change both balances and write the line; return False, with nothing done, if a balance would become negative."""
    moved = (
        update(Wallet)
        .where(Wallet.id == wallet.id, Wallet.available_minor + available >= 0, Wallet.held_minor + held >= 0)
        .values(available_minor=Wallet.available_minor + available, held_minor=Wallet.held_minor + held)
        .execution_options(synchronize_session=False)
    )
    if changed(session, moved) != 1:
        return False
    session.execute(insert(WalletEntry).values(wallet_id=wallet.id, act=act, cause=cause, amount_minor=minor, at=now()))
    return True
