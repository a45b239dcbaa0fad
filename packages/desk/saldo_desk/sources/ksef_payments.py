"""The payments of an invoice: terms, instalments, what was paid at issue. Knows no totals."""

from datetime import date
from typing import NamedTuple

from saldo_desk.sources import amounts
from saldo_desk.sources.documents import ReadPayment, ReadSettlement, ReadWarning
from saldo_desk.sources.ksef_nodes import Node, amount, day, every, find, text

# TFormaPlatnosci of the schema.
FORMS = {
    "1": "cash",
    "2": "card",
    "3": "voucher",
    "4": "cheque",
    "5": "credit",
    "6": "transfer",
    "7": "mobile",
}
PAID_IN_FULL = "2"


class _Part(NamedTuple):
    paid_on: date
    amount_minor: int


def read_payments(
    fa: Node, *, invoice_type: str, due_amount_minor: int, currency: str, issued_on: date
) -> tuple[tuple[ReadPayment, ...], tuple[ReadWarning, ...]]:
    """The payments in order of their due dates, summing up to `due_amount_minor`, and what is odd.

    Several terms are instalments; the format gives them no amounts, so they get even shares.
    Without a term a paid invoice was due when it was paid, any other one on its day of issue. An
    invoice that was paid at issue has one payment. Parts paid go to the payments due first. An advance
    documents money received, so it is paid where it says nothing else; its correction, like all
    corrections, carries a difference that is open until it is said to be paid.

    Source: `Platnosc` of the schema; what is paid there is the state at issue. Art. 106b ust. 1 pkt 4 and
    106f of the VAT Act for advances.
    """
    if due_amount_minor == 0:
        return (), ()
    warnings: list[ReadWarning] = []
    received = invoice_type == "advance" and _says_nothing_of_payment(fa)
    if received:
        parts = _received(fa, due_amount_minor, currency, issued_on, warnings)
    else:
        parts = _parts_paid(fa, due_amount_minor, currency, warnings)
    paid_whole_on = day(fa, "Platnosc/DataZaplaty")
    due_dates, assumed = ([parts[-1].paid_on], False) if received else _due_dates(fa, parts, issued_on, warnings)
    if paid_whole_on is not None:
        due_dates = due_dates[-1:]
    form = FORMS.get(text(fa, "Platnosc/FormaPlatnosci"), "other")
    paid = _spread(parts, amounts.shares(due_amount_minor, count=len(due_dates)))
    if len(due_dates) > 1:
        warnings.append(ReadWarning("instalment_amounts_assumed", (("count", str(len(due_dates))),)))
    payments: list[ReadPayment] = []
    for share, due_on, settlements in zip(
        amounts.shares(due_amount_minor, count=len(due_dates)), due_dates, paid, strict=True
    ):
        if share == 0:
            continue  # more instalments than minor units: nothing falls due on the early days
        payments.append(ReadPayment(len(payments) + 1, share, due_on, form, assumed, tuple(settlements)))
    _remark_odd_days(payments, issued_on, warnings)
    return tuple(payments), tuple(warnings)


def term_in_words(fa: Node) -> str:
    """What the terms of payment say in words, besides or instead of their dates."""
    words = (_words(term) for term in every(fa, "Platnosc/TerminPlatnosci"))
    return "; ".join(dict.fromkeys(each for each in words if each))


def _words(term: Node) -> str:
    """FA(3) has three parts: a number, a unit and what it counts from; FA(2) one text."""
    parts = (text(term, f"TerminOpis/{name}") for name in ("Ilosc", "Jednostka", "ZdarzeniePoczatkowe"))
    return " ".join(part for part in parts if part) or text(term, "TerminOpis")


def _says_nothing_of_payment(fa: Node) -> bool:
    named = ("TerminPlatnosci", "DataZaplaty", "ZaplataCzesciowa")
    return all(find(fa, f"Platnosc/{name}") is None for name in named)


def _received(
    fa: Node, due_amount_minor: int, currency: str, issued_on: date, warnings: list[ReadWarning]
) -> list[_Part]:
    """The money that an advance documents: its parts with their days, or all of it on the day it came."""
    parts = []
    for node in every(fa, "ZaliczkaCzesciowa"):
        paid_on, amount_minor = day(node, "P_6Z"), amount(node, "P_15Z", currency=currency)
        assert paid_on is not None and amount_minor is not None, "the schema requires both"
        parts.append(_Part(paid_on, amount_minor))
    add_up = sum(part.amount_minor for part in parts) == due_amount_minor
    if parts and add_up and all(part.amount_minor * due_amount_minor > 0 for part in parts):
        return sorted(parts)
    paid_on = day(fa, "P_6") or max((part.paid_on for part in parts), default=issued_on)
    warnings.append(ReadWarning("advance_taken_as_paid", (("paid_on", paid_on.isoformat()),)))
    return [_Part(paid_on, due_amount_minor)]


