"""What has to go, as a pure comparison."""

from hypothesis import given
from hypothesis import strategies as st

from saldo_desk.exchange.delta import Known, has_moved, has_to_go

revisions = st.integers(min_value=1, max_value=2**62)


@given(revision=revisions, refused=st.booleans())
def test_a_document_never_sent_goes_only_when_it_is_marked(revision: int, refused: bool) -> None:
    known = Known(revision=revision, answered_revision=None, refused=refused)
    assert has_to_go(known, marked=True)
    assert not has_to_go(known, marked=False)


@given(revision=revisions, step=st.integers(min_value=1, max_value=1000), marked=st.booleans(), refused=st.booleans())
def test_one_that_moved_goes_whether_marked_or_not(revision: int, step: int, marked: bool, refused: bool) -> None:
    known = Known(revision=revision + step, answered_revision=revision, refused=refused)
    assert has_moved(known)
    assert has_to_go(known, marked=marked)


@given(revision=revisions)
def test_one_that_did_not_move_stays_unless_it_was_refused_and_is_marked(revision: int) -> None:
    sent = Known(revision=revision, answered_revision=revision, refused=False)
    refused = Known(revision=revision, answered_revision=revision, refused=True)
    assert not has_to_go(sent, marked=True)
    assert not has_to_go(refused, marked=False)
    assert has_to_go(refused, marked=True)
