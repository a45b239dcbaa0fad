"""Of the Desk: books to send, one synchronisation, one comparison, and what it says that it sent."""

import time
from collections import Counter
from datetime import date
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.db import OperationalError, transaction
from django.utils import timezone

from saldo_core import database_trouble
from saldo_desk.books import companies, revisions, settlements
from saldo_desk.books.tables import Company, Invoice, InvoiceState
from saldo_desk.exchange import connection, documents, mending, runs, withdrawing
from saldo_desk.exchange.sync_states import with_sync_state
from saldo_desk.exchange.tables import (
    Difference,
    OutboxBatch,
    PlatformKey,
    Run,
    RunDocument,
    RunOutcome,
    RunState,
    SentDocument,
)
from saldo_desk.sources import importing
from saldo_protocol import signing
from system_tests import bulk
from tools import samples

TRIES_MAX = 30
PAUSE_S = 0.05


def add(nip: str, platform_url: str, key: str) -> None:
    """A company of the Desk, connected."""
    company = companies.add(nip=nip, name="Firma")
    connection.configure(company=company, platform_url=platform_url, key_text=key, now=timezone.now())


def fill(nip: str, count: int) -> None:
    """So many new invoices."""
    bulk.fill(Company.objects.get(nip=nip), count)


def change(nip: str, address: str, settled: int = 0) -> None:
    """Change all invoices, and settle the first open payments."""
    company = Company.objects.get(nip=nip)
    with transaction.atomic():
        revision = revisions.take(company=company, now=timezone.now())
        Invoice.objects.filter(company=company).update(revision=revision, seller_address=address)
    first = Invoice.objects.filter(company=company, open_minor__gt=0).order_by("pk")[:settled]
    settle(nip, [row.number for row in first])


def import_files(nip: str, numbers: list[str]) -> None:
    """Sales invoices with these numbers through the real import."""
    company = Company.objects.get(nip=nip)
    seller = samples.COMPANY._replace(tax_id=nip)
    for number in numbers:
        content = samples.document(number=number, issued_on=date(2026, 10, 5), seller=seller)
        outcome = importing.import_file(
            company=company, name="a.xml", load=lambda content=content: content, operator=None, now=timezone.now()
        )
        assert outcome.outcome == "new", outcome


def settle(nip: str, numbers: list[str], amount_minor: int = 1) -> None:
    """Settle a part of the first payment of each of the invoices."""
    company = Company.objects.get(nip=nip)
    for invoice in Invoice.objects.filter(company=company, number__in=numbers).order_by("pk"):
        settlements.settle(
            company=company,
            payment_uid=invoice.payments.order_by("position")[0].uid,
            amount_minor=amount_minor,
            settled_on=date(2026, 11, 2),
            operator=None,
            now=timezone.now(),
        )


def withdraw(nip: str, numbers: list[str]) -> dict[str, Any]:
    """Withdraw the invoices; the run, carried out in this process."""
    company = Company.objects.get(nip=nip)
    pks = list(Invoice.objects.filter(company=company, number__in=numbers).values_list("pk", flat=True))
    return _carried_out(
        withdrawing.withdraw(
            company=company,
            invoice_pks=pks,
            reason="pomyłka",
            confirmed_count=len(pks),
            operator=None,
            now=timezone.now(),
        )
    )


def ask(nip: str) -> str:
    """Ask for a run of all invoices, due now; the state of the run. ``under way`` when one is carried out."""
    company = Company.objects.get(nip=nip)
    pks = list(Invoice.objects.filter(company=company, withdrawal=None).values_list("pk", flat=True))
    try:
        return runs.ask(company=company, invoice_pks=pks, operator=None, now=timezone.now()).state
    except runs.RunUnderWay:
        return "under way"


def latest(nip: str) -> dict[str, Any]:
    """The latest run: how it is, and what became of its documents."""
    run = Run.objects.filter(company__nip=nip).order_by("-asked_at", "-pk").first()
    if run is None:
        return {"state": "none"}
    rows = RunDocument.objects.filter(run=run)
    return {
        "state": run.state,
        "stage": run.stage,
        "reason": run.reason,
        "next_try_at": run.next_try_at and run.next_try_at.isoformat(),
        "outcomes": dict(Counter(rows.values_list("outcome", flat=True))),
        "results": dict(Counter(result for result in rows.values_list("result", flat=True) if result)),
        "runs": Run.objects.filter(company__nip=nip).count(),
    }


def once(nip: str) -> dict[str, Any]:
    """One try of a run in this process; the run. ``refused``: the database's no, where not even that could be kept."""
    try:
        ask(nip)
        run = Run.objects.select_related("company").filter(company__nip=nip).order_by("-asked_at", "-pk")[0]
        _carried_out(run)
    except OperationalError as error:
        told = database_trouble.refusal_of(error)
        if told is None:
            raise
        return {**latest(nip), "refused": told.code}
    return latest(nip)


