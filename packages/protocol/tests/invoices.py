"""Invoices for the tests of this package: one by hand, and every one there can be."""

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from saldo_protocol import documents
from saldo_protocol.documents import Invoice, Line, Party, Payment, Settlement, VatTotal
from saldo_protocol.money import AMOUNT_MINOR_MAX

SELLER = Party(name="Zielnik Sp. z o.o.", tax_id="9991001004")
BUYER = Party(name="Łąka S.A.", tax_id="9993022016")


def payment(**overrides: Any) -> Payment:
    """A payment of 123.00, nothing settled."""
    return Payment(**({"external_id": "P1", "amount_minor": 12300, "due_on": dt.date(2026, 10, 15)} | overrides))


def settlement(**overrides: Any) -> Settlement:
    """A settlement of 23.00."""
    return Settlement(**({"external_id": "S1", "amount_minor": 2300, "settled_on": dt.date(2026, 10, 10)} | overrides))


def invoice(**overrides: Any) -> Invoice:
    """A sales invoice of 123.00 with one payment."""
    values = {
        "direction": "sales",
        "number": "FV/1",
        "issued_on": dt.date(2026, 10, 1),
        "seller": SELLER,
        "buyer": BUYER,
        "currency": "PLN",
        "net_minor": 10000,
        "vat_minor": 2300,
        "gross_minor": 12300,
        "payments": (payment(),),
    }
    return Invoice(**(values | overrides))


_amounts = st.integers(-AMOUNT_MINOR_MAX, AMOUNT_MINOR_MAX)
_texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
_one_line = st.characters(exclude_categories=("Cs", "Cc")) | st.characters(min_codepoint=0x80, max_codepoint=0x9F)
_names = st.text(_one_line, min_size=1, max_size=20)
_words = st.text(_one_line, max_size=20)
_ids = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=20)
_dates = st.dates()
_parties = st.builds(Party, name=_names, country=st.sampled_from(["PL", "DE"]), tax_id=_words, address=_texts)
_settlements = st.builds(Settlement, external_id=_ids, amount_minor=_amounts, settled_on=_dates)
_payments = st.builds(
    Payment,
    external_id=_ids,
    amount_minor=_amounts,
    due_on=_dates,
    form=st.sampled_from(["transfer", "cash", "other"]),
    settlements=st.lists(_settlements, max_size=3).map(tuple),
)
_lines = st.builds(Line, name=_texts, quantity=_words, unit=_words, net_minor=st.none() | _amounts, vat_rate=_words)
any_invoice: st.SearchStrategy[Invoice] = st.builds(
    documents.Invoice,
    direction=st.sampled_from(["sales", "purchase"]),
    number=_names,
    issued_on=_dates,
    seller=_parties,
    buyer=_parties,
    currency=st.sampled_from(["PLN", "EUR"]),
    net_minor=_amounts,
    vat_minor=_amounts,
    gross_minor=_amounts,
    payments=st.lists(_payments, max_size=3).map(tuple),
    type=st.sampled_from(["invoice", "correction"]),
    state=st.sampled_from(["approved", "cancelled"]),
    sold_on=st.none() | _dates,
    split_payment=st.booleans(),
    ksef_number=_words,
    vat=st.lists(st.builds(VatTotal, rate=_words, net_minor=_amounts, vat_minor=_amounts), max_size=3).map(tuple),
    lines=st.lists(_lines, max_size=3).map(tuple),
)
