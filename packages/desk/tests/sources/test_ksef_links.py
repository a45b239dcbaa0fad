"""What an invoice names: corrected invoices and advances, never taken for its own number."""

from datetime import date

import pytest

from saldo_desk.sources import ksef_links, ksef_xml
from saldo_desk.sources.documents import ReadInvoice, ReadLink
from tools.samples import Named, document

DAY = date(2026, 9, 1)
KSEF, OTHER = "9991001004-20260901-0A0B0C0D0E0F-36", "9991001004-20260902-0A0B0C0D0E0F-F4"


def invoice(
    kind: str, corrects: tuple[Named, ...] = (), settles: tuple[Named, ...] = (), version: int = 3
) -> ReadInvoice:
    content = document(kind=kind, corrects=corrects, settles=settles, version=version)
    return ksef_xml.read(content, name="invoice.xml")


@pytest.mark.parametrize("version", [2, 3])
def test_correction_names_what_it_corrects(version: int) -> None:
    read = invoice("KOR", corrects=(Named("FV/1", DAY, KSEF), Named("FV/2", DAY)), version=version)
    assert read.links == (ReadLink("corrects", "FV/1", DAY, KSEF), ReadLink("corrects", "FV/2", DAY))
    assert read.ksef_number is None


@pytest.mark.parametrize("version", [2, 3])
def test_final_invoice_names_its_advances_by_either_number(version: int) -> None:
    read = invoice("ROZ", settles=(Named("", DAY, KSEF), Named("FZ/2")), version=version)
    assert read.links == (
        ReadLink("settles_advance", ksef_number=KSEF),
        ReadLink("settles_advance", number="FZ/2"),
    )
    assert read.ksef_number is None


def test_correction_of_a_final_invoice_names_both() -> None:
    read = invoice("KOR_ROZ", corrects=(Named("FR/1", DAY),), settles=(Named("", DAY, KSEF),))
    assert [link.kind for link in read.links] == ["corrects", "settles_advance"]


def test_what_is_named_twice_is_kept_once() -> None:
    assert len(invoice("KOR", corrects=(Named("FV/1", DAY), Named("FV/1", DAY))).links) == 1


def test_older_ksef_number_loses_its_dash() -> None:
    dashed = "9991001004-20260901-0A0B0C-0D0E0F-36"
    assert invoice("KOR", corrects=(Named("FV/1", DAY, dashed),)).links[0].ksef_number == KSEF


def test_more_than_can_be_kept_is_cut_and_remarked_on() -> None:
    many = tuple(Named(f"FV/{at}", DAY) for at in range(ksef_links.LINKS_MAX + 1))
    read = invoice("KOR", corrects=many)
    assert len(read.links) == ksef_links.LINKS_MAX
    assert "links_cut" in [warning.code for warning in read.warnings]


def test_own_number_is_the_one_of_the_file_name() -> None:
    content = document(kind="KOR", corrects=(Named("FV/1", DAY, KSEF),))
    assert ksef_xml.read(content, name=f"{OTHER}.xml").ksef_number == OTHER
