"""Tryton's account_invoice in one process without HTTP: draft invoices with their lines, no payments, a hundred a
transaction; one that is there by its reference is left as it is. DATABASE FOLDER."""

import datetime as dt
import os
import subprocess
import sys
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import lines

PAGE = 100
where, folder = urlsplit(sys.argv[1]), Path(sys.argv[2])
os.environ.update({"PGHOST": unquote(where.netloc.partition("@")[2]), "PGUSER": "postgres"})
NAME, CONFIG = where.path[1:], folder / "trytond.conf"
CONFIG.write_text("[database]\nuri = postgresql://\n[session]\nsuper_pwd = none\n")
(folder / "password").write_text("Adm1n-long-pass")

from trytond import config

config.update_etc(str(CONFIG))
subprocess.run(
    [
        Path(sys.executable).with_name("trytond-admin"), "-c", CONFIG, "-d", NAME, "-u", "ir", "res", "account_invoice",
        "--activate-dependencies", "--email", "a@example.com", "-l", "en",
    ],
    env={**os.environ, "TRYTONPASSFILE": str(folder / "password")},
    check=True,
    stdout=(folder / "tryton.log").open("ab"),
    stderr=subprocess.STDOUT,
)  # fmt: skip

import trytond
from proteus import config as proteus_config
from trytond.modules.account.tests.tools import create_chart, get_accounts
from trytond.modules.company.tests.tools import create_company, get_company
from trytond.modules.currency.tests.tools import get_currency
from trytond.pool import Pool
from trytond.transaction import Transaction, TransactionError

proteus_config.set_trytond(database=f"postgresql:///{NAME}", user="admin", config_file=str(CONFIG))
currency = get_currency("USD")
create_company(currency=currency)
company = get_company()
create_chart(company=company)
accounts = get_accounts(company)
IDS = {"company": company.id, "currency": currency.id, "revenue": accounts["revenue"].id}
RECEIVABLE = accounts["receivable"].id
pool = Pool(NAME)
parties: dict[str, tuple[int, int]] = {}
with Transaction().start(NAME, 0):
    USER = pool.get("res.user").search([("login", "=", "admin")])[0].id


def begin(**more: Any) -> Any:
    """A transaction of the administrator."""
    context = {"company": IDS["company"], "employee": None, "language": "en", "_skip_warnings": True}
    return Transaction().start(NAME, USER, context=context, **more)


def ingest(path: Path) -> None:
    """Page by page; a transaction that Tryton wants started anew is."""
    found = iter(lines.load(path))
    while page := list(islice(found, PAGE)):
        again: dict[str, Any] = {}
        while True:
            try:
                with begin(**again):
                    store(page)
                break
            except TransactionError as error:
                error.fix(again)
                parties.clear()


def store(page: list[dict[str, Any]]) -> None:
    """Create those whose reference is not there."""
    invoices, journals = pool.get("account.invoice"), pool.get("account.journal")
    _make_parties([invoice["party"] for invoice in page])
    known = {row.reference for row in invoices.search([("reference", "in", [one["id"] for one in page])])}
    journal = journals.search([("type", "=", "revenue")])[0].id
    invoices.create([_values(one, journal) for one in page if one["id"] not in known])


def _make_parties(wanted: list[dict[str, str]]) -> None:
    table = pool.get("party.party")
    new = {one["tax_id"]: one for one in wanted if one["tax_id"] not in parties}
    if not new:
        return
    for row in table.search([("identifiers.code", "in", list(new))]):
        parties[row.identifiers[0].code] = (row.id, row.addresses[0].id)
    missing = [one for code, one in new.items() if code not in parties]
    made = table.create(
        [
            {
                "name": one["name"],
                "addresses": [("create", [{}])],
                "identifiers": [("create", [{"code": one["tax_id"]}])],
            }
            for one in missing
        ]
    )
    for one, row in zip(missing, made, strict=True):
        parties[one["tax_id"]] = (row.id, row.addresses[0].id)


def _values(invoice: dict[str, Any], journal: int) -> dict[str, Any]:
    party, address = parties[invoice["party"]["tax_id"]]
    parts = [
        {
            "type": "line", "account": IDS["revenue"], "quantity": 1.0, "description": line["name"],
            "unit_price": Decimal(line["net"] + line["vat"]) / 100, "company": IDS["company"],
            "currency": IDS["currency"], "party": party, "invoice_type": "out",
        }
        for line in invoice["lines"]
    ]  # fmt: skip
    return {
        "type": "out", "company": IDS["company"], "party": party, "invoice_address": address, "account": RECEIVABLE,
        "currency": IDS["currency"], "journal": journal, "reference": invoice["id"], "description": invoice["number"],
        "invoice_date": dt.date.fromisoformat(invoice["issued_on"]),
        "payment_term_date": dt.date.fromisoformat(invoice["payments"][-1]["due_on"]),
        "lines": [("create", parts)],
    }  # fmt: skip


def sums() -> list[int]:
    """Invoices and their gross; it has no payments of a draft."""
    with begin():
        rows = pool.get("account.invoice").search([])
        return [len(rows), sum(int(abs(row.total_amount) * 100) for row in rows)]


lines.measure(f"Tryton {trytond.__version__}", ingest, sums)
