"""The lists of invoices and payments, their filters, columns and marks."""

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from saldo_core.refusals import Refusal
from saldo_desk.books import list_settings, lists, marks
from saldo_desk.books.tables import Company
from saldo_desk.site import list_pages, list_texts
from saldo_desk.site.marked import list_of, uids
from saldo_desk.site.opened import in_company, is_htmx, operator_of, page

ADDRESSES = {"invoices": "home", "payments": "payments"}


@require_safe
@in_company
def home(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The invoices of the open company."""
    return _list(request, company, lists.INVOICES)


@require_safe
@in_company
def payments(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The payment schedule of the open company."""
    return _list(request, company, lists.PAYMENTS)


@require_safe
@in_company
def list_filter(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The dialog with a filter for each column; it leads to the list by a plain GET."""
    opened = _opened(request, company, lists.SHAPES[list_of(request.GET)])
    given = dict(opened.criteria.filters)
    problems = {problem.name: problem for problem in opened.criteria.problems}
    fields = [
        {
            "name": column.name,
            "label": list_texts.COLUMNS[column.name],
            "kind": column.kind,
            "values": given.get(column.name, ()),
            "value": " ".join(given.get(column.name, ())),
            "value_from": " ".join(given.get(f"{column.name}_from", ())),
            "value_to": " ".join(given.get(f"{column.name}_to", ())),
            "choices": [
                (value, list_texts.of_choice(opened.shape.name, column.name, value)) for value in column.choices
            ],
        }
        for column in sorted(opened.shape.columns, key=_place_in_dialog)
    ]
    return page(
        request,
        "list_filter",
        company=company,
        shape=opened.shape.name.value,
        address=ADDRESSES[opened.shape.name],
        criteria=opened.criteria,
        fields=fields,
        problems=problems,
        focus=request.GET.get("focus", ""),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@in_company
def list_columns(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The dialog that chooses columns and rows of a page."""
    values = request.POST if request.method == "POST" else request.GET
    opened = _opened(request, company, lists.SHAPES[list_of(values)])
    if request.method == "POST":
        known = [column.name for column in opened.shape.columns]
        list_settings.keep_columns(
            company=company,
            operator=operator_of(request),
            name=opened.shape.name,
            columns=[name for name in known if name in values.getlist("column")],
            page_rows=next((rows for rows in lists.PAGE_ROWS if values.get("rows") == str(rows)), 0),
        )
        return redirect(ADDRESSES[opened.shape.name])
    chosen = opened.columns()
    return page(
        request,
        "list_columns",
        company=company,
        shape=opened.shape.name.value,
        boxes=[
            (column.name, list_texts.COLUMNS[column.name], column.name in chosen) for column in opened.shape.columns
        ],
        fixed=list_pages.NEVER_HIDDEN,
        page_rows=opened.kept.page_rows,
        choices=lists.PAGE_ROWS,
    )


@require_POST
@in_company
def change_marks(request: HttpRequest, *, company: Company) -> HttpResponse:
    """Mark and unmark rows by their uids, all that match a filter, or none; answers what is marked now."""
    operator, name = operator_of(request), list_of(request.POST)
    if "all" in request.POST:
        values = QueryDict(request.POST.get("query", "")[: list_settings.QUERY_LENGTH_MAX])
        opened = list_pages.open_list(
            company=company,
            operator=operator,
            shape=lists.SHAPES[name],
            values=dict(values.lists()),
            today=timezone.localdate(),
        )
        marks.mark_all(company=company, operator=operator, name=name, rows=opened.rows())
    elif "none" in request.POST:
        marks.clear(company=company, operator=operator, name=name)
    else:
        try:
            marks.change(
                company=company,
                operator=operator,
                name=name,
                mark=uids(request.POST.getlist("mark")),
                unmark=uids(request.POST.getlist("unmark")),
            )
        except Refusal as refusal:
            return HttpResponse(refusal.message, status=refusal.status, content_type="text/plain; charset=utf-8")
    return render(request, "saldo_desk/marks.html", list_pages.marks_context(company, operator, name))


@require_safe
@in_company
def shortcuts(request: HttpRequest, *, company: Company) -> HttpResponse:
    """The dialog of all shortcuts."""
    return page(request, "shortcuts", company=company)


def _place_in_dialog(column: lists.Column) -> tuple[bool, int]:
    """What is filtered most comes first, so that few steps of Tab lead there; days are four steps each."""
    kinds = ("choice", "folded", "text", "digits", "exact", "date", "amount")
    return column.name not in {"state", "sync"}, kinds.index(column.kind)


def _opened(request: HttpRequest, company: Company, shape: lists.Shape) -> list_pages.Opened:
    return list_pages.open_list(
        company=company,
        operator=operator_of(request),
        shape=shape,
        values=dict(request.GET.lists()),
        today=timezone.localdate(),
    )


def _list(request: HttpRequest, company: Company, shape: lists.Shape) -> HttpResponse:
    """A list; the bare address opens it as it was left, and an address of a form becomes one worth keeping."""
    opened = _opened(request, company, shape)
    query = urlencode(opened.criteria.pairs())
    page_text = request.GET.get("page", "")
    if not is_htmx(request):
        if not request.GET and opened.kept.query:
            return redirect(f"{request.path}?{opened.kept.query}")
        if request.method == "GET" and not opened.criteria.problems and query != opened.kept.query:
            list_settings.keep_query(company=company, operator=operator_of(request), name=shape.name, query=query)
        plain = urlencode([*opened.criteria.pairs(), *([("page", page_text)] if page_text else [])])
        if not opened.criteria.problems and request.GET.urlencode() != plain:
            return redirect(f"{request.path}?{plain}" if plain else request.path)
    return page(
        request,
        shape.name,
        company=company,
        place="list",
        address=ADDRESSES[shape.name],
        **list_pages.context(opened, page_text),
    )
