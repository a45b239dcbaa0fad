"""Importing files: choose, send in parts, look at the preview, record, stop, undo; the log of imports."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saldo_core import spreadsheets
from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company
from saldo_desk.site.opened import in_company, is_htmx, operator_of, page, telling
from saldo_desk.sources import importing, imports, receiving, undoing
from saldo_desk.sources.import_refusals import NothingToImport, PartTooLarge
from saldo_desk.sources.import_words import FILTERS, OUTCOMES, PROBLEMS, STATES
from saldo_desk.sources.ksef_schema import FILE_BYTES_MAX
from saldo_desk.sources.receiving import Upload
from saldo_desk.sources.tables import IMPORT_BUSY, Import, ImportFile, ImportState
from saldo_protocol.money import format_minor

PAGE_ROWS = 50
PART_FILES_MAX = 200
PART_BYTES = 8 * 1024**2
CSV_ROWS_AT_ONCE = 500
SMALL = 20
OFFSET_DIGITS_MAX = 12


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def import_start(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The dialog. A POST begins an import: with files it is complete, ``begin`` says that parts will follow."""
    if request.method != "POST":
        return _dialog(request, company)
    if "begin" in request.POST:
        begun = imports.begin(company=company, operator=operator_of(request), now=timezone.now())
        return JsonResponse(
            {name: reverse(f"import-{name}", kwargs={"uid": begun.uid}) for name in ("part", "received")}
        )
    uploads = _uploads(request)
    if not uploads:
        return _dialog(request, company, problem=NothingToImport().message)
    begun = imports.begin(company=company, operator=operator_of(request), now=timezone.now())
    try:
        receiving.add_uploads(found=begun, uploads=uploads)
        receiving.received(found=begun)
    except Refusal as refusal:
        imports.discard(found=begun, now=timezone.now())
        return _dialog(request, company, problem=refusal.message)
    return redirect("import-page", uid=begun.uid)


