"""Files that must stay outside: no document, unsafe, too large, of another version."""

import pytest

from saldo_desk.sources import ksef_xml
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.ksef_schema import FILE_BYTES_MAX
from tools.samples import document

DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
EXTERNAL = '<!DOCTYPE Faktura SYSTEM "http://192.0.2.1/a.dtd">\n'
BOMB = (
    '<!DOCTYPE Faktura [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10)).replace("&a0;", "&a;")
    + "]>\n"
)
LOCAL_FILE = '<!DOCTYPE Faktura [<!ENTITY secret SYSTEM "file:///etc/hostname">]>\n'


def refused(content: bytes) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        ksef_xml.read(content, name="invoice.xml")
    assert caught.value.file == "invoice.xml"
    return caught.value


def with_doctype(doctype: str, text: str = "Donica betonowa 60 cm") -> bytes:
    return document(replacements=((DECLARATION, DECLARATION + doctype), ("Donica betonowa 60 cm", text)))


@pytest.mark.parametrize(
    "content",
    [
        with_doctype("<!DOCTYPE Faktura>\n"),
        with_doctype(EXTERNAL),
        with_doctype(BOMB, "&a9;"),
        with_doctype(LOCAL_FILE, "&secret;"),
    ],
    ids=["bare", "external", "bomb", "local-file"],
)
def test_document_type_is_refused_outright(content: bytes) -> None:
    unreadable = refused(content)
    assert (unreadable.code, unreadable.line) == ("unsafe_xml", 2)


def test_document_type_is_refused_in_another_encoding() -> None:
    text = with_doctype(BOMB, "&a9;").decode().replace('encoding="UTF-8"', 'encoding="UTF-16"')
    assert refused(text.encode("utf-16")).code == "unsafe_xml"


def test_document_type_in_a_comment_is_none() -> None:
    content = document(replacements=((DECLARATION, f"{DECLARATION}<!-- <!DOCTYPE Faktura> -->\n"),))
    assert ksef_xml.read(content, name="invoice.xml").number == "FV/2026/10/0001"


def test_file_over_the_bound_is_refused() -> None:
    content = document() + b" " * FILE_BYTES_MAX
    unreadable = refused(content)
    assert (unreadable.code, unreadable.arguments) == ("file_too_large", {"limit_mb": "5"})


def test_file_at_the_bound_is_read() -> None:
    content = document()
    padded = content + b" " * (FILE_BYTES_MAX - len(content))
    assert ksef_xml.read(padded, name="invoice.xml").number == "FV/2026/10/0001"


def test_text_in_another_encoding_than_declared_is_refused() -> None:
    unreadable = refused(document().decode().encode("cp1250"))
    assert unreadable.code == "wrong_encoding"


def test_text_in_the_encoding_that_it_declares_is_read() -> None:
    text = document().decode().replace('encoding="UTF-8"', 'encoding="ISO-8859-2"')
    content = text.encode("iso-8859-2")
    assert ksef_xml.read(content, name="invoice.xml").seller.name == "Zielona Łąka sp. z o.o."


@pytest.mark.parametrize("content", [b"", b" \n\t ", b"\xef\xbb\xbf"])
def test_empty_file_is_refused(content: bytes) -> None:
    assert refused(content).code == "empty_file"


@pytest.mark.parametrize(
    "content",
    [b"PK\x03\x04 an archive", b"%PDF-1.7", b"plain text", b"<html/>", b"<Invoice xmlns='urn:x'/>"],
)
def test_what_is_no_invoice_is_refused(content: bytes) -> None:
    assert refused(content).code == "not_an_invoice"


def test_file_that_was_cut_off_is_refused_with_its_line() -> None:
    content = document()
    unreadable = refused(content[: content.index(b"<P_15>")])
    assert (unreadable.code, unreadable.line) == ("malformed_xml", 8)


def test_deep_nesting_is_refused() -> None:
    assert refused(b"<a>" * 100_000).code == "malformed_xml"


@pytest.mark.parametrize(
    ("namespace", "version"),
    [
        ("http://crd.gov.pl/wzor/2021/11/29/11089/", "FA(1)"),
        ("http://crd.gov.pl/wzor/2031/01/01/99999/", "http://crd.gov.pl/wzor/2031/01/01/99999/"),
    ],
)
def test_another_version_is_refused_by_name(namespace: str, version: str) -> None:
    content = document(replacements=(("http://crd.gov.pl/wzor/2025/06/25/13775/", namespace),))
    unreadable = refused(content)
    assert unreadable.code == "schema_version_not_supported"
    assert unreadable.arguments == {"version": version}


def test_kind_that_does_not_exist_is_a_schema_error() -> None:
    unreadable = refused(document(kind="PROFORMA"))
    assert unreadable.code == "schema_error"
    assert unreadable.arguments["value"] == "PROFORMA"


def test_empty_text_is_refused_by_its_length() -> None:
    unreadable = refused(document(number=""))
    assert unreadable.code == "schema_error"
    assert {**unreadable.arguments, "detail": ""} == {
        "element": "P_2",
        "problem": "length",
        "length": "0",
        "detail": "",
        "more": "0",
    }


def test_day_that_does_not_exist_is_refused() -> None:
    unreadable = refused(document(replacements=(("<P_6>2026-10-01", "<P_6>2026-02-30"),)))
    assert unreadable.code == "schema_error"
    assert (unreadable.arguments["element"], unreadable.arguments["value"]) == ("P_6", "2026-02-30")


def test_several_errors_are_counted_by_place() -> None:
    unreadable = refused(
        document(
            replacements=(
                ("<P_6>2026-10-01", "<P_6>1.10.2026"),
                ("<P_8B>4", "<P_8B>four"),
                ("<P_12>23", "<P_12>24"),
            )
        )
    )
    assert (unreadable.arguments["element"], unreadable.arguments["more"]) == ("P_6", "2")
