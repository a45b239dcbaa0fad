"""Companies and operators of this Desk."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from stdnum.pl import nip as nip_rules

from saldo_core.refusals import Refusal
from saldo_desk.books.tables import Company, Operator


class NipInvalid(Refusal):
    """Not ten digits, or a wrong check digit."""

    code = "nip_invalid"
    text = _("%(nip)s is not a valid NIP: check the ten digits.")


class CompanyAlreadyHere(Refusal):
    """The NIP is in this Desk already."""

    code = "company_already_here"
    text = _("A company with NIP %(nip)s is here already: %(name)s.")


class CompanyNotFound(Refusal):
    """No such company in this Desk."""

    code = "company_not_found"
    status = 404
    text = _("There is no company with NIP %(nip)s here. Add it first.")


class CompanyNotChosen(Refusal):
    """Several companies, and none was named."""

    code = "company_not_chosen"
    text = _("This Desk keeps several companies: say which one by its NIP.")


class LoginTaken(Refusal):
    """Another operator has the log-in."""

    code = "login_taken"
    text = _("The log-in %(login)s is taken.")


class PasswordRefused(Refusal):
    """The password is too weak; the sentence says why."""

    code = "password_refused"
    text = _("%(reason)s")


def plain_nip(text: str) -> str:
    """Ten digits, without blanks, dashes and a leading PL.

    :raises NipInvalid: when the check digit is wrong (weights 6 5 7 2 3 4 5 6 7, modulo 11).
    """
    try:
        return str(nip_rules.validate(text))
    except nip_rules.ValidationError:
        raise NipInvalid(nip=text.strip() or "—") from None


def add(*, nip: str, name: str, address: str = "", email: str = "") -> Company:
    """Add a company.

    :raises NipInvalid:
    :raises CompanyAlreadyHere:
    """
    digits = plain_nip(nip)
    with transaction.atomic():
        found = Company.objects.filter(nip=digits).first()
        if found is not None:
            raise CompanyAlreadyHere(nip=digits, name=found.name)
        return Company.objects.create(nip=digits, name=name.strip(), address=address.strip(), email=email.strip())


def get(*, nip: str = "") -> Company:
    """The company with the NIP; without one, the only company.

    :raises CompanyNotFound:
    :raises CompanyNotChosen:
    """
    if nip:
        digits = plain_nip(nip)
        found = Company.objects.filter(nip=digits).first()
        if found is None:
            raise CompanyNotFound(nip=digits)
        return found
    companies = list(Company.objects.order_by("pk")[:2])
    if not companies:
        raise CompanyNotFound(nip="—")
    if len(companies) > 1:
        raise CompanyNotChosen()
    return companies[0]


def list_companies() -> list[Company]:
    """All companies of this Desk, by name."""
    return list(Company.objects.order_by("name", "pk"))


def add_operator(*, login: str, name: str, password: str) -> Operator:
    """Add an operator.

    :raises LoginTaken:
    :raises PasswordRefused:
    """
    operator = Operator(login=login.strip().lower(), name=name.strip())
    try:
        validate_password(password, operator)
    except ValidationError as error:
        raise PasswordRefused(reason=" ".join(error.messages)) from None
    operator.set_password(password)
    with transaction.atomic():
        if Operator.objects.filter(login=operator.login).exists():
            raise LoginTaken(login=operator.login)
        operator.save()
    return operator
