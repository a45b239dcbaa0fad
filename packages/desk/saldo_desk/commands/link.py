"""Commands on the link: registration, key, synchronisation, status."""

import argparse
import sys

import msgspec
from django.conf import settings
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from saldo_desk.books import companies, invoices
from saldo_desk.commands import ways
from saldo_desk.commands.output import DONE, say, usage
from saldo_desk.commands.runs import carried_out, lines_of, preview_said
from saldo_desk.commands.schedule import values_of as schedule_values
from saldo_desk.exchange import connection, link_states, registration, runs, schedule_words, schedules, standing
from saldo_desk.exchange.exporting import run_values
from saldo_desk.exchange.tables import REGISTRATION_OPEN, RUN_ACTIVE, Link, Registration, Run, RunState
from saldo_protocol.registration import GivenConsent


def add_parsers(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", base: argparse.ArgumentParser) -> None:
    """Declare the commands of this module."""
    group = commands.add_parser("registration", help=_("create an account on the Platform")).add_subparsers(
        required=True
    )
    start = group.add_parser("start", parents=[base], help=_("begin: a code is mailed to the address"))
    start.add_argument("--email", required=True, help=_("where code and activation link are mailed"))
    start.add_argument("--person", required=True, help=_("who creates the account"))
    start.add_argument("--consent", action="append", default=[], metavar="CODE", help=_("a consent given; repeat"))
    start.add_argument("--platform", default=settings.PLATFORM_URL, help=_("address of the Platform"))
    start.set_defaults(act=registration_start)
    group.add_parser("consents", parents=[base], help=_("the texts to agree to")).set_defaults(
        act=registration_consents
    )
    code = group.add_parser("code", parents=[base], help=_("enter the code from the mail"))
    code.add_argument("code", help=_("six digits"))
    code.set_defaults(act=registration_code)
    email = group.add_parser("email", parents=[base], help=_("another address for the same registration"))
    email.add_argument("email", metavar="NEW", help=_("the other address"))
    email.set_defaults(act=registration_email)
    group.add_parser("resend", parents=[base], help=_("have the mail sent again")).set_defaults(act=registration_resend)
    group.add_parser("status", parents=[base], help=_("how far it is")).set_defaults(act=registration_status)

    group = commands.add_parser("key", help=_("the exchange key")).add_subparsers(required=True)
    key = group.add_parser("set", parents=[base], help=_("read a key from standard input, check it, keep it"))
    key.add_argument("--platform", default=settings.PLATFORM_URL, help=_("address of the Platform"))
    key.set_defaults(act=key_set)
    group.add_parser("test", parents=[base], help=_("ask the Platform whether the key works")).set_defaults(
        act=key_test
    )
    group.add_parser("forget", parents=[base], help=_("forget the key")).set_defaults(act=key_forget)

    sync = commands.add_parser("sync", parents=[base], help=_("send the invoices named, and what changed since"))
    sync.add_argument("numbers", nargs="*", metavar="NUMBER", help=_("of an invoice"))
    sync.add_argument("--all", action="store_true", help=_("all invoices of the company"))
    sync.add_argument("--preview", action="store_true", help=_("ask the Platform what would change; send nothing"))
    sync.set_defaults(act=sync_now)
    commands.add_parser("status", parents=[base], help=_("link, registration and last run")).set_defaults(act=status)


def registration_consents(options: argparse.Namespace) -> int:
    """``registration consents``"""
    texts = registration.get_consents(platform_url=settings.PLATFORM_URL)
    needed = {True: _("required"), False: _("optional")}
    lines = [f"{text.code} ({text.version}, {needed[text.required]}): {text.text}" for text in texts.consents]
    say(
        options,
        "\n".join(lines),
        {"consents": [{"code": text.code, "version": text.version} for text in texts.consents]},
    )
    return DONE


def registration_start(options: argparse.Namespace) -> int:
    """``registration start``"""
    company = companies.get(nip=options.company)
    texts = registration.get_consents(platform_url=options.platform)
    given = tuple(
        GivenConsent(code=text.code, version=text.version) for text in texts.consents if text.code in options.consent
    )
    row = registration.start(
        company=company,
        platform_url=options.platform,
        email=options.email,
        person_name=options.person,
        company_name=company.name,
        company_address=company.address,
        consents=given,
        language="en" if get_language() == "en" else "pl",
        now=timezone.now(),
    )
    return _registration_said(options, row)


def registration_code(options: argparse.Namespace) -> int:
    """``registration code``"""
    row = registration.enter_code(registration=_open(options), code=options.code, now=timezone.now())
    return _registration_said(options, row)


def registration_email(options: argparse.Namespace) -> int:
    """``registration email``: what was typed, the consents and the key stay."""
    row = registration.change_email(registration=_open(options), email=options.email, now=timezone.now())
    return _registration_said(options, row)


def registration_resend(options: argparse.Namespace) -> int:
    """``registration resend``"""
    return _registration_said(options, registration.resend(registration=_open(options), now=timezone.now()))


def registration_status(options: argparse.Namespace) -> int:
    """``registration status``"""
    company = companies.get(nip=options.company)
    row = registration.get_open(company=company) or Registration.objects.filter(company=company).last()
    if row is None:
        raise registration.NoRegistration()
    if row.state in REGISTRATION_OPEN:
        row = registration.refresh(registration=row, now=timezone.now())
    return _registration_said(options, row)


def key_set(options: argparse.Namespace) -> int:
    """``key set``: from standard input, so that the key is neither in the history nor in the process list."""
    company = companies.get(nip=options.company)
    connection.configure(
        company=company, platform_url=options.platform, key_text=sys.stdin.readline(), now=timezone.now()
    )
    say(options, _("The key works and is kept."), {"connected": True})
    return DONE


def key_test(options: argparse.Namespace) -> int:
    """``key test``"""
    status = connection.check(company=companies.get(nip=options.company), now=timezone.now())
    text = _("The key works: %(name)s, NIP %(nip)s.") % {"name": status.company.name, "nip": status.company.nip}
    say(options, text, {"connected": True, "integration": str(status.uid)})
    return DONE


def key_forget(options: argparse.Namespace) -> int:
    """``key forget``"""
    company = companies.get(nip=options.company)
    if not connection.forget(company=company):
        raise connection.NoKey()
    say(options, _("The key is forgotten here. Revoke it on the Platform too."), {"connected": False})
    return DONE


def sync_now(options: argparse.Namespace) -> int:
    """``sync``: ask for a run and carry it out in this process; with ``--preview`` only look."""
    company = companies.get(nip=options.company)
    if options.all and options.numbers:
        usage(_("Name invoices, or say --all, not both."))
    if options.all and not options.preview:
        return carried_out(options, runs.ask_for_all(company=company, operator=None, now=timezone.now()))
    if options.all:
        pks = list(invoices.in_list(company=company).filter(withdrawal=None).values_list("pk", flat=True))
    else:
        pks = [invoices.get(company=company, number=number).pk for number in options.numbers]
    if options.preview:
        with runs.looking(company=company, invoice_pks=pks, clock=timezone.now) as run:
            return preview_said(options, run)
    return carried_out(options, runs.ask(company=company, invoice_pks=pks, operator=None, now=timezone.now()))


def status(options: argparse.Namespace) -> int:
    """``status``: from what is stored here; asks nobody."""
    company = companies.get(nip=options.company)
    link = connection.get_link(company=company)
    row = registration.get_open(company=company)
    run = runs.get_latest(company=company)
    waits = standing.of(company=company)
    values = {
        "company": company.nip,
        "connected": link is not None and not link.problem and link.integration_uid is not None,
        "platform": link.platform_url if link else None,
        "problem": link.problem if link else "no_key",
        "registration": row.state if row else None,
        "schedule": schedule_values(company),
        "changes_problem": link.changes_problem if link else "",
        "waiting": msgspec.to_builtins(waits) if waits.anything else None,
        "run": run_values(run, runs.counts_of(run)) if run else None,
    }
    lines = [f"{company.name}, NIP {company.nip}"]
    if link is not None:
        lines.append(_("Key %(key)s at %(url)s") % {"key": link.key_identifier, "url": link.platform_url})
    told = [*lines, *_stands(link, row, run), *standing.lines_of(waits)]
    row_of_schedule = schedules.get(company=company)
    if row_of_schedule is not None and row_of_schedule.next_at is not None:
        when = schedule_words.when_of(schedules.plan_of(row_of_schedule))
        told += [_("Schedule: %(when)s") % {"when": when}, *schedule_words.stands_of(row_of_schedule)]
    if link is not None and link.changes_problem:
        told.append(_("What came back could not be read the last time (%(code)s).") % {"code": link.changes_problem})
    say(options, "\n".join(told), values)
    return DONE


def _stands(link: Link | None, row: Registration | None, run: Run | None) -> list[str]:
    """What waits and for what, in the words of the window, with what to type; then the last run."""
    waits = run is not None and run.state == RunState.WAITING
    if run is not None and waits:
        told = lines_of(run)
    elif row is not None:
        told = _state_said(link_states.of_registration(row), link)
    elif link is None:
        told = _state_said(link_states.state_of(connection.NoKey.code), link)
    else:
        told = _state_said(link_states.state_of(link.problem), link) if link.problem else []
    if row is not None:
        told += [link_states.step_of(row), *ways.of_step(row)]
    if run is not None and not waits:
        told += [*lines_of(run), *(ways.of_run(run) if run.state in RUN_ACTIVE else [])]
    return told


def _state_said(state: link_states.LinkState, link: Link | None) -> list[str]:
    url = link.platform_url if link is not None else settings.PLATFORM_URL
    ways_on = ways.of_buttons([button for button in state.buttons if button != "try"], platform_url=url)
    return [*link_states.lines_of_state(state, run=None), *ways_on]


def _open(options: argparse.Namespace) -> Registration:
    row = registration.get_open(company=companies.get(nip=options.company))
    if row is None:
        raise registration.NoRegistration()
    return row


def _registration_said(options: argparse.Namespace, row: Registration) -> int:
    lines = [link_states.step_of(row), *ways.of_step(row)]
    say(options, "\n".join(lines), {"state": row.state, "tries_left": row.tries_left})
    return DONE
