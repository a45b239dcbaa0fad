"""Two sides that hold the same fold to the same; a difference shows in its range and in no other."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from saldo_protocol import reconciliation
from saldo_protocol.reconciliation import Row

IDS = st.text(alphabet="0123456789abcdef-Zz~!", min_size=1, max_size=6)
BOOKS = st.dictionaries(IDS, st.sampled_from(["0" * 32, "f" * 32]), max_size=600)


def rows_of(books: dict[str, str]) -> list[Row]:
    return sorted(books.items(), key=lambda row: row[0].encode())


def pages_of(rows: list[Row], size: int) -> list[list[Row]]:
    return [rows[at : at + size] for at in range(0, len(rows), size)]


def test_the_digest_is_what_the_page_says() -> None:
    fold = reconciliation.Fold()
    fold.add([("a", "0" * 32)])
    fold.add([("b", "f" * 32)])
    text = f"a {'0' * 32}\nb {'f' * 32}\n"
    assert (fold.count, fold.digest) == (2, hashlib.sha256(text.encode()).hexdigest()[:32])


@given(BOOKS, st.integers(1, 50), st.integers(1, 50), st.integers(0, 700))
def test_the_same_books_fold_to_the_same_however_they_are_paged(
    books: dict[str, str], ours: int, theirs: int, count: int
) -> None:
    rows = rows_of(books)
    whole, ranges = reconciliation.divide(pages_of(rows, theirs), count=count)
    folds = list(reconciliation.fold_along(pages_of(rows, ours), [part.to for part in ranges]))
    assert [(fold.count, fold.digest) for fold in folds] == [(part.count, part.digest) for part in ranges]
    assert whole.count == len(rows) == sum(part.count for part in ranges)
    assert len(ranges) <= reconciliation.RANGES_MAX


@given(BOOKS, BOOKS, st.integers(1, 50))
def test_ranges_that_differ_hold_all_differences(here: dict[str, str], there: dict[str, str], size: int) -> None:
    rows = rows_of(there)
    _whole, ranges = reconciliation.divide(pages_of(rows, size), count=len(rows))
    folds = list(reconciliation.fold_along(pages_of(rows_of(here), size), [part.to for part in ranges]))
    assert len(folds) == len(ranges)
    after = ""
    for at, (fold, part) in enumerate(zip(folds, ranges, strict=True)):
        last = at == len(ranges) - 1
        ours, theirs = (
            {key: value for key, value in books.items() if after < key and (last or key <= part.to)}
            for books in (here, there)
        )
        assert (ours == theirs) == (fold.digest == part.digest)
        after = part.to
