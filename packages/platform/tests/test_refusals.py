"""Every refusal of the API page is provoked over HTTP: here, or by the test that is named."""

import ast
import datetime as dt
import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from packages.platform.tests.conftest import ALICES_NIP, logged_in, make_company
from packages.platform.tests.test_ingest import SENDER, document, invoice, put, put_body
from packages.platform.tests.test_registration import Erp, code, last_mail, link, set_password, verified
from saldo_core.help.tables import TEXT_LENGTH_MAX
from saldo_platform.companies.tables import Company, IntegrationState, Person, Registration
from saldo_protocol import batches, documents
from saldo_protocol.keys import ExchangeKey
from tools import api_page

pytestmark = pytest.mark.django_db

HERE = Path(__file__).parent
ELSEWHERE = {
    "after_unclear": "test_changes.py::test_what_is_no_position_is_refused",
    "already_activated": "test_registration.py::test_sending_a_link_before_the_code_or_after_activation_is_refused",
    "already_verified": "test_registration.py::test_sending_a_link_before_the_code_or_after_activation_is_refused",
    "account_not_activated": "test_registration.py::test_the_whole_way_to_a_key_that_works",
    "batch_not_found": "test_ingest.py::test_the_same_batch_again_gets_the_same_bytes_and_stores_nothing_twice",
    "batch_uid_reused": "test_ingest.py::test_a_uid_used_for_other_content_is_refused",
    "busy": "test_busy.py::test_the_api_answers_with_a_problem",
    "changes_ahead": "test_changes.py::test_a_position_that_this_platform_never_reached_is_refused",
    "clock_ahead": "test_ingest.py::test_a_document_that_breaks_a_rule_is_refused_with_its_place",
    "code_tries_used_up": "test_registration.py::test_five_wrong_codes_and_the_right_one_does_not_help",
    "code_wrong": "test_registration.py::test_five_wrong_codes_and_the_right_one_does_not_help",
    "consent_missing": "test_registration.py::test_a_missing_consent_is_named_by_a_pointer",
    "digest_mismatch": "test_ingest.py::test_a_document_that_breaks_a_rule_is_refused_with_its_place",
    "disk_full": "test_busy.py::test_each_database_is_understood",
    "duplicate_in_batch": "test_ingest.py::test_an_id_twice_in_a_batch_is_taken_once",
    "integration_not_confirmed": "test_registration.py::test_the_whole_way_to_a_key_that_works",
    "integration_not_made": "test_registration.py::"
    "test_a_known_company_is_not_joined_and_receives_nothing_of_the_newcomers",
    "integration_revoked": "test_ingest.py::test_keys_are_told_apart",
    "invalid_body": "test_ingest.py::test_what_is_no_batch_is_refused_whole",
    "invalid_document": "test_ingest.py::test_a_misspelt_member_is_named",
    "key_malformed": "test_ingest.py::test_keys_are_told_apart",
    "key_missing": "test_ingest.py::test_keys_are_told_apart",
    "key_revoked": "test_ingest.py::test_keys_are_told_apart",
    "key_taken": "test_registration.py::test_a_key_that_is_in_use_and_a_secret_that_is_too_short_are_refused",
    "key_unknown": "test_ingest.py::test_keys_are_told_apart",
    "method_not_allowed": "test_ingest.py::test_other_addresses_and_methods_are_problems_too",
    "nip_invalid": "test_registration.py::test_a_wrong_nip_is_told",
    "not_found": "test_ingest.py::test_other_addresses_and_methods_are_problems_too",
    "not_this_company": "test_ingest.py::test_a_document_that_breaks_a_rule_is_refused_with_its_place",
    "not_verified": "test_registration.py::test_sending_a_link_before_the_code_or_after_activation_is_refused",
    "registration_not_found": "test_registration.py::test_another_secret_finds_nothing",
    "registration_uid_reused": "test_registration.py::"
    "test_a_used_uid_with_other_content_is_refused_and_only_the_address_may_change",
    "same_invoice_other_id": "test_ingest.py::test_the_same_invoice_under_another_id_names_the_first",
    "secret_too_short": "test_registration.py::test_a_key_that_is_in_use_and_a_secret_that_is_too_short_are_refused",
    "settled_beyond_amount": "test_ingest.py::test_a_document_that_breaks_a_rule_is_refused_with_its_place",
    "signing_key_lost": "test_signed_receipts.py::test_a_lost_private_file_is_told_and_nothing_is_stored",
    "stale": "test_ingest.py::test_created_then_unchanged_then_updated_then_stale",
    "too_many_requests": "test_registration.py::test_sending_again_must_wait_a_minute",
    "change_not_valid": "test_own_account.py::test_undoing_is_possible_for_seven_days",
    "claim_decided_already": "test_claims.py::test_of_two_decisions_the_first_holds",
    "claim_not_found": "test_claims.py::test_the_operator_decides_on_what_was_asked_and_with_evidence_alone",
    "claim_with_operator": "test_claims.py::test_an_administrator_can_not_refuse_what_the_operator_has",
    "consent_required": "test_own_account.py::test_a_consent_that_the_account_rests_on_can_not_be_withdrawn",
    "email_taken": "test_own_account.py::test_an_address_that_got_an_account_meanwhile_is_not_taken_over",
    "email_unchanged": "test_own_account.py::test_the_same_address_is_refused_and_many_in_an_hour_too",
    "evidence_missing": "test_claims.py::test_the_operator_decides_on_what_was_asked_and_with_evidence_alone",
    "expiry_past": "test_key_lifetime.py::test_a_key_expires_in_the_future_and_within_ten_years",
    "key_expired": "test_key_lifetime.py::test_a_key_works_until_it_expires_and_not_at_that_instant",
    "key_not_replaceable": "test_key_lifetime.py::test_an_expired_key_can_be_replaced_and_a_revoked_one_can_not",
    "key_replaced": "test_key_lifetime.py::"
    "test_both_keys_work_in_the_overlap_and_the_older_one_says_that_it_was_replaced",
    "key_replaced_already": "test_key_lifetime.py::test_a_key_is_replaced_once_and_then_the_newest_one",
    "nothing_to_remove": "test_removals.py::test_a_tombstone_for_what_never_came_is_refused_by_name",
    "number_taken": "test_removals.py::test_what_came_again_under_another_id_is_not_restored_beside_it",
    "range_unclear": "test_reconciling.py::test_a_range_that_is_not_understood_is_refused",
    "preview_unclear": "test_preview.py::test_a_value_that_is_neither_yes_nor_no_stores_nothing",
    "program_too_old": "test_key_lifetime.py::"
    "test_a_desk_that_is_too_old_is_told_everywhere_and_its_key_is_not_looked_at",
    "removal_decided_already": "test_removal_guard.py::test_a_request_is_decided_by_an_administrator_once",
    "removal_declined": "test_removal_guard.py::test_what_was_refused_stays_and_nobody_is_asked_again",
    "removal_request_changed": "test_removal_guard.py::test_as_many_others_are_not_what_the_page_showed",
    "removal_needs_consent": "test_removal_guard.py::test_splitting_into_batches_does_not_evade",
    "removal_not_found": "test_removals.py::test_after_thirty_days_the_content_goes_and_the_trace_stays",
    "removal_request_not_found": "test_removal_guard.py::test_a_request_is_decided_by_an_administrator_once",
    "unknown_kind": "test_ingest.py::test_a_document_that_breaks_a_rule_is_refused_with_its_place",
}


