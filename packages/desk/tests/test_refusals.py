"""Every refusal of the Desk is provoked: here, or by the test that is named; and stands on its page."""

import argparse
import ast
import errno
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import LazySettings
from django.db import OperationalError
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import reverse

from packages.desk.tests.sources import import_files
from saldo_core.busy import BusyMiddleware
from saldo_core.help import voting
from saldo_core.help.tables import TEXT_LENGTH_MAX
from saldo_core.refusals import DiskFull, Refusal, WriterBusy
from saldo_desk.books import companies, log_in, settlements
from saldo_desk.books.tables import Company, Invoice, Operator
from saldo_desk.commands import imports as import_commands
from saldo_desk.commands import link as link_commands
from saldo_desk.exchange import connection, invoice_runs, key_files, registration, runs, sending, withdrawing
from saldo_desk.exchange.tables import Link, Run, RunOutcome, SentDocument
from saldo_desk.help.tables import HelpVote
from saldo_desk.site import import_views
from saldo_desk.sources import files, imports, previewing, undoing
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.refusals import refusal_of
from saldo_desk.sources.tables import Import
from saldo_protocol import keys
from tools import refusal_page, samples

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NOBODY_LISTENS = "http://127.0.0.1:9"
PASSWORD = "zielone-jablko-i-kot"
OTHER_NIP = "1111111111"
HERE = Path(__file__).parent
ROOT = HERE.parents[2]
DECLARED = refusal_page.declared("saldo_desk", "saldo_core")
ELSEWHERE = {
    "AddressNotSafe": "exchange/test_http.py::test_an_address_that_would_show_the_key_is_refused",
    "AmountNotInCurrency": "sources/test_amounts.py::test_amount_that_does_not_fit_is_refused",
    "AmountOutOfRange": "sources/test_amounts.py::test_amount_that_does_not_fit_is_refused",
    "ArchiveDamaged": "sources/test_archives.py::test_the_good_files_before_the_damage_are_read",
    "ArchiveEncrypted": "sources/test_archives.py::test_an_encrypted_file_is_refused",
    "ArchiveOverlap": "sources/test_archives.py::test_files_that_overlap_are_refused",
    "ArchiveRatio": "sources/test_archives.py::test_a_bomb_by_ratio_is_refused_whole",
    "ArchiveTooLarge": "sources/test_archives.py::test_more_bytes_than_the_bound_are_refused",
    "ArchiveTooMany": "sources/test_archives.py::test_more_names_than_the_bound_are_refused",
    "ArchiveWithoutInvoices": "sources/test_archives.py::test_an_archive_without_invoices_says_so",
    "CancelledAlready": "books/test_cancelling.py::test_it_is_cancelled_once_and_the_refusal_says_what_to_do_instead",
    "ClockWrong": "system_tests/test_link_states.py::test_a_wrong_clock_is_told_with_both_times_and_checked_again",
    "Conflict": "books/test_recording.py::"
    "test_other_content_under_the_same_identity_is_a_conflict_that_names_the_other",
    "ConflictInImport": "sources/test_imports.py::test_a_preview_puts_nothing_into_the_books",
    "CountNotConfirmed": "exchange/test_withdrawing.py::test_many_at_once_need_their_number_typed",
    "CurrencyNotSupported": "sources/test_amounts.py::test_amount_that_does_not_fit_is_refused",
    "DocumentTooLarge": "system_tests/test_link_trouble.py::test_a_document_too_large_to_send_is_refused_by_name",
    "DuplicateName": "sources/test_archives.py::test_the_second_of_two_with_the_same_name_is_refused",
    "EmptyFile": "sources/test_ksef_refuses.py::test_empty_file_is_refused",
    "EntryDamaged": "sources/test_archives.py::test_one_damaged_file_keeps_none_of_the_others_out",
    "FileChanged": "sources/test_imports.py::test_a_file_that_was_changed_after_its_preview_does_not_go_in",
    "FileLost": "sources/test_imports.py::test_a_file_that_went_away_is_told",
    "FileTooLarge": "sources/test_archives.py::test_a_file_of_100_mb_in_an_archive_is_refused_and_the_others_are_read",
    "DirectionsMissing": "exchange/test_schedules.py::test_a_plan_that_can_not_be_is_refused",
    "EveryOutOfBounds": "exchange/test_schedules.py::test_a_plan_that_can_not_be_is_refused",
    "TimesUnclear": "exchange/test_schedules.py::test_what_are_no_times_of_day_is_refused",
    "ImportBusy": "sources/test_undoing_imports.py::test_undo_while_somebody_works_on_it_is_refused",
    "ImportMovedOn": "sources/test_imports.py::test_a_verb_out_of_turn_is_refused",
    "ImportNotThere": "sources/test_imports.py::test_an_import_of_another_company_is_not_there",
    "GaveUpTrying": "exchange/test_retrying.py::test_after_two_days_a_person_must_look_and_the_outbox_is_kept",
    "InternalError": "system_tests/test_link_trouble.py::"
    "test_a_mistake_of_ours_puts_the_run_off_and_lets_the_others_go_first",
    "InvoiceCancelled": "books/test_cancelling.py::test_nothing_is_settled_on_a_cancelled_invoice",
    "InvoiceNotFound": "commands/test_invoice_show.py::test_a_number_that_is_not_there_is_told",
    "KeyMalformed": "system_tests/test_synchronisation.py::test_a_wrong_key_is_told_apart_and_not_kept",
    "LinkChanged": "system_tests/test_link_trouble.py::"
    "test_a_key_that_changes_while_a_batch_is_on_its_way_loses_no_change",
    "MalformedXml": "sources/test_ksef_refuses.py::test_file_that_was_cut_off_is_refused_with_its_line",
    "MoreThanOpen": "books/test_settling.py::test_an_amount_that_is_not_open_is_refused_and_nothing_moves",
    "NestedArchive": "sources/test_archives.py::test_only_xml_files_are_read_and_the_others_are_named",
    "NoKey": "commands/test_run_commands.py::test_a_retry_without_a_key_is_kept_and_ends_with_3",
    "NoOutcome": "system_tests/test_link_trouble.py::"
    "test_an_outcome_without_an_id_belongs_to_its_position_and_none_is_left_open",
    "NotAnInvoice": "sources/test_ksef_refuses.py::test_what_is_no_invoice_is_refused",
    "NotOurInvoice": "books/test_cancelling.py::test_only_who_issued_it_cancels_it",
    "NotPreviewed": "commands/test_waiting_runs.py::test_a_preview_is_agreed_to_once",
    "NotXml": "sources/test_archives.py::test_only_xml_files_are_read_and_the_others_are_named",
    "NothingToMend": "exchange/test_verifying.py::"
    "test_a_newer_version_there_is_replaced_only_when_a_person_says_that_the_books_hold",
    "VerifyNotOffered": "exchange/test_verifying.py::test_a_platform_that_can_not_tell_ends_it_and_says_so",
    "NothingFailed": "system_tests/test_preview.py::test_only_what_failed_is_tried_again",
    "NothingOpen": "books/test_settling.py::test_nothing_is_settled_twice_and_nothing_taken_back_that_is_not_there",
    "NothingSettled": "books/test_settling.py::test_nothing_is_settled_twice_and_nothing_taken_back_that_is_not_there",
    "NothingToImport": "site/test_importing.py::test_a_part_that_can_not_be_taken_says_why",
    "NothingToWithdraw": "exchange/test_withdrawing.py::test_an_empty_read_makes_no_tombstone",
    "NothingUnderWay": "commands/test_waiting_runs.py::test_nothing_to_look_at_is_said",
    "NothingWithdrawn": "exchange/test_withdrawing.py::test_restoring_sends_it_again_within_thirty_days",
    "OtherCompany": "books/test_recording.py::test_an_invoice_of_neither_side_is_refused",
    "OtherCompanysKey": "system_tests/test_link_states.py::"
    "test_a_key_of_another_company_that_got_into_the_file_sends_nothing",
    "OtherCompanyOpen": "site/test_two_windows.py::test_a_script_of_an_old_window_gets_a_sentence",
    "PartOutOfOrder": "sources/test_imports.py::test_a_large_file_comes_in_pieces_that_follow_each_other",
    "PathNotFound": "sources/test_find_files.py::test_missing_path_is_refused_before_any_file_comes",
    "PaymentNotFound": "books/test_settling.py::test_another_company_does_not_find_the_payment",
    "PreviewChanged": "exchange/test_runs_that_wait.py::test_a_yes_is_for_the_preview_that_was_seen",
    "PreviewNotOffered": "exchange/test_asking_for_a_preview.py::"
    "test_a_platform_that_does_not_offer_previews_is_not_asked",
    "TakenBackAlready": "books/test_settling.py::test_a_settlement_that_is_named_is_taken_back_once",
    "ReasonMissing": "books/test_cancelling.py::test_it_needs_a_reason",
    "ReceiptNotGenuine": "exchange/test_receipt_checks.py::test_a_receipt_that_does_not_check_is_not_taken_in",
    "RestoreTooLate": "exchange/test_withdrawing.py::test_restoring_sends_it_again_within_thirty_days",
    "RunNotFound": "commands/test_run_commands.py::test_a_run_that_is_not_there",
    "RunUnderWay": "commands/test_waiting_runs.py::test_a_preview_beside_a_waiting_run_is_refused_with_the_ways_on",
    "SchemaError": "sources/test_ksef_fa2.py::test_fa2_that_is_not_as_its_form_says_is_refused_with_line_and_reason",
    "SchemaVersionNotSupported": "sources/test_ksef_refuses.py::test_another_version_is_refused_by_name",
    "SettledAlready": "books/test_cancelling.py::test_what_is_settled_is_unsettled_first",
    "TooManyAtOnce": "exchange/test_withdrawing.py::test_more_than_a_person_can_mean_is_refused_whole",
    "TooManyFiles": "sources/test_find_files.py::test_more_files_than_the_bound_are_refused",
    "TooManyInImport": "sources/test_imports.py::test_more_files_than_the_bound_are_refused_and_none_is_kept",
    "TooManyRows": "books/test_marks.py::test_a_request_names_only_so_many_rows",
    "Unreachable": "commands/test_run_commands.py::test_a_preview_that_nobody_answers_leaves_nothing_to_be_sent_later",
    "UnsafePath": "sources/test_archives.py::test_a_name_that_leads_elsewhere_is_refused",
    "UnsafeXml": "sources/test_ksef_refuses.py::test_document_type_is_refused_outright",
    "WrongEncoding": "sources/test_ksef_refuses.py::test_text_in_another_encoding_than_declared_is_refused",
}
"""By class: the test that provokes it, in this folder or among the system tests."""