def _due_dates(fa: Node, parts: list[_Part], issued_on: date, warnings: list[ReadWarning]) -> tuple[list[date], bool]:
    terms = list(every(fa, "Platnosc/TerminPlatnosci"))
    dated = sorted(due_on for term in terms if (due_on := day(term, "Termin")) is not None)
    for term in terms:
        if day(term, "Termin") is None and find(term, "TerminOpis") is not None:
            warnings.append(ReadWarning("term_in_words", (("term", _words(term)),)))
    if dated:
        return dated, False
    paid_whole_on = day(fa, "Platnosc/DataZaplaty")
    if paid_whole_on is not None:
        return [paid_whole_on], False
    if parts and text(fa, "Platnosc/ZnacznikZaplatyCzesciowej") == PAID_IN_FULL:
        return [parts[-1].paid_on], False
    warnings.append(ReadWarning("due_date_assumed", (("due_on", issued_on.isoformat()),)))
    return [issued_on], True


def _parts_paid(fa: Node, due_amount_minor: int, currency: str, warnings: list[ReadWarning]) -> list[_Part]:
    """What was paid, oldest first, never more in all than is due."""
    paid_whole_on = day(fa, "Platnosc/DataZaplaty")
    if paid_whole_on is not None:
        return [_Part(paid_whole_on, due_amount_minor)]
    parts = []
    for node in every(fa, "Platnosc/ZaplataCzesciowa"):
        paid_on = day(node, "DataZaplatyCzesciowej")
        amount_minor = amount(node, "KwotaZaplatyCzesciowej", currency=currency)
        assert paid_on is not None and amount_minor is not None, "the schema requires both"
        if amount_minor * due_amount_minor <= 0:
            shown = amounts.to_text(amount_minor, currency=currency)
            warnings.append(ReadWarning("part_paid_ignored", (("amount", shown),)))
            continue
        parts.append(_Part(paid_on, amount_minor))
    parts.sort()
    kept, excess_minor = _at_most(parts, due_amount_minor)
    if excess_minor:
        shown = amounts.to_text(excess_minor, currency=currency)
        warnings.append(ReadWarning("paid_more_than_due", (("excess", shown),)))
    in_full = text(fa, "Platnosc/ZnacznikZaplatyCzesciowej") == PAID_IN_FULL
    left_minor = due_amount_minor - sum(part.amount_minor for part in kept)
    if in_full and left_minor:
        shown = amounts.to_text(left_minor, currency=currency)
        warnings.append(ReadWarning("paid_less_than_stated", (("left", shown),)))
    return kept


def _at_most(parts: list[_Part], limit_minor: int) -> tuple[list[_Part], int]:
    """The parts cut off at the limit, and what went beyond it."""
    kept: list[_Part] = []
    left_minor = limit_minor
    excess_minor = 0
    for part in parts:
        taken_minor = _smaller(part.amount_minor, left_minor)
        if taken_minor:
            kept.append(part._replace(amount_minor=taken_minor))
        left_minor -= taken_minor
        excess_minor += part.amount_minor - taken_minor
    return kept, excess_minor


def _spread(parts: list[_Part], due: tuple[int, ...]) -> list[list[ReadSettlement]]:
    """Each part over the payments in their order, filling one before the next."""
    left = list(due)
    paid: list[list[ReadSettlement]] = [[] for _ in due]
    for part in parts:
        rest_minor = part.amount_minor
        for at in range(len(due)):
            taken_minor = _smaller(rest_minor, left[at])
            if taken_minor:
                paid[at].append(ReadSettlement(taken_minor, part.paid_on))
                left[at] -= taken_minor
                rest_minor -= taken_minor
        assert rest_minor == 0, "parts were cut off at the amount due"
    return paid


def _smaller(one_minor: int, other_minor: int) -> int:
    """The one nearer to zero; both have the same sign, or one is zero."""
    return min(one_minor, other_minor, key=abs)


def _remark_odd_days(payments: list[ReadPayment], issued_on: date, warnings: list[ReadWarning]) -> None:
    for payment in payments:
        paid_on = max((settlement.settled_on for settlement in payment.paid), default=None)
        if payment.due_on < issued_on and payment.due_on != paid_on:
            warnings.append(ReadWarning("due_before_issue", (("due_on", payment.due_on.isoformat()),)))
        if paid_on is not None and paid_on > issued_on:
            warnings.append(ReadWarning("paid_after_issue", (("paid_on", paid_on.isoformat()),)))
