"""Three hundred mixed files in a real browser: choose, preview, filter, import, look, undo refused, undo."""

import io
import re
import zipfile
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from system_tests.window import Desk, drop, log_in, shoot
from tools import samples
from tools.sample_names import Party

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]

DEEP = 230
"""More than a browser tells of a folder in one answer (a hundred), and then some."""

LOOSE, PACKED, TWICE, CONFLICTS, BROKEN, PDFS = 150, 130, 10, 6, 3, 1
OTHER_BUYER = Party("Hurtownia Bławatek S.A.", "1111111111", "ul. Polna 7", "30-001 Kraków")


def document(number: int, **overrides: object) -> bytes:
    return samples.document(number=f"IMP/{number:03}", issued_on=date(2026, 10, 2), **overrides)


def make(folder: Path) -> Path:
    """A folder: loose files, one archive, duplicates, conflicts, broken files, a scan: 300 in all."""
    loose = folder / "rok 2026" / "październik"
    loose.mkdir(parents=True)
    for at in range(LOOSE):
        (loose / f"IMP_{at:03}.xml").write_bytes(document(at))
    for at in range(TWICE):
        (loose / f"kopia_{at:03}.xml").write_bytes(document(at, system="another program"))
    for at in range(CONFLICTS):
        (loose / f"zmieniona_{at:03}.xml").write_bytes(document(at, buyer=OTHER_BUYER))
    for at in range(BROKEN):
        (loose / f"urwana_{at}.xml").write_bytes(document(900 + at)[:900])
    (loose / "skan.pdf").write_bytes(b"%PDF-1.7")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for at in range(LOOSE, LOOSE + PACKED):
            archive.writestr(f"faktury/IMP_{at:03}.xml", document(at))
    path = folder / "paczka.zip"
    path.write_bytes(buffer.getvalue())
    return path


def open_dialog(page: Page) -> None:
    page.get_by_role("button", name="Plik", exact=True).click()
    page.get_by_role("menuitem", name="Importuj faktury").click()
    expect(page.locator("#files")).to_be_focused()


def settle_first(page: Page) -> None:
    page.locator("#import-files a").first.click()
    page.get_by_role("button", name="Rozlicz płatność").first.click()
    page.locator("#dialog").get_by_role("button", name="Rozlicz", exact=True).click()
    expect(page.locator("#dialog")).not_to_be_visible()


def test_three_hundred_mixed_files(page: Page, desk: Desk, tmp_path: Path) -> None:
    packed = make(tmp_path / "files")
    log_in(page, desk)
    open_dialog(page)
    page.get_by_role("button", name="Odczytaj pliki").click()
    expect(page.locator("#import-problem")).to_contain_text("Wybierz co najmniej jeden plik")
    page.set_input_files("#files", packed)
    page.set_input_files("#folder", tmp_path / "files" / "rok 2026")
    expect(page.locator("#import-chosen")).to_contain_text("Wybrano plików: 171")
    shoot(page, "import-01-dialog")
    page.get_by_role("button", name="Odczytaj pliki").click()

    expect(page.locator("[data-import-state=previewed]")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("button", name="Zaimportuj 280 faktur")).to_be_visible()
    for name, count in {"": 300, "new": 280, "already_here": TWICE, "conflict": CONFLICTS, "refused": BROKEN}.items():
        expect(page.locator(f".import-tabs [data-only='{name}']")).to_have_text(re.compile(rf"\s{count}$"))
    expect(page.locator(".import-tabs [data-only=left_out]")).to_have_text(re.compile(rf"\s{PDFS}$"))
    shoot(page, "import-02-preview")
    page.locator(".import-tabs [data-only=conflict]").click()
    expect(page.locator("tr[data-outcome=conflict]")).to_have_count(CONFLICTS)
    expect(page.locator("tr[data-outcome=conflict]").first).to_contain_text("IMP_000.xml")
    shoot(page, "import-03-conflicts")

    preview = page.url
    page.goto(desk.url)  # a preview is a place to come back to
    expect(page.get_by_text("IMP/000")).to_have_count(0)
    page.goto(preview)
    page.get_by_role("button", name="Zaimportuj 280 faktur").click()
    expect(page.locator("[data-import-state=recording]")).to_be_visible()
    shoot(page, "import-04-recording")
    expect(page.locator("[data-import-state=done]")).to_be_visible(timeout=90_000)
    expect(page.locator("#import-page .notice")).to_contain_text("280 faktur jest w księgach")
    expect(page.locator("#import-live")).to_contain_text("280 faktur jest w księgach")
    expect(page.locator("#import-title")).to_be_focused()
    shoot(page, "import-05-done")

    page.locator(".import-tabs [data-only=new]").click()
    settle_first(page)
    page.goto(preview)
    page.get_by_role("button", name="Cofnij import").click()
    expect(page.locator("#import-obstacles")).to_contain_text("rozliczona później")
    shoot(page, "import-06-undo-refused")
    page.locator("#dialog").get_by_role("button", name="Zamknij").last.click()

    page.goto(desk.url)
    open_dialog(page)
    page.set_input_files("#files", {"name": "jedna.xml", "mimeType": "text/xml", "buffer": document(500)})
    page.get_by_role("button", name="Odczytaj pliki").click()
    page.get_by_role("button", name="Zaimportuj jedną fakturę").click()
    expect(page.locator("[data-import-state=done]")).to_be_visible(timeout=30_000)
    page.get_by_role("button", name="Cofnij import").click()
    shoot(page, "import-07-undo")
    page.locator("#dialog").get_by_role("button", name="Cofnij import").click()
    expect(page.locator("[data-import-state=undone]")).to_be_visible()
    shoot(page, "import-08-undone")
    page.get_by_role("link", name="Dziennik importów").first.click()
    expect(page.locator("td[data-import-state]")).to_have_count(3)  # with the Desk's own sample folder
    shoot(page, "import-09-log")


