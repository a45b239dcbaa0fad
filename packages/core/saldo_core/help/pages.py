"""The pages of the help: contents with search, an article, the vote, the counts."""

from django.contrib import messages
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from saldo_core.help import context, searching, voting
from saldo_core.help.articles import Article, Handbook
from saldo_core.help.tables import TEXT_LENGTH_MAX, Vote
from saldo_core.refusals import Refusal


class Pages:
    """The views of one program's help.

    :param layout: the template that frames a whole page; a part (``?part=1``) has no frame.
    :param counts_for_readers: whether who is logged in may see the counts: yes where readers are the program's own
        people, no where they are customers.
    """

    def __init__(self, *, handbook: Handbook, table: type[Vote], layout: str, counts_for_readers: bool) -> None:
        self._handbook = handbook
        self._table = table
        self._layout = layout
        self._counts = counts_for_readers

    def patterns(self) -> list[URLPattern]:
        """The addresses, all below ``help/``."""
        counts = [path("help/votes/", login_required(require_safe(self.votes)), name="help-votes")]
        return [
            path("help/", require_safe(self.contents), name="help"),
            *(counts if self._counts else ()),
            path("help/<slug:article>/", require_safe(self.article), name="help-article"),
            path("help/<slug:article>/vote/", require_POST(login_required(self.vote)), name="help-vote"),
        ]

    def contents(self, request: HttpRequest) -> HttpResponse:
        """All articles by chapter; with ``?q=`` those that have every word."""
        query = request.GET.get("q", "").strip()[: searching.QUERY_LENGTH_MAX]
        articles = self._handbook.list_articles(language=_language())
        return self._page(
            request,
            "contents",
            query=query,
            found=searching.search(articles, query) if query else [],
            chapters=self._handbook.by_chapter(language=_language()),
            counts=self._counts,
        )

    def article(self, request: HttpRequest, article: str) -> HttpResponse:
        """One article, its neighbours, and the question whether it helped."""
        return self._article(request, self._get(article))

    def vote(self, request: HttpRequest, article: str) -> HttpResponse:
        """Store the vote and show the article again."""
        found = self._get(article)
        answer = request.POST.get("helpful", "")
        voter = _voter(request)
        if answer not in {"yes", "no"} or voter is None:
            raise Http404
        try:
            voting.cast(
                table=self._table,
                voter=voter,
                article=found.name,
                language=_language(),
                helpful=answer == "yes",
                text=request.POST.get("text", ""),
                now=timezone.now(),
            )
        except Refusal as refusal:
            return self._article(request, found, error=refusal.message, status=refusal.status)
        if _is_part(request):
            return self._article(request, found, thanks=True)
        messages.success(request, _("Thank you, your answer is counted."), extra_tags="ok")
        return redirect(context.url_of(found.name))

    def votes(self, request: HttpRequest) -> HttpResponse:
        """The counts of every article, and what people wrote."""
        titles = {row.name: row.title for row in self._handbook.list_articles(language=_language())}
        counted = voting.count_votes(table=self._table, articles=self._handbook.names)
        rows = [(titles[row.article], context.url_of(row.article), row) for row in counted]
        words = [(titles.get(row.article, row.article), row) for row in voting.list_words(table=self._table)]
        return self._page(request, "votes", rows=rows, words=words)

    def _get(self, name: str) -> Article:
        found = self._handbook.get(name, language=_language())
        if found is None:
            raise Http404
        return found

    def _article(
        self, request: HttpRequest, found: Article, *, thanks: bool = False, error: str = "", status: int = 200
    ) -> HttpResponse:
        before, after = self._handbook.neighbours(found.name, language=_language())
        voter = _voter(request)
        return self._page(
            request,
            "article",
            status=status,
            article=found,
            html=found.html(url_of=context.url_of),
            before=before,
            after=after,
            vote=voting.get(table=self._table, voter=voter, article=found.name) if voter else None,
            may_vote=voter is not None,
            text_length_max=TEXT_LENGTH_MAX,
            typed=request.POST.get("text", "") if error else None,
            thanks=thanks,
            error=error,
        )

    def _page(self, request: HttpRequest, name: str, *, status: int = 200, **values: object) -> HttpResponse:
        part = _is_part(request)
        values["layout"] = "saldo_core/help/part.html" if part else self._layout
        values["in_part"] = part
        return render(request, f"saldo_core/help/{name}.html", values, status=status)


def _is_part(request: HttpRequest) -> bool:
    return request.GET.get("part") == "1"


def _voter(request: HttpRequest) -> AbstractBaseUser | None:
    return request.user if isinstance(request.user, AbstractBaseUser) and request.user.is_authenticated else None


def _language() -> str:
    return (get_language() or "pl")[:2]