class Scene:
    """Alice's company with a key, and the ways to be refused."""

    def __init__(self, company: Company, key: ExchangeKey, alice: Person, bob: Person) -> None:
        self.company, self.key, self.alice, self.bob = company, key, alice, bob

    def body_too_large(self) -> Any:
        return put_body(self.key, uuid4(), b" " * (batches.BODY_BYTES_MAX + 1))

    def body_unreadable(self) -> Any:
        return put_body(self.key, uuid4(), gzip.compress(b"{}"), **{"content-encoding": "br"})

    def integration_refused(self) -> Any:
        self.company.integrations.update(state=IntegrationState.REFUSED)
        return Client(headers={"authorization": f"Bearer {self.key.text}"}).get("/api/v1/integration")

    def consent_outdated(self) -> Any:
        erp = Erp()
        erp.body["consents"][0]["version"] = "2001-01"
        return erp.put()

    def code_expired(self) -> Any:
        erp = Erp()
        erp.put()
        Registration.objects.update(code_expires_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        return erp.post("verify", code=code())

    def name_invalid(self) -> Any:
        erp = Erp()
        erp.body["person_name"] = "www.evil.example"
        return erp.put()

    def other_company(self) -> Any:
        return put(self.key, document(invoice()), nip="1111111111")

    def uid_differs(self) -> Any:
        body = batches.encode(uid=uuid4(), nip=ALICES_NIP, sender=SENDER, documents=(document(invoice()),))
        return put_body(self.key, uuid4(), body)

    def duplicate_external_id(self) -> Any:
        day = dt.date(2026, 10, 1)
        twice = tuple(documents.Payment(external_id="p", amount_minor=6150, due_on=day) for _payment in range(2))
        return put(self.key, document(invoice(payments=twice)))

    def link_not_valid(self) -> Any:
        return Client().get(reverse("activate", args=["nothing"]))

    def password_refused(self) -> Any:
        verified()
        return set_password("krotkie")

    def password_wrong(self) -> Any:
        verified()
        set_password()
        again = Erp(nip="1111111111")
        again.put()
        again.post("verify", code=code())
        assert "/activate/" in last_mail()
        return Client().post(link(), {"password1": "nie-to-haslo-nie-to"})

    def integration_not_found(self) -> Any:
        return self._page(self.alice, "decide", {"to": "revoked"}, integration=UUID(int=7))

    def not_an_administrator(self) -> Any:
        return self._page(self.bob, "make-key", {})

    def decided_already(self) -> Any:
        integration = self.company.integrations.get()
        self.company.integrations.update(state=IntegrationState.REFUSED)
        return self._page(self.alice, "decide", {"to": "confirmed"}, integration=integration.uid)

    def key_not_found(self) -> Any:
        return self._page(self.alice, "revoke-key", {}, identifier="00000000")

    def vote_text_too_long(self) -> Any:
        posted = {"helpful": "no", "text": "x" * (TEXT_LENGTH_MAX + 1)}
        return logged_in(self.alice).post(reverse("help-vote", args=["api"]), posted)

    def _page(self, person: Person, name: str, posted: dict[str, str], **values: object) -> Any:
        make_company(person, "1111111111")
        address = reverse(name, kwargs={"uid": self.company.uid, **values})
        return logged_in(person).post(address, posted, follow=True)


HERE_PROVOKED: dict[str, Callable[[Scene], Any]] = {
    name: verb for name, verb in vars(Scene).items() if not name.startswith("_")
}
ON_PAGES = {
    "link_not_valid": "Ten link nie jest już ważny",
    "password_refused": "To hasło jest za krótkie",
    "password_wrong": "Hasło jest nieprawidłowe.",
    "integration_not_found": "Nie ma takiej integracji.",
    "not_an_administrator": "To może zrobić tylko administrator firmy.",
    "decided_already": "O tej integracji już zdecydowano.",
    "key_not_found": "Nie ma takiego klucza.",
    "vote_text_too_long": "Napisz najwyżej",
}


@pytest.fixture
def scene(company: Company, key: ExchangeKey, alice: Person, bob: Person) -> Scene:
    return Scene(company, key, alice, bob)


def test_every_refusal_of_the_page_is_provoked() -> None:
    assert set(HERE_PROVOKED) | set(ELSEWHERE) == set(api_page.codes())
    assert set(HERE_PROVOKED) & set(ELSEWHERE) == set()
    assert set(ON_PAGES) <= set(api_page.codes(of="On the pages only"))


@pytest.mark.parametrize("name", sorted(set(HERE_PROVOKED) - set(ON_PAGES)))
def test_a_refusal_of_the_api_is_answered_with_its_code_and_status(name: str, scene: Scene) -> None:
    answer = HERE_PROVOKED[name](scene)
    if answer.status_code == 200:  # of a document, in a receipt
        assert [row.get("code") for row in answer.json()["outcomes"]] == [name]
    else:
        assert (answer.json()["code"], answer.status_code) == (name, api_page.codes()[name])


@pytest.mark.parametrize("name", sorted(ON_PAGES))
def test_a_refusal_of_a_page_is_a_sentence_on_it(name: str, scene: Scene) -> None:
    page = HERE_PROVOKED[name](scene).content.decode()
    assert escape(ON_PAGES[name]) in page


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_the_test_that_is_named_is_there_and_speaks_of_the_code(name: str) -> None:
    file, _colons, test = ELSEWHERE[name].partition("::")
    text = (HERE / file).read_text("utf-8")
    (found,) = (node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef) and node.name == test)
    first = min([found.lineno, *(decorator.lineno for decorator in found.decorator_list)])
    source = "\n".join(text.splitlines()[first - 1 : found.end_lineno])
    kind = "".join(part.title() for part in name.split("_"))
    assert f'"{name}"' in source or f".{kind}" in source
