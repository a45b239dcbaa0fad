"""The Desk's help: an article for each window in both languages, what it quotes and links, and the votes."""

import json

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from saldo_core.help.articles import LANGUAGES, Article
from saldo_core.help.tables import TEXT_LENGTH_MAX
from saldo_desk.__main__ import run
from saldo_desk.books import companies
from saldo_desk.books.tables import Company, Invoice
from saldo_desk.exchange.link_states import STATES
from saldo_desk.help.handbook import HANDBOOK, NO_WINDOW, WINDOWS
from saldo_desk.help.tables import HelpVote
from saldo_desk.urls import urlpatterns
from tools import articles

ARTICLES = [article for language in LANGUAGES for article in HANDBOOK.list_articles(language=language)]
IDS = [f"{article.language}-{article.name}" for article in ARTICLES]


def test_every_window_has_an_article() -> None:
    names = {str(pattern.name) for pattern in urlpatterns}
    assert names - set(WINDOWS) - NO_WINDOW == set()
    assert set(WINDOWS.values()) - set(HANDBOOK.names) == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_article_is_written_and_every_file_is_listed(language: str) -> None:
    files = {path.stem for path in (HANDBOOK.folder / language).iterdir()}
    assert files == set(HANDBOOK.names)


@pytest.mark.parametrize("article", ARTICLES, ids=IDS)
def test_what_an_article_quotes_stands_in_a_window_and_its_links_lead_somewhere(article: Article) -> None:
    assert articles.unknown_labels(article) == []
    assert articles.broken_links(HANDBOOK, article) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_state_of_the_link_has_its_place(language: str) -> None:
    article = HANDBOOK.get("link-states", language=language)
    assert article is not None
    assert set(STATES) - {section.anchor for section in article.contents} == set()


@pytest.mark.parametrize("name", HANDBOOK.names)
def test_an_article_opens_in_both_languages(name: str, window: Client, company: Company) -> None:
    for language in LANGUAGES:
        window.post(reverse("set_language"), {"language": language})
        article = HANDBOOK.get(name, language=language)
        assert article is not None
        page = window.get(reverse("help-article", args=[name])).content.decode()
        assert f'<h1 tabindex="-1">{article.title}</h1>' in page


def test_a_window_and_a_dialog_point_at_their_own_article(window: Client, invoice: Invoice) -> None:
    pages = {
        "invoices": window.get(reverse("home")),
        "invoice": window.get(reverse("invoice", args=[invoice.uid])),
        "settling": window.get(reverse("settle"), {"invoice": str(invoice.uid)}, headers={"HX-Request": "true"}),
        "link-states": window.post(
            reverse("synchronise"), {"invoice": str(invoice.uid)}, headers={"HX-Request": "true"}
        ),
    }
    for name, page in pages.items():
        assert f'href="{reverse("help-article", args=[name])}' in page.content.decode(), name
    assert 'link-states/#no_key"' in pages["link-states"].content.decode()


def test_help_is_there_before_logging_in(company: Company) -> None:
    page = Client().get(reverse("login")).content.decode()
    assert reverse("help-article", args=["start"]) in page
    article = Client().get(reverse("help-article", args=["start"])).content.decode()
    assert "Zaloguj się, aby odpowiedzieć" in article
    assert Client().post(reverse("help-vote", args=["start"]), {"helpful": "yes"}).status_code == 302
    assert not HelpVote.objects.exists()


def test_a_page_of_the_help_has_the_bar_of_every_window(window: Client, company: Company) -> None:
    for address in (reverse("help"), reverse("help-article", args=["start"]), reverse("help-votes")):
        page = window.get(address).content.decode()
        assert '<nav class="menu-bar"' in page and company.name in page, address
        assert '<nav class="menu-bar"' not in Client().get(address, follow=True).content.decode(), address
    assert company.name not in Client().get(reverse("help")).content.decode()


def test_the_search_page_shows_what_it_found_and_escapes_what_was_typed(window: Client) -> None:
    page = window.get(reverse("help"), {"q": "cofnij rozliczenie"}).content.decode()
    assert reverse("help-article", args=["settling"]) in page
    nothing = window.get(reverse("help"), {"q": "<b>zolw</b>"}).content.decode()
    assert "&lt;b&gt;zolw&lt;/b&gt;" in nothing
    assert "nic nie znaleziono" in nothing


def test_one_vote_counts_for_each_operator_and_may_be_changed(window: Client) -> None:
    address = reverse("help-vote", args=["import"])
    for answer, text in (("yes", ""), ("no", "  Za krótko.  ")):
        assert window.post(address, {"helpful": answer, "text": text})["Location"] == reverse(
            "help-article", args=["import"]
        )
    other = companies.add_operator(login="ewa", name="Ewa", password="zielone-jablko-i-pies")
    second = Client()
    second.force_login(other)
    second.post(address, {"helpful": "yes"})
    assert sorted(HelpVote.objects.values_list("helpful", "text")) == [(False, "Za krótko."), (True, "")]
    counts = window.get(reverse("help-votes")).content.decode()
    row = counts[counts.index('data-article="import"') :].split("</tr>")[0]
    assert row.count('<td class="number">1</td>') == 2
    assert "Za krótko." in counts


@pytest.mark.parametrize(
    ("posted", "status"),
    [({"helpful": "maybe"}, 404), ({}, 404), ({"helpful": "no", "text": "x" * (TEXT_LENGTH_MAX + 1)}, 422)],
)
def test_a_vote_that_is_none_is_not_stored(posted: dict[str, str], status: int, window: Client) -> None:
    answer = window.post(reverse("help-vote", args=["import"]), posted)
    assert (answer.status_code, HelpVote.objects.count()) == (status, 0)
    if status == 422:
        assert f"najwyżej {TEXT_LENGTH_MAX} znaków" in answer.content.decode()
        assert posted["text"] in answer.content.decode()


def test_the_counts_take_as_many_queries_for_three_votes_as_for_one(
    window: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for names in (["start"], ["import", "runs"]):
        for name in names:
            window.post(reverse("help-vote", args=[name]), {"helpful": "yes", "text": name})
        with django_assert_num_queries(6):
            window.get(reverse("help-votes"))


def test_the_command_prints_the_counts(window: Client, capsys: pytest.CaptureFixture[str]) -> None:
    window.post(reverse("help-vote", args=["runs"]), {"helpful": "yes", "text": "Dobre"})
    assert run(["help", "votes", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert {"article": "runs", "yes": 1, "no": 0} in said["articles"]
    assert [(row["article"], row["text"]) for row in said["texts"]] == [("runs", "Dobre")]
    assert run(["help", "votes"]) == 0
    assert "    1     0  runs" in capsys.readouterr().out
