"""Logging in and out, and the language."""

import re

from django.test import Client
from django.urls import reverse
from django.utils import timezone

from saldo_desk.books import log_in
from saldo_desk.books.tables import Company, LogInAttempt, Operator


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


def wrong(login: str = "anna", address: str = "192.0.2.1", password: str = "wrong") -> str:
    answer = Client(headers={"Accept-Language": "pl"}).post(
        reverse("login"), {"username": login, "password": password}, REMOTE_ADDR=address
    )
    return answer.content.decode()


def test_wrong_passwords_are_counted_for_a_log_in_and_a_client(anna: Operator, company: Company) -> None:
    for _try in range(10):
        assert "Za dużo" not in wrong()
    right = "zielone-jablko-i-kot"
    assert "Za dużo błędnych haseł" in wrong(password=right), "also the right one waits"
    assert "Za dużo" in wrong(login=" ANNA "), "case and blanks make no other log-in"
    assert wrong(address="192.0.2.2", password=right) == "", "a stranger can't lock her out from elsewhere"
    assert "Za dużo" not in wrong(login="ewa")
    LogInAttempt.objects.update(at=timezone.now() - log_in.PERIOD)
    assert wrong(password=right) == ""


def test_the_answer_is_the_same_for_a_log_in_that_is_not_there(anna: Operator, company: Company) -> None:
    tokens = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"')
    pages = [
        [tokens.sub("", wrong(login=login)).replace(f'value="{login}"', "") for _try in range(11)]
        for login in ("anna", "nobody")
    ]
    waiting = re.compile(r"za \d+ s\.")
    assert [waiting.sub("", page) for page in pages[0]] == [waiting.sub("", page) for page in pages[1]]


def test_one_client_has_a_limit_over_all_log_ins_and_old_counts_are_removed(anna: Operator, company: Company) -> None:
    old = timezone.now() - log_in.PERIOD
    LogInAttempt.objects.create(subject_digest="x", at=old)
    for number in range(50):
        log_in.count_wrong(login=f"n{number}", client_address="2001:db8::1", now=timezone.now())
    assert "Za dużo" in wrong(address="2001:db8::ffff:2"), "the same /64"
    assert "Za dużo" not in wrong(address="2001:db8:0:1::1")
    assert not LogInAttempt.objects.filter(subject_digest="x").exists()


def test_a_form_in_another_encoding_or_with_too_many_fields_is_told_so_on_a_page(company: Company) -> None:
    client = Client(headers={"Accept-Language": "pl"}, enforce_csrf_checks=True, raise_request_exception=False)
    client.get(reverse("login"))
    token = client.cookies["saldo_desk_csrf"].value
    form = f"csrfmiddlewaretoken={token}&username=a&password=b"
    kind = "application/x-www-form-urlencoded"
    for body, content_type in ((form, f"{kind}; charset=utf-7"), (form + "&a=1" * 6000, kind)):
        answer = client.post(reverse("login"), body.encode(), content_type=content_type)
        assert (answer.status_code, "<h1>Nie można wykonać żądania" in answer.content.decode()) == (400, True)
