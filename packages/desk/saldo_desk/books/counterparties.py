"""Who the company sells to and buys from: found, or kept when they come first, for a whole page of invoices."""

from collections.abc import Sequence

from saldo_desk.books.issued import ReadParty
from saldo_desk.books.tables import Company, Counterparty

NAME_LENGTH_MAX = 512
Key = tuple[str, str, str]


def bring(*, company: Company, parties: Sequence[ReadParty]) -> list[Counterparty]:
    """The company's row of each party, in their order; made where there is none. In the caller's transaction.

    One that came first on a simplified invoice, which has no name, gets its name here. The caller holds the lock
    of the company's row (``revisions.lock``), so that two pages never make the same one.
    """
    known = _known(company, parties)
    made: dict[Key, Counterparty] = {}
    named: dict[Key, Counterparty] = {}
    for party in parties:
        key = _key(party)
        row = known.get(key)
        values = {"name": party.name[:NAME_LENGTH_MAX], "address": party.address, "email": party.email}
        if row is None:
            row = Counterparty(company=company, country=party.country, tax_id=party.tax_id, **values)
            known[key] = made[key] = row
        elif party.tax_id and row.name == row.tax_id != values["name"]:
            row.name, row.address, row.email = values["name"], values["address"], values["email"]
            named[key] = row
    Counterparty.objects.bulk_create(made.values())
    for key, row in named.items():
        if key not in made:
            row.save(update_fields=["name", "address", "email"])
    return [known[_key(party)] for party in parties]


def _known(company: Company, parties: Sequence[ReadParty]) -> dict[Key, Counterparty]:
    """Asked for by tax id, and by name where there is none, each country by itself: so an index finds them."""
    asked: dict[str, tuple[set[str], set[str]]] = {}
    for country, tax_id, name in map(_key, parties):
        tax_ids, names = asked.setdefault(country, (set(), set()))
        (tax_ids if tax_id else names).add(tax_id or name)
    found: dict[Key, Counterparty] = {}
    for country, (tax_ids, names) in asked.items():
        rows = Counterparty.objects.filter(company=company, country=country)
        if tax_ids:
            found |= {(country, row.tax_id, ""): row for row in rows.filter(tax_id__in=tax_ids)}
        if names:
            of_name = sorted(rows.filter(tax_id="", name__in=names), key=lambda row: -row.pk)
            found |= {(country, "", row.name): row for row in of_name}  # the first of a name stays
    return found


def _key(party: ReadParty) -> Key:
    return party.country, party.tax_id, "" if party.tax_id else party.name[:NAME_LENGTH_MAX]