class Scene:
    """A company and Anna, and the ways to be refused: each is named as its code, and raises, or tells the code."""

    def __init__(self, company: Company, anna: Operator, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.company, self.anna, self.folder, self.patch = company, anna, folder, patch

    def nip_invalid(self) -> None:
        companies.add(nip="1234567890", name="Firma")

    def company_already_here(self) -> None:
        companies.add(nip=self.company.nip, name="Firma")

    def company_not_found(self) -> None:
        companies.get(nip=OTHER_NIP)

    def company_not_chosen(self) -> None:
        companies.add(nip=OTHER_NIP, name="Druga")
        companies.get()

    def login_taken(self) -> None:
        companies.add_operator(login="Anna", name="Inna Anna", password=PASSWORD)

    def password_refused(self) -> None:
        companies.add_operator(login="ewa", name="Ewa", password="krotkie")

    def too_many_attempts(self) -> None:
        whose = {"login": "anna", "client_address": "192.0.2.1", "now": NOW}
        for _try in range(log_in.PER_PAIR_MAX):
            log_in.count_wrong(**whose)  # type: ignore[arg-type]
        log_in.check(**whose)  # type: ignore[arg-type]

    def settled_in_future(self) -> None:
        self._settle(on=NOW + timedelta(days=1))

    def import_built_on(self) -> None:
        found = self._imported()
        self._settle(on=NOW)
        undoing.undo(found=found, operator=None, now=NOW)

    def import_halted(self) -> None:
        def full(**_values: object) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        self.patch.setattr(previewing, "read_slice", full)
        path = self.folder / "1.xml"
        path.write_bytes(import_files.document("FV/1"))
        import_commands.import_paths(
            argparse.Namespace(company=self.company.nip, paths=[path], preview=True, json=True)
        )

    def path_unreadable(self) -> None:
        try:
            files.load(self.folder)
        except Unreadable as unreadable:
            raise refusal_of(unreadable) from None

    def part_too_large(self) -> str:
        begun = imports.begin(company=self.company, operator=self.anna, now=NOW)
        self.patch.setattr(import_views, "PART_BYTES", -1)
        return str(self._window().post(reverse("import-part", args=[begun.uid])).json()["code"])

    def no_registration(self) -> None:
        link_commands.registration_status(argparse.Namespace(company=self.company.nip, json=True))

    def already_connected(self) -> None:
        key = keys.make()
        key_files.write_key(company=self.company, key=key)
        connection.keep_link(company=self.company, platform_url=NOBODY_LISTENS, key=key)
        Link.objects.update(integration_uid=uuid4())
        self._register(email="anna@example.com")

    def form_not_complete(self) -> None:
        self._register(email="")

    def receipt_not_found(self) -> None:
        invoice_runs.get_receipt(company=self.company, batch_uid=uuid4())

    def nothing_marked(self) -> None:
        runs.ask(company=self.company, invoice_pks=[], operator=None, now=NOW)

    def marks_changed(self) -> None:
        self._imported()
        invoice = Invoice.objects.get()
        SentDocument.objects.create(
            invoice=invoice,
            company=self.company,
            platform_url=NOBODY_LISTENS,
            sent_revision=invoice.revision,
            answered_revision=invoice.revision,
            answered_at=NOW,
            outcome=RunOutcome.SENT,
        )
        withdrawing.withdraw(
            company=self.company,
            invoice_pks=[invoice.pk],
            reason="pomyłka",
            confirmed_count=None,
            seal="of others",
            operator=None,
            now=NOW,
        )

    def stopped(self) -> None:
        run = Run.objects.create(company=self.company, asked_at=NOW, stop_requested=True)
        sending.may_go_on(run=run, integration_uid=uuid4())

    def vote_text_too_long(self) -> None:
        said = {"article": "start", "language": "pl", "helpful": False, "text": "x" * (TEXT_LENGTH_MAX + 1), "now": NOW}
        voting.cast(table=HelpVote, voter=self.anna, **said)  # type: ignore[arg-type]

    def busy(self) -> str:
        locked = OperationalError("database is locked")
        answer = BusyMiddleware(lambda _request: HttpResponse()).process_exception(RequestFactory().get("/"), locked)
        assert answer is not None and WriterBusy().message in answer.content.decode()
        return WriterBusy.code

    def disk_full(self) -> str:
        full = OperationalError("database or disk is full")
        answer = BusyMiddleware(lambda _request: HttpResponse()).process_exception(RequestFactory().get("/"), full)
        assert answer is not None and DiskFull().message in answer.content.decode()
        return DiskFull.code

    def _window(self) -> Client:
        client = Client()
        client.force_login(self.anna)
        return client

    def _imported(self) -> Import:
        return import_files.record(self.company, [("1.xml", import_files.document("FV/1"))])

    def _settle(self, *, on: datetime) -> None:
        if not Invoice.objects.exists():
            self._imported()
        payment = Invoice.objects.get().payments.get()
        settlements.settle(
            company=self.company,
            payment_uid=payment.uid,
            amount_minor=None,
            settled_on=on.date(),
            operator=None,
            now=NOW,
        )

    def _register(self, *, email: str) -> None:
        registration.start(
            company=self.company,
            platform_url=NOBODY_LISTENS,
            email=email,
            person_name="Anna",
            company_name="Firma",
            company_address="",
            consents=(),
            language="pl",
            now=NOW,
        )


HERE_PROVOKED: dict[str, Callable[[Scene], str | None]] = {
    name: verb for name, verb in vars(Scene).items() if not name.startswith("_")
}


@pytest.fixture
def scene(db: None, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Scene:
    settings.PROGRAM_HOME = tmp_path
    company = companies.add(nip=samples.COMPANY_NIP, name="Firma")
    anna = companies.add_operator(login="anna", name="Anna Nowak", password=PASSWORD)
    return Scene(company, anna, tmp_path, monkeypatch)


def test_every_refusal_is_provoked() -> None:
    assert {kind.__name__ for kind in DECLARED if kind.code not in HERE_PROVOKED} == set(ELSEWHERE)
    assert set(HERE_PROVOKED) <= {kind.code for kind in DECLARED}


@pytest.mark.parametrize("code", sorted(HERE_PROVOKED))
def test_a_refusal_has_its_code(code: str, scene: Scene) -> None:
    try:
        told = HERE_PROVOKED[code](scene)
    except Refusal as refusal:
        told = refusal.code
    assert told == code


@pytest.mark.parametrize(
    "kind", [kind for kind in DECLARED if kind.__name__ in ELSEWHERE], ids=lambda kind: kind.__name__
)
def test_the_test_that_is_named_is_there_and_speaks_of_the_refusal(kind: type[Refusal]) -> None:
    file, _colons, test = ELSEWHERE[kind.__name__].partition("::")
    text = ((ROOT if file.startswith("system_tests/") else HERE) / file).read_text("utf-8")
    (found,) = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == test)
    first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
    source = "\n".join(text.splitlines()[first - 1 : found.end_lineno])
    assert f'"{kind.code}"' in source or re.search(rf"\b{kind.__name__}\b", source)


def test_every_refusal_stands_on_the_page_with_what_it_says() -> None:
    page = (ROOT / "docs" / "desk.md").read_text("utf-8").split("\n## Refusals\n", 1)[1]
    assert [line for line in page.splitlines() if line.startswith("| `")] == list(
        refusal_page.rows("saldo_desk", "saldo_core")
    )


def test_every_refusal_says_when_and_what() -> None:
    assert [row for row in refusal_page.rows("saldo_desk", "saldo_core") if "|  |" in row] == []