def finish(nip: str) -> dict[str, Any]:
    """Synchronise until a run has ended in this process, or another has carried it out; the run."""
    for _try in range(TRIES_MAX):
        ask(nip)
        run = Run.objects.select_related("company").filter(company__nip=nip).order_by("-asked_at", "-pk")[0]
        claimed = runs.claim(run=run, now=timezone.now())
        if claimed is not None and runs.carry_out(run=claimed, clock=timezone.now).state == RunState.DONE:
            break
    return latest(nip)


def verify(nip: str) -> dict[str, Any]:
    """Compare in this process; the differences as kind and number."""
    company = Company.objects.get(nip=nip)
    run = runs.ask_to_verify(company=company, operator=None, now=timezone.now())
    claimed = runs.claim(run=run, now=timezone.now())
    if claimed is not None:
        run = runs.carry_out(run=claimed, clock=timezone.now)
    while run.state in {RunState.QUEUED, RunState.RUNNING}:  # the worker was faster
        time.sleep(PAUSE_S)
        run.refresh_from_db()
    found = Difference.objects.filter(run=run).order_by("kind", "number")
    return {
        "state": run.state,
        "reason": run.reason,
        "differences": [[row.kind, row.number] for row in found],
        "run": str(run.uid),
    }


def mend(nip: str, books_hold: bool) -> dict[str, Any]:
    """A person's choice about the differences of the latest comparison, carried out in this process."""
    run = Run.objects.filter(company__nip=nip, stage="verify").order_by("-asked_at", "-pk")[0]
    return _carried_out(mending.mend(run=run, desk_holds=books_hold, operator=None, now=timezone.now()))


def _carried_out(run: Run) -> dict[str, Any]:
    claimed = runs.claim(run=run, now=timezone.now())
    if claimed is not None:
        runs.carry_out(run=claimed, clock=timezone.now)
    return latest(run.company.nip)


def states(nip: str) -> dict[str, str]:
    """What the list says of each invoice, by number."""
    rows = with_sync_state(Invoice.objects.filter(company__nip=nip))
    return dict(rows.values_list("number", "sync_state"))


def look(nip: str) -> dict[str, Any]:
    """All that the Desk says was sent, as the Platform should hold it; ``faults`` names what does not fit itself."""
    company = Company.objects.get(nip=nip)
    rows = list(SentDocument.objects.filter(company=company, sent_revision__isnull=False).select_related("invoice"))
    content = {row.pk: row.digest for at in range(0, len(rows), 500) for row in documents.read(
        [row.invoice_id for row in rows[at : at + 500]])}  # fmt: skip
    batches = list(OutboxBatch.objects.filter(company=company))
    return {
        "sent": {row.external_id: _invoice(row.invoice, row.digest) for row in rows},
        "waiting": sum(batch.receipt is None for batch in batches),
        "given_up": [str(batch.uid) for batch in batches if batch.receipt is not None and not bytes(batch.receipt)],
        "receipts": {str(batch.uid): bytes(batch.receipt).hex() for batch in batches if batch.receipt},
        "faults": [
            *(f"{row.invoice.number} has moved since" for row in rows if row.sent_revision != row.invoice.revision),
            *(f"{row.invoice.number}: the digest sent" for row in rows if content[row.invoice_id] != row.digest),
            *(f"receipt {batch.uid} is not genuine" for batch in batches if batch.receipt and not _is_genuine(batch)),
            *(f"{row.invoice_id} waits for an answer in a run that is done" for row in RunDocument.objects.filter(
                run__company=company, run__state=RunState.DONE, outcome=RunOutcome.PENDING)),
        ],
    }  # fmt: skip


def _invoice(row: Invoice, digest: str) -> dict[str, Any]:
    cancelled = row.state == InvoiceState.CANCELLED
    payments = [] if cancelled else row.payments.all()
    return {
        "number": row.number,
        "digest": digest,
        "state": row.state,
        "open_minor": row.open_minor,
        "settled_minor": row.settled_minor,
        "payments": sorted([str(each.uid), each.amount_minor, each.settled_minor] for each in payments),
    }


def _is_genuine(batch: OutboxBatch) -> bool:
    """Checked by the published procedure, not by the program's own."""
    assert batch.receipt is not None
    apart = signing.take_apart(bytes(batch.receipt))
    key = PlatformKey.objects.get(company=batch.company_id, kid=apart.signature.key_id)
    public_key = signing.octets_of(key.public_key, length=signing.PUBLIC_KEY_BYTES)
    value = signing.octets_of(apart.signature.value, length=signing.SIGNATURE_BYTES)
    Ed25519PublicKey.from_public_bytes(public_key).verify(value, apart.content)
    return batch.checked_at is not None
