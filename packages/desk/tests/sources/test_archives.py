"""Zip archives: what is in them comes out by its content, and whatever is made to harm stays in."""

import base64
import hashlib
import json
import struct
import warnings
import zipfile
from pathlib import Path

import pytest
from django.utils.translation import override

from packages.desk.tests.sources import import_files as files
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.sources import archives, importing, imports, ksef_number, receiving
from saldo_desk.sources.tables import Import, ImportState

pytestmark = pytest.mark.django_db
GOOD = "5260001246-20261001-0123456789AB"


def read(company: Company, archive: bytes, name: str = "a.zip") -> list[tuple[str, str, str]]:
    return files.outcomes(files.preview(company, [(name, archive)]))


def member(name: str, **attributes: int) -> zipfile.ZipInfo:
    found = zipfile.ZipInfo(name)
    for attribute, value in attributes.items():
        setattr(found, attribute, value)
    return found


def test_only_xml_files_are_read_and_the_others_are_named(company: Company) -> None:
    archive = files.zipped(
        ("2026/a.xml", files.document("FV/1")),
        ("2026/b.XML", files.document("FV/2")),
        ("2026/a.pdf", b"%PDF"),
        ("__MACOSX/2026/._a.xml", b"x"),
        ("inner.zip", files.zipped(("c.xml", b"x"))),
    )
    assert read(company, archive) == [
        ("a.zip/2026/a.xml", "new", ""),
        ("a.zip/2026/b.XML", "new", ""),
        ("a.zip/2026/a.pdf", "left_out", "not_xml"),
        ("a.zip/__MACOSX/2026/._a.xml", "left_out", "not_xml"),
        ("a.zip/inner.zip", "refused", "nested_archive"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "../a.xml",
        "2026/../../a.xml",
        "/etc/a.xml",
        "C:/a.xml",
        "c:a.xml",
        "2026\\a.xml",
        "..\\a.xml",
        "nul.xml",
        "2026/COM1.xml",
        "con .xml",
        "a//b.xml",
        "./a.xml",
        "a\nb.xml",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(name: str, company: Company) -> None:
    outcomes = read(company, files.zipped((name, files.document("FV/1")), ("good.xml", files.document("FV/2"))))
    assert [row[1:] for row in outcomes] == [("refused", "unsafe_path"), ("new", "")]


def test_a_name_with_a_nul_is_refused(company: Company) -> None:
    archive = files.zipped(("a.xmlX.xml", files.document("FV/1"))).replace(b"a.xmlX.xml", b"a.xml\0.xml")
    assert [row[1:] for row in read(company, archive)] == [("refused", "unsafe_path")]


def test_a_link_is_refused(company: Company) -> None:
    link = member("a.xml", external_attr=0o120777 << 16)
    assert [row[1:] for row in read(company, files.zipped((link, b"/etc/passwd")))] == [("refused", "unsafe_path")]


def test_the_second_of_two_with_the_same_name_is_refused(company: Company) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive = files.zipped(("a.xml", files.document("FV/1")), ("A.xml", files.document("FV/2")))
    assert [row[1:] for row in read(company, archive)] == [("new", ""), ("refused", "duplicate_name")]


def test_an_encrypted_file_is_refused(company: Company) -> None:
    archive = bytearray(files.zipped(("a.xml", files.document("FV/1"))))
    archive[6] |= 1
    archive[archive.index(b"PK\x01\x02") + 8] |= 1
    assert read(company, bytes(archive)) == [("a.zip/a.xml", "refused", "archive_encrypted")]


def test_a_bomb_by_ratio_is_refused_whole(company: Company) -> None:
    archive = files.zipped(("a.xml", files.document("FV/1")), ("bomb.xml", b" " * 4 * 1024**2))
    assert read(company, archive) == [("a.zip", "refused", "archive_ratio")]


def test_a_bomb_that_lies_about_its_size_is_stopped_while_it_comes_out(company: Company) -> None:
    bomb = bytearray(files.zipped(("bomb.xml", b" " * 64 * 1024**2)))
    at = bomb.index(b"PK\x01\x02")
    for place in (22, at + 24):
        bomb[place : place + 4] = struct.pack("<I", 1000)
    [outcome] = read(company, bytes(bomb))
    assert outcome[1] == "refused"
    assert outcome[2] in {"archive_ratio", "entry_damaged"}


def test_a_file_of_100_mb_in_an_archive_is_refused_and_the_others_are_read(company: Company) -> None:
    large = bytes(range(256)) * 24 * 1024
    archive = files.zipped(("large.xml", large), ("a.xml", files.document("FV/1")), how=zipfile.ZIP_STORED)
    assert read(company, archive) == [
        ("a.zip/large.xml", "refused", "file_too_large"),
        ("a.zip/a.xml", "new", ""),
    ]


def test_more_bytes_than_the_bound_are_refused(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "BYTES_MAX", 1000)
    assert read(company, files.zipped(("a.xml", files.document("FV/1")))) == [("a.zip", "refused", "archive_too_large")]


def test_more_names_than_the_bound_are_refused(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "ENTRIES_MAX", 2)
    archive = files.zipped(*((f"{at}.xml", b"x") for at in range(3)))
    assert read(company, archive) == [("a.zip", "refused", "archive_too_many")]


def test_files_that_overlap_are_refused(company: Company) -> None:
    archive = files.zipped(("a.xml", files.document("FV/1")), ("b.xml", files.document("FV/2")))
    second = archive.rindex(b"PK\x01\x02")
    overlapping = archive[: second + 42] + struct.pack("<I", 0) + archive[second + 46 :]
    assert read(company, overlapping) == [("a.zip", "refused", "archive_overlap")]


def test_one_damaged_file_keeps_none_of_the_others_out(company: Company) -> None:
    archive = bytearray(
        files.zipped(("a.xml", files.document("FV/1")), ("b.xml", files.document("FV/2")), how=zipfile.ZIP_STORED)
    )
    archive[archive.index(b"FV/1")] ^= 0xFF
    assert read(company, bytes(archive)) == [
        ("a.zip/a.xml", "refused", "entry_damaged"),
        ("a.zip/b.xml", "new", ""),
    ]


@pytest.mark.parametrize("how", [zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED])
def test_the_good_files_before_the_damage_are_read(how: int, company: Company) -> None:
    whole = files.zipped(*((f"{at}.xml", files.document(f"FV/{at}")) for at in range(4)), how=how)
    third = [at for at in range(len(whole)) if whole.startswith(b"PK\x03\x04", at)][2]
    outcomes = read(company, whole[: third + 200])
    assert outcomes == [
        ("a.zip", "refused", "archive_damaged"),
        ("a.zip/0.xml", "new", ""),
        ("a.zip/1.xml", "new", ""),
    ]
    row = imports.list_files(found=Import.objects.get(), only="refused").get()
    with override("en"):
        assert "saved from before the damage: 2." in importing.message_of(row)


def test_a_streamed_archive_that_was_cut_off_is_saved_too(company: Company, tmp_path: Path) -> None:
    class Pipe:
        """What can't be sought in: zipfile then writes sizes after the data."""

        def __init__(self) -> None:
            self.content = b""

        def write(self, some: bytes) -> int:
            self.content += some
            return len(some)

        def flush(self) -> None:
            """Nothing waits."""

    pipe = Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:  # type: ignore[call-overload]
        for at in range(3):
            archive.writestr(f"{at}.xml", files.document(f"FV/{at}"))
    cut = pipe.content[: pipe.content.index(b"PK\x01\x02")]
    assert [row[1] for row in read(company, cut)] == ["refused", "new", "new", "new"]


@pytest.mark.parametrize("content", [b"", b"no archive at all", b"PK\x03\x04", b"PK\x05\x06"])
def test_what_is_no_archive_is_refused(content: bytes, company: Company) -> None:
    assert read(company, content) == [("a.zip", "refused", "archive_damaged")]


def test_an_archive_without_invoices_says_so(company: Company) -> None:
    assert read(company, files.zipped(("a.pdf", b"%PDF"))) == [
        ("a.zip", "refused", "archive_without_invoices"),
        ("a.zip/a.pdf", "left_out", "not_xml"),
    ]


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("zażółć.xml".encode(), "zażółć.xml"),
        ("zażółć.xml".encode("cp852"), "zażółć.xml"),
        (b"plain.xml", "plain.xml"),
    ],
)
def test_names_that_do_not_say_their_encoding_are_read_as_polish(raw: bytes, name: str, company: Company) -> None:
    place = b"x" * len(raw)
    archive = files.zipped((place.decode(), b"x")).replace(place, raw)
    [outcome, *_] = [row for row in read(company, archive) if row[0] != "a.zip"]
    assert outcome[0] == f"a.zip/{name}"


