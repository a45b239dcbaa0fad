"""Logging in and out, and the language."""

from django.test import Client
from django.urls import reverse

from saldo_desk.books.tables import Company, Operator


def test_log_in_opens_the_list_and_log_out_closes_it(anna: Operator, company: Company) -> None:
    client = Client(headers={"Accept-Language": "pl"})
    page = client.get(reverse("login")).content.decode()
    assert 'name="username"' in page and 'name="password"' in page and ">Zaloguj</button>" in page
    answer = client.post(reverse("login"), {"username": "Anna", "password": "wrong"})
    assert answer.status_code == 200 and "notice--danger" in answer.content.decode()
    answer = client.post(reverse("login"), {"username": "Anna", "password": "zielone-jablko-i-kot"})
    assert answer["Location"] == reverse("home")
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert client.get(reverse("home")).status_code == 302


def test_the_language_is_switched_by_a_post(window: Client, company: Company) -> None:
    window.post(reverse("set_language"), {"language": "en"})
    assert "Financial services" in window.get(reverse("home")).content.decode()
    window.post(reverse("set_language"), {"language": "pl"})
    assert "Usługi finansowe" in window.get(reverse("home")).content.decode()
