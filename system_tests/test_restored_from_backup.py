"""Yesterday's backup in the place of a database, on either side: each difference is named, and a person mends it."""

from collections.abc import Iterator

import pytest

from system_tests import backups
from system_tests.pair import Pair, pair

FIRST = [f"K/{n:02}" for n in range(20)]
SETTLED = FIRST[:4]
LATER = [f"P/{n:02}" for n in range(3)]


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Two programs without a worker."""
    with pair(tmp_path_factory.mktemp("backups")) as started:
        yield started


@pytest.fixture
def both(programs: Pair) -> Pair:
    """The two, with a new company, in agreement on the first invoices."""
    programs.agree_on(FIRST)
    return programs


def go_on(both: Pair) -> None:
    """A day's work: payments come in, invoices are issued, all is sent."""
    both.in_desk("settle", nip=both.nip, numbers=SETTLED)
    both.in_desk("import_files", nip=both.nip, numbers=LATER)
    assert both.in_desk("finish", nip=both.nip)["state"] == "done"
    both.check(count=len(FIRST + LATER))


def test_a_desk_from_a_backup_names_what_it_lost_and_a_person_chooses(both: Pair) -> None:
    with both.desk_at_rest():
        backup = backups.copy_of("desk", both.desk_environment, name=both.nip)
    go_on(both)
    with both.desk_at_rest():
        backup.put_back()
    lost = [("extra", number) for number in LATER]
    assert both.differences() == [*(("different", number) for number in SETTLED), *lost]
    held = both.in_platform("look", nip=both.nip)["held"]
    assert both.in_desk("finish", nip=both.nip)["state"] == "done"
    assert both.in_platform("look", nip=both.nip)["held"] == held, "nothing is taken back before a person chooses"

    assert both.in_desk("mend", nip=both.nip, books_hold=True)["results"] == {"updated": len(SETTLED)}
    assert both.differences() == lost, "what is not in the books is not mended by sending"
    both.in_desk("import_files", nip=both.nip, numbers=LATER)
    assert both.differences() == lost
    both.in_desk("mend", nip=both.nip, books_hold=False)
    both.check(count=len(FIRST + LATER), restored=True)


def test_what_is_entered_anew_and_sent_before_comparing_is_refused_and_mended(both: Pair) -> None:
    with both.desk_at_rest():
        backup = backups.copy_of("desk", both.desk_environment, name=both.nip)
    go_on(both)
    with both.desk_at_rest():
        backup.put_back()
    both.in_desk("import_files", nip=both.nip, numbers=LATER)
    both.in_desk("settle", nip=both.nip, numbers=SETTLED, amount_minor=2)
    assert both.in_desk("finish", nip=both.nip)["outcomes"]["refused"] == len(LATER)
    assert both.differences() == [("extra", number) for number in LATER]
    both.in_desk("mend", nip=both.nip, books_hold=True)
    both.check(count=len(FIRST + LATER), restored=True)


def test_a_platform_from_a_backup_gets_what_it_lost(both: Pair) -> None:
    withdrawn = FIRST[-2:]
    with both.platform_at_rest():
        backup = backups.copy_of("platform", both.platform_environment, name=both.nip)
    go_on(both)
    both.in_desk("withdraw", nip=both.nip, numbers=withdrawn)
    both.check(count=len(FIRST + LATER) - len(withdrawn), withdrawn=True)
    with both.platform_at_rest():
        backup.put_back()
    back = [("extra", number) for number in withdrawn]
    assert both.differences() == [
        *(("different", number) for number in SETTLED),
        *back,
        *(("missing", number) for number in LATER),
    ]
    assert both.in_desk("mend", nip=both.nip, books_hold=False)["outcomes"] == {"sent": len(SETTLED + LATER)}
    assert both.differences() == back
    assert both.in_desk("withdraw", nip=both.nip, numbers=withdrawn)["results"] == {"removed": len(withdrawn)}
    both.check(count=len(FIRST + LATER) - len(withdrawn), withdrawn=True, restored=True)