def test_the_ksef_number_comes_from_the_metadata_of_an_export(company: Company) -> None:
    content = files.document("FV/1")
    number = f"{GOOD}-{ksef_number.checksum(GOOD)}"
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    metadata = {"invoices": [{"ksefNumber": number, "invoiceHash": digest, "invoiceNumber": "FV/1", "unknown": [1]}]}
    archive = files.zipped(("faktura.xml", content), ("_metadata.json", json.dumps(metadata).encode()))
    found = files.record(company, [("a.zip", archive)])
    assert files.outcomes(found) == [("a.zip/faktura.xml", "new", "")]
    assert Invoice.objects.get().ksef_number == number
    assert [row["code"] for row in imports.list_files(found=found).get().warnings] == ["ksef_number_of_another"]


@pytest.mark.parametrize("metadata", [b"{", b"[]", b'{"invoices": 1}', b"\xff"])
def test_metadata_that_can_not_be_read_keeps_nothing_out(metadata: bytes, company: Company) -> None:
    assert [
        row[1] for row in read(company, files.zipped(("_metadata.json", metadata), ("a.xml", files.document("FV/1"))))
    ] == ["new"]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b'<!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><Faktura>&b;</Faktura>', "unsafe_xml"),
        (
            b'<!DOCTYPE a [<!ENTITY a "' + b"x" * 100_000 + b'">]><Faktura>' + b"&a;" * 1000 + b"</Faktura>",
            "unsafe_xml",
        ),
        (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><Faktura/>', "unsafe_xml"),
        (b'<?xml version="1.0"?><!DOCTYPE a><Faktura/>', "unsafe_xml"),
        ('<?xml version="1.0" encoding="UTF-8"?><Faktura>ż</Faktura>'.encode("cp1250"), "wrong_encoding"),
        (b'<?xml version="1.0" encoding="nonsense"?><Faktura/>', "wrong_encoding"),
        (b"<a>" * 100_000, "malformed_xml"),
        (b"", "empty_file"),
    ],
)
def test_a_harmful_file_is_refused_alone_and_in_an_archive(content: bytes, code: str, company: Company) -> None:
    found = files.preview(company, [("a.xml", content), ("b.zip", files.zipped(("c.xml", content)))])
    assert files.outcomes(found) == [("a.xml", "refused", code), ("b.zip/c.xml", "refused", code)]


def test_a_crash_while_unpacking_unpacks_again_and_doubles_nothing(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = files.receive(
        company, [("a.zip", files.zipped(*((f"{at}.xml", files.document(f"FV/{at}")) for at in range(3))))]
    )
    whole = archives.expand

    def dying(*places: object, **named: object) -> object:
        yield from list(whole(*places, **named))[:2]  # type: ignore[arg-type]
        raise KeyboardInterrupt

    monkeypatch.setattr(archives, "expand", dying)
    with pytest.raises(KeyboardInterrupt):
        files.work(found)
    monkeypatch.undo()
    assert [row[1] for row in files.outcomes(files.work(found))] == ["new", "new", "new"]
    assert [path.name for path in files.spooled(found.uid, "*.xml")] == ["1-0.xml", "1-1.xml", "1-2.xml"]


def test_an_archive_of_the_command_line_stays_where_it_is(company: Company, tmp_path: Path) -> None:
    path = tmp_path / "year.zip"
    path.write_bytes(files.zipped(("a.xml", files.document("FV/1"))))
    found = receiving.from_paths(company=company, paths=[tmp_path], operator=None, now=files.NOW)
    assert files.work(found).state == ImportState.PREVIEWED
    assert path.exists()