@require_POST
@in_company
def import_part(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Some of the files, or a piece of a large one; and names of those that are not sent."""
    found = _found(company, uid)
    uploads = _uploads(request)
    try:
        if sum(upload.size or 0 for upload in request.FILES.getlist("files")) > PART_BYTES * 2:
            raise PartTooLarge(limit_mb=PART_BYTES // 1024**2)
        kept = receiving.add_uploads(found=found, uploads=uploads, unsent=request.POST.getlist("unsent"))
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    return JsonResponse({"files": kept})


@require_POST
@in_company
def import_received(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """All parts are here. Answers with the address of the import's page."""
    found = _found(company, uid)
    try:
        receiving.received(found=found)
    except Refusal as refusal:
        return JsonResponse({"code": refusal.code, "message": refusal.message}, status=refusal.status)
    return JsonResponse({"page": reverse("import-page", kwargs={"uid": uid})})


@require_safe
@in_company
def import_page(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """One import as it stands: progress, or its files with their outcomes and what can be done with them."""
    return _page(request, company, _found(company, uid))


@require_safe
@in_company
def import_progress(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """How far it is; once its state has changed, the page is told to take notice."""
    found = _found(company, uid)
    answer = page(request, "import_progress", found=found, **_state_of(found))
    changed = request.GET.get("was") != found.state
    return telling(answer, "import-changed", "books-changed") if changed else answer


@require_POST
@in_company
def import_record(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Put what is new into the books."""
    return _done(request, company, uid, "record")


@require_POST
@in_company
def import_resume(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Go on with a stopped import."""
    return _done(request, company, uid, "resume")


@require_POST
@in_company
def import_stop(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Stop between two files."""
    return _done(request, company, uid, "stop")


@require_POST
@in_company
def import_discard(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Give a preview up."""
    return _done(request, company, uid, "discard")


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def import_undo(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponse:
    """Ask, naming what stands in the way; then take the import back."""
    found = _found(company, uid)
    problem = ""
    if request.method == "POST":
        try:
            undoing.undo(found=found, operator=operator_of(request), now=timezone.now())
        except Refusal as refusal:
            problem = refusal.message
        else:
            if not is_htmx(request):
                return redirect("import-page", uid=uid)
            return telling(HttpResponse(status=204), "dialog-close", "import-changed", "books-changed")
    obstacles = [(row.number, undoing.REASONS[row.reason]) for row in undoing.in_the_way(found=found)]
    return page(
        request,
        "import_undo",
        company=company,
        found=found,
        counts=imports.counts_of(found),
        obstacles=obstacles,
        problem=problem,
    )


@require_safe
@in_company
def import_list(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The log of imports."""
    shown = Paginator(imports.list_imports(company=company), PAGE_ROWS).get_page(request.GET.get("page"))
    counts = imports.counts_of_all(list(shown))
    rows = [(row, STATES[ImportState(row.state)], counts[row.pk]) for row in shown]
    return page(request, "imports", company=company, page=shown, rows=rows, place="imports")


@require_safe
@in_company
def import_csv(request: HttpRequest, *, company: Company, uid: UUID) -> HttpResponseBase:
    """The outcome of each file, for a spreadsheet."""
    found = _found(company, uid)
    answer = StreamingHttpResponse(_csv(found), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{localtime(found.began_at):%Y-%m-%d-%H%M%S}.csv"'
    return answer


def _done(request: HttpRequest, company: Company, uid: UUID, verb: str) -> HttpResponse:
    found, problem = _found(company, uid), ""
    try:
        if verb == "record":
            imports.ask_recording(found=found)
        elif verb == "resume":
            imports.resume(found=found)
        elif verb == "stop":
            imports.stop(found=found)
        else:
            imports.discard(found=found, now=timezone.now())
    except Refusal as refusal:
        problem = refusal.message
    found = _found(company, uid)
    if problem or is_htmx(request):
        return _page(request, company, found, problem=problem)
    return redirect("import-page", uid=uid)


def _page(request: HttpRequest, company: Company, found: Import, problem: str = "") -> HttpResponse:
    only = request.GET.get("only", "")
    rows = imports.list_files(found=found, only=only)
    shown = Paginator(rows, PAGE_ROWS).get_page(request.GET.get("page"))
    state = _state_of(found)
    counts = state["counts"]
    filters = [("", _("All"), counts.total)]
    filters += [(str(name), str(text), getattr(counts, str(name))) for name, text in FILTERS.items()]
    filters.append(("warnings", _("With warnings"), counts.warnings))
    return page(
        request,
        "import_page",
        company=company,
        found=found,
        page=shown,
        rows=[(row, importing.message_of(row), importing.warnings_of(row.warnings)) for row in shown],
        filters=[row for row in filters if row[2] or row[0] in {"", only}],
        only=only,
        problem=problem,
        can_undo=found.recording_asked and found.state in undoing.UNDOABLE and counts.recorded > 0,
        place="imports",
        **state,
    )


def _state_of(found: Import) -> dict[str, Any]:
    counts = imports.counts_of(found)
    recording = found.recording_asked
    return {
        "counts": counts,
        "state_text": STATES[ImportState(found.state)],
        "halted": PROBLEMS.get(found.problem, ""),
        "busy": found.state in IMPORT_BUSY,
        "processed": counts.recorded if recording else counts.read,
        "target": counts.new if recording else counts.total,
        "pause_ms": 300 if counts.total <= SMALL else 1000,
    }


def _dialog(request: HttpRequest, company: Company, problem: str = "") -> HttpResponse:
    limits = {"part_files": PART_FILES_MAX, "part_bytes": PART_BYTES, "files_max": receiving.FILES_MAX}
    return page(
        request,
        "import",
        company=company,
        problem=problem,
        file_bytes=FILE_BYTES_MAX,
        archive_bytes=receiving.ARCHIVE_BYTES_MAX,
        **limits,
    )


def _uploads(request: HttpRequest) -> list[Upload]:
    """The files of a request; ``names`` and ``offsets`` beside them tell the folders and pieces."""
    uploads = [*request.FILES.getlist("files"), *request.FILES.getlist("folder")]
    names, offsets = request.POST.getlist("names"), request.POST.getlist("offsets")
    aligned = len(names) == len(uploads)
    return [
        Upload(
            names[at] if aligned else str(upload.name),
            _chunks(upload),
            _offset(offsets[at]) if aligned and len(offsets) == len(names) else 0,
        )
        for at, upload in enumerate(uploads)
    ]


def _offset(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= OFFSET_DIGITS_MAX else 0


def _chunks(upload: "UploadedFile[bytes]") -> Iterator[bytes]:
    yield from upload.chunks()


def _csv(found: Import) -> Iterator[str]:
    head = (_("File"), _("Outcome"), _("Number"), _("Counterparty"), _("Gross"), _("Currency"), "KSeF", _("Reason"))
    rows = imports.list_files(found=found).iterator(chunk_size=CSV_ROWS_AT_ONCE)
    return spreadsheets.written(head, (_cells(row) for row in rows))


def _cells(row: ImportFile) -> tuple[str, ...]:
    reasons = [importing.message_of(row), *importing.warnings_of(row.warnings)]
    gross = "" if row.gross_minor is None else format_minor(row.gross_minor, row.currency)
    outcome = str(OUTCOMES[row.outcome])
    reason = " ".join(filter(None, reasons))
    return row.name, outcome, row.number, row.counterparty, gross, row.currency, row.ksef_number, reason


def _found(company: Company, uid: UUID) -> Import:
    try:
        return imports.get(company=company, uid=uid)
    except Refusal:
        raise Http404 from None
