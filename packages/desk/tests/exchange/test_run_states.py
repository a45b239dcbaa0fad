"""The states of a run: only the moves of the table, and of two that move only one does."""

from itertools import product

import pytest
from django.utils import timezone

from saldo_desk.books import companies
from saldo_desk.exchange.run_states import TRANSITIONS, move, this
from saldo_desk.exchange.tables import Run, RunState


@pytest.mark.django_db
@pytest.mark.parametrize(("before", "after"), list(product(RunState, RunState)))
def test_a_run_moves_only_as_the_table_says(before: RunState, after: RunState) -> None:
    company = companies.add(nip="5260001246", name="Firma")
    run = Run.objects.create(company=company, asked_at=timezone.now(), state=before)
    allowed = after in TRANSITIONS[before]
    assert move(this(run), to=after) == int(allowed)
    run.refresh_from_db()
    assert run.state == (after if allowed else before)
