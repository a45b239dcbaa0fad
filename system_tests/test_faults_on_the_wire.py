"""Whatever happens on the wire: once it is over, the Platform holds what a plain model of the books says, once."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from saldo_desk.books import cancelling, companies, settlements
from saldo_desk.books.tables import Company, Invoice, InvoiceState
from saldo_desk.exchange import connection, outbox, runs, withdrawing
from saldo_desk.exchange.sync_states import REFUSED, with_sync_state
from saldo_desk.exchange.tables import Run, RunState, Withdrawal
from system_tests import nips
from system_tests.agreement import assert_agree
from system_tests.at_length import SEED, count_of, tell
from system_tests.conftest import record
from system_tests.faulty_wire import FAULTS, Fault, FaultyWire
from system_tests.processes import Platform, environment_of
from system_tests.sides import desk_side
from system_tests.sides.console import Console

pytestmark = pytest.mark.django_db(transaction=True)

EXAMPLES, STEPS = count_of("FAULTS_EXAMPLES", 10), 16
WITHDRAWALS_MAX = 5
"""As many documents as a program may remove unasked in a day."""
TRIES_MAX = 12
BATCH_DOCUMENTS_MAX = 3
"""So few that a run takes several."""
SCRIPTS = st.tuples(
    st.lists(st.sampled_from(FAULTS), min_size=1, max_size=5),
    st.lists(st.sampled_from(("none", "none", "none", *FAULTS)), max_size=3),
)
"""Of what befalls the batches of a run, and of what befalls all else that it asks."""
LOSE: tuple[Fault, ...] = ("drop_before", "drop_after", "truncate", "late", "500", "503", "garbage")
FIRST = 6
Script = tuple[list[Fault], list[Fault]]
NOTHING: Script = ([], [])
WHICH = st.integers(min_value=0, max_value=11)


class Wished(dict[str, Any]):
    """Of an invoice, what the Platform is to hold in the end: ``there``, ``open_minor``, ``state``."""


class Books(RuleBasedStateMachine):
    """A Desk whose person works while the wire fails, beside a dict of what must come of it."""

    platform: ClassVar[Platform]
    console: ClassVar[Console]

    def __init__(self) -> None:
        super().__init__()
        self.nip = nips.fresh()
        key = self.console("make_company", nip=self.nip)
        self.company: Company = companies.add(nip=self.nip, name="Firma")
        connection.configure(company=self.company, platform_url=self.platform.url, key_text=key, now=timezone.now())
        self.wire = FaultyWire(stop=self.stop_now)
        self.model: dict[int, Wished] = {}
        self.withdrawals = 0

    @initialize(may_overlap=st.booleans())
    def begin(self, may_overlap: bool) -> None:
        self.wire.may_overlap = may_overlap
        self.record(FIRST)
        self.carry_out(
            runs.ask(
                company=self.company, invoice_pks=list(self.model)[: FIRST // 2], operator=None, now=timezone.now()
            ),
            NOTHING,
        )

    @rule(how_many=st.integers(min_value=1, max_value=3))
    @precondition(lambda self: len(self.model) < 12)
    def record(self, how_many: int) -> None:
        for row in record(self.company, count=how_many):
            self.model[row.pk] = Wished(there=True, open_minor=row.open_minor, state="approved")

    @rule(which=WHICH, amount=st.sampled_from([1, 100, None]))
    def settle(self, which: int, amount: int | None) -> None:
        row = self.one(which)
        if row is None or row.open_minor < 100 or row.state == InvoiceState.CANCELLED:
            return
        settlements.settle(
            company=self.company,
            payment_uid=row.payments.order_by("position")[0].uid,
            amount_minor=amount,
            settled_on=date(2026, 11, 2),
            operator=None,
            now=timezone.now(),
        )
        wished = self.model[row.pk]
        wished["open_minor"] -= row.open_minor if amount is None else amount

    @rule(which=WHICH)
    def unsettle(self, which: int) -> None:
        row = self.one(which)
        if row is None or not row.settled_minor:
            return
        taken = settlements.unsettle(
            company=self.company,
            payment_uid=row.payments.order_by("position")[0].uid,
            operator=None,
            now=timezone.now(),
        )
        self.model[row.pk]["open_minor"] += taken.amount_minor

    @rule(which=WHICH)
    def cancel(self, which: int) -> None:
        row = self.one(which)
        if row is None or row.settled_minor or row.state == InvoiceState.CANCELLED:
            return
        cancelling.cancel(company=self.company, invoice=row, reason="pomyłka", operator=None, now=timezone.now())
        self.model[row.pk].update(open_minor=0, state="cancelled")

    @rule(which=WHICH, faults=SCRIPTS)
    def withdraw(self, which: int, faults: Script) -> None:
        row = self.one(which)
        if row is None or self.withdrawals >= WITHDRAWALS_MAX:
            return
        try:
            run = withdrawing.withdraw(
                company=self.company,
                invoice_pks=[row.pk],
                reason="pomyłka",
                confirmed_count=1,
                operator=None,
                now=timezone.now(),
            )
        except withdrawing.NothingToWithdraw:
            return
        self.withdrawals += 1
        self.model[row.pk]["there"] = False
        self.carry_out(run, faults)

    @rule(which=WHICH, faults=SCRIPTS)
    def restore(self, which: int, faults: Script) -> None:
        row = self.one(which)
        if row is None:
            return
        try:
            run = withdrawing.restore(company=self.company, invoice_pks=[row.pk], operator=None, now=timezone.now())
        except withdrawing.NothingWithdrawn:
            return
        self.model[row.pk]["there"] = True
        self.carry_out(run, faults)

    @rule(marked=st.sets(WHICH, max_size=6), faults=SCRIPTS)
    def synchronise(self, marked: set[int], faults: Script) -> None:
        rows = [row for row in map(self.one, sorted(marked)) if row is not None and self.model[row.pk]["there"]]
        with suppress(runs.NothingMarked):
            run = runs.ask(
                company=self.company, invoice_pks=[row.pk for row in rows], operator=None, now=timezone.now()
            )
            self.carry_out(run, faults)

    @rule(which=WHICH, lost=st.sampled_from(LOSE), after=SCRIPTS)
    def change_while_a_batch_waits_for_its_answer(self, which: int, lost: Fault, after: Script) -> None:
        self.settle(which, 1)
        self.synchronise({which}, ([lost], []))
        self.settle(which, 1)
        self.synchronise({which, which + 1}, after)

    @rule(faults=SCRIPTS)
    def retry(self, faults: Script) -> None:
        run = runs.get_latest(company=self.company)
        if run is not None and run.state in {RunState.DONE, RunState.STOPPED}:
            with suppress(runs.NothingFailed):
                self.carry_out(runs.retry(run=run, operator=None, now=timezone.now()), faults)

    @rule()
    def stop(self) -> None:
        self.stop_now()

    @rule()
    def verify(self) -> None:
        with suppress(runs.RunUnderWay):
            self.carry_out(runs.ask_to_verify(company=self.company, operator=None, now=timezone.now()), NOTHING)

    def one(self, which: int) -> Invoice | None:
        if not self.model:
            return None
        return Invoice.objects.get(pk=sorted(self.model)[which % len(self.model)])

    def carry_out(self, run: Run, faults: Script) -> Run:
        self.wire.follow(*faults)
        claimed = runs.claim(run=Run.objects.select_related("company").get(pk=run.pk), now=timezone.now())
        assert claimed is not None
        return runs.carry_out(run=claimed, clock=timezone.now, transport=self.wire)

    def stop_now(self) -> None:
        run = runs.get_latest(company=self.company)
        if run is not None:
            runs.stop(run=run, now=timezone.now())

    def teardown(self) -> None:
        """No more faults: all that is wished for goes, and both sides must agree with the model."""
        if not self.model:
            return
        self.wire.follow(*NOTHING)
        self.wire.deliver_late()
        self.restore_what_a_stop_left()
        for _try in range(TRIES_MAX):
            try:
                asked = runs.ask(company=self.company, invoice_pks=self.to_mark(), operator=None, now=timezone.now())
            except runs.NothingMarked:
                break
            if self.carry_out(asked, NOTHING).state == RunState.DONE:
                break
        self.check()

    def to_mark(self) -> list[int]:
        """All that is to be there, and what is to go and was refused on its way: a person tries it again."""
        states = dict(with_sync_state(Invoice.objects.filter(company=self.company)).values_list("pk", "sync_state"))
        return [pk for pk, wished in self.model.items() if wished["there"] or states[pk] == REFUSED]

    def restore_what_a_stop_left(self) -> None:
        """A person who stopped the run that was to bring an invoice back has to ask for it again."""
        rows = Withdrawal.objects.filter(company=self.company).values_list("invoice_id", flat=True)
        back = [pk for pk in rows if self.model[pk]["there"]]
        if back:
            withdrawing.restore(company=self.company, invoice_pks=back, operator=None, now=timezone.now())

    def check(self) -> None:
        said = desk_side.verify(self.nip)
        if said["differences"] and "late" in self.wire.suffered:
            desk_side.mend(self.nip, books_hold=True)
            said = desk_side.verify(self.nip)
        assert (said["state"], said["differences"]) == ("done", [])
        platform = self.console("look", nip=self.nip)
        assert_agree(desk_side.look(self.nip), platform, withdrawn=True)
        numbers = dict(Invoice.objects.filter(company=self.company).values_list("pk", "number"))
        held = {row["number"]: (row["open_minor"], row["state"]) for row in platform["held"].values()}
        assert held == {
            numbers[pk]: (wished["open_minor"], wished["state"]) for pk, wished in self.model.items() if wished["there"]
        }


@pytest.fixture
def console(platform: Platform) -> Iterator[Console]:
    """The inside of the Platform."""
    opened = Console("platform_side", environment_of("platform", platform.home))
    yield opened
    opened.close()


def test_the_platform_holds_what_the_model_says(
    db: None, platform: Platform, console: Console, desk_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outbox, "BATCH_DOCUMENTS_MAX", BATCH_DOCUMENTS_MAX)
    Books.platform, Books.console = platform, console
    machine = seed(SEED)(Books) if SEED else Books
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=not SEED,
            database=None,
            phases=[Phase.generate],  # a day is told as it went: making it shorter takes as long as many days
            suppress_health_check=list(HealthCheck),
        ),
    )
    tell(EXAMPLES)
