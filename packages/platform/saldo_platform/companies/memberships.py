"""Who belongs to a company, and as what."""

from uuid import UUID

from django.utils.translation import gettext_lazy as _

from saldo_core.refusals import Refusal
from saldo_platform.companies.tables import Company, Membership, Person, Role


class NotAnAdministrator(Refusal):
    """Only administrators decide on integrations and keys."""

    code = "not_an_administrator"
    status = 403
    text = _("Only an administrator of the company may do this.")


def get_company(*, person: Person, uid: UUID) -> Company | None:
    """The company, when the person is a member."""
    return Company.objects.filter(members=person, uid=uid).first()


def require_administrator(*, company: Company, person: Person) -> None:
    """:raises NotAnAdministrator:"""
    if not is_administrator(company=company, person=person):
        raise NotAnAdministrator()


def is_administrator(*, company: Company, person: Person) -> bool:
    """Whether the person decides on the company's integrations and keys."""
    return Membership.objects.filter(company=company, person=person, role=Role.ADMINISTRATOR).exists()
