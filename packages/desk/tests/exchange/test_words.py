"""Changes, outcomes and durations as people read them."""

from typing import Any

import pytest
from django.utils import translation

from saldo_desk.exchange.words import FIELDS, Changed, changes_in_words
from saldo_protocol import documents


def words(pointer: str, before: Any, after: Any, *, currency: str = "PLN") -> Changed:
    with translation.override("pl"):
        (said,) = changes_in_words([{"pointer": pointer, "from": before, "to": after}], currency=currency)
    return said


@pytest.mark.parametrize(
    ("pointer", "before", "after", "said"),
    [
        ("/state", "approved", "cancelled", ("Stan faktury", "zatwierdzona na stałe", "anulowana")),
        ("/gross_minor", 123456, -50, ("Brutto", "1\xa0234,56\xa0PLN", "−0,50\xa0PLN")),
        (
            "/payments/0/due_on",
            "2026-10-15",
            "2026-10-31",
            ("płatność 1, termin płatności", "2026-10-15", "2026-10-31"),
        ),
        ("/payments/1/form", "cash", "transfer", ("płatność 2, forma płatności", "gotówka", "przelew")),
        (
            "/payments/0/settlements/2",
            None,
            {"external_id": "S", "amount_minor": 2300, "settled_on": "2026-11-02", "kind": "other"},
            ("płatność 1, rozliczenie", "–", "23,00\xa0PLN, 2026-11-02"),
        ),
        (
            "/payments/0",
            {"external_id": "P", "amount_minor": 100, "due_on": "2026-11-02", "form": "card"},
            None,
            ("płatność 1", "1,00\xa0PLN, 2026-11-02, karta", "–"),
        ),
        ("/buyer/name", "Stara", "Nowa", ("Nabywca, nazwa", "Stara", "Nowa")),
        ("/lines/4/quantity", "", "2", ("pozycja 5, ilość", "–", "2")),
        ("/split_payment", False, True, ("Mechanizm podzielonej płatności", "nie", "tak")),
        ("/sold_on", None, "2026-10-01", ("Data sprzedaży", "–", "2026-10-01")),
        ("/something_new", 1, "2", ("something_new", "1", "2")),
    ],
)
def test_a_change_is_told_in_words(pointer: str, before: Any, after: Any, said: tuple[str, str, str]) -> None:
    assert words(pointer, before, after) == Changed(*said)


def test_amounts_are_in_the_currency_of_the_invoice() -> None:
    assert words("/net_minor", 0, 100, currency="JPY").after == "100\xa0JPY"


def test_every_member_of_a_document_has_a_word() -> None:
    kinds = (documents.Invoice, documents.Party, documents.Payment, documents.Line, documents.VatTotal)
    members = {name for kind in (*kinds, documents.Settlement) for name in kind.__struct_fields__}
    told_apart = {"seller", "buyer", "payments", "settlements", "vat", "lines", "external_id", "settled_on"}
    assert members - told_apart - set(FIELDS) == set()
