"""The Platform's help: an article for each page in both languages, what it quotes and links, and the votes."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from packages.platform.tests.conftest import logged_in
from saldo_core.help.articles import LANGUAGES, Article
from saldo_platform.__main__ import print_help_votes
from saldo_platform.companies.tables import Company, Person
from saldo_platform.help.handbook import HANDBOOK, NO_WINDOW, WINDOWS
from saldo_platform.help.tables import HelpVote
from saldo_platform.site.urls import urlpatterns
from tools import articles

pytestmark = pytest.mark.django_db

ARTICLES = [article for language in LANGUAGES for article in HANDBOOK.list_articles(language=language)]
IDS = [f"{article.language}-{article.name}" for article in ARTICLES]


def test_every_page_has_an_article() -> None:
    names = {str(pattern.name) for pattern in urlpatterns}
    assert names - set(WINDOWS) - NO_WINDOW == set()
    assert set(WINDOWS.values()) - set(HANDBOOK.names) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_is_written_and_every_file_is_listed(language: str) -> None:
    assert {path.stem for path in (HANDBOOK.folder / language).iterdir()} == set(HANDBOOK.names)


@pytest.mark.parametrize("article", ARTICLES, ids=IDS)
def test_what_an_article_quotes_stands_on_a_page_and_its_links_lead_somewhere(article: Article) -> None:
    assert articles.unknown_labels(article) == []
    assert articles.broken_links(HANDBOOK, article) == []


@pytest.mark.parametrize("name", HANDBOOK.names)
def test_an_article_opens_in_both_languages_for_anybody(name: str) -> None:
    for language in LANGUAGES:
        article = HANDBOOK.get(name, language=language)
        assert article is not None
        page = Client(headers={"Accept-Language": language}).get(reverse("help-article", args=[name]))
        assert f'<h1 tabindex="-1">{escape(article.title)}</h1>' in page.content.decode()


def test_a_page_points_at_its_own_article(company: Company, alice: Person) -> None:
    for page, name in (("invoices", "invoices"), ("integrations", "integrations"), ("company", "company")):
        shown = logged_in(alice).get(reverse(page, args=[company.uid])).content.decode()
        assert f'href="{reverse("help-article", args=[name])}" data-help' in shown


def test_a_customer_votes_once_and_sees_no_counts(alice: Person, capsys: pytest.CaptureFixture[str]) -> None:
    address = reverse("help-vote", args=["payments"])
    assert Client().post(address, {"helpful": "yes"}).status_code == 302
    for answer in ("no", "yes"):
        logged_in(alice).post(address, {"helpful": answer, "text": "Jasne"})
    assert list(HelpVote.objects.values_list("article", "helpful", "voter__email")) == [
        ("payments", True, "alice@example.com")
    ]
    assert logged_in(alice).get("/help/votes/").status_code == 404
    print_help_votes()
    said = capsys.readouterr().out
    assert "    1     0  payments" in said
    assert "'Jasne'" in said