def test_files_dropped_on_the_list_are_previewed(page: Page, desk: Desk) -> None:
    log_in(page, desk)
    transfer = page.evaluate_handle(
        """(xml) => { const moved = new DataTransfer();
            moved.items.add(new File([xml], "upuszczona.xml", { type: "text/xml" })); return moved; }""",
        document(700).decode(),
    )
    page.dispatch_event("#invoice-list", "dragover", {"dataTransfer": transfer})
    expect(page.locator("body.is-dropping")).to_be_visible()
    page.dispatch_event("#invoice-list", "drop", {"dataTransfer": transfer})
    expect(page.locator("[data-import-state=previewed]")).to_be_visible(timeout=30_000)
    expect(page.locator("tr[data-outcome=new]")).to_contain_text("upuszczona.xml")


def make_nested(folder: Path) -> tuple[Path, Path]:
    """A folder with a file at its top, many two folders down, an archive, a scan, a hidden file and an empty folder;
    and a file beside it."""
    deep = folder / "rok 2026" / "październik" / "sprzedaż"
    deep.mkdir(parents=True)
    (folder / "rok 2026" / "pusty").mkdir()
    for at in range(DEEP):
        (deep / f"IMP_{at:03}.xml").write_bytes(document(at))
    (folder / "rok 2026" / "wierzch.xml").write_bytes(document(600))
    (folder / "rok 2026" / "październik" / "skan.pdf").write_bytes(b"%PDF-1.7")
    (deep / ".ukryty.xml").write_bytes(b"<Faktura/>")
    with zipfile.ZipFile(folder / "rok 2026" / "październik" / "paczka.zip", "w") as archive:
        archive.writestr("w paczce.xml", document(601))
    (folder / "obok.xml").write_bytes(document(602))
    return folder / "rok 2026", folder / "obok.xml"


def test_a_dropped_folder_is_read_to_any_depth(page: Page, desk: Desk, tmp_path: Path) -> None:
    dropped = make_nested(tmp_path / "files")
    log_in(page, desk)
    for place in ("#invoice-list", "#import-drop"):
        page.goto(desk.url)
        if place == "#import-drop":
            open_dialog(page)
        drop(page, place, *dropped)
        expect(page.locator("[data-import-state=previewed]")).to_be_visible(timeout=60_000)
        for name, count in {"": DEEP + 4, "new": DEEP + 3, "left_out": 1}.items():
            expect(page.locator(f".import-tabs [data-only='{name}']")).to_have_text(re.compile(rf"\s{count}$"))
        page.locator(".import-tabs [data-only=left_out]").click()
        expect(page.locator("tr[data-outcome=left_out]")).to_contain_text("rok 2026/październik/skan.pdf")
