"""The states of the link, each told apart: what happened, what to do. One text for the window and the command line."""

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from saldo_desk.exchange.counting import counts_of_all
from saldo_desk.exchange.tables import Registration, RegistrationState, Run, RunState

Text = str | Promise


class LinkState(msgspec.Struct, frozen=True):
    """A window: its title, what happened, what to do. ``buttons`` are its ways on, the first stands out: ``register``,
    ``configure``, ``resend``, ``platform``, ``try`` (again now), ``unseen`` (send
    without a preview). ``by_itself`` says that it is tried again,
    ``detailed`` that the refusal's own sentence tells more (both times, the versions, whose key)."""

    title: Text
    happened: Text
    remedy: Text
    buttons: tuple[str, ...] = ("platform", "configure")
    by_itself: bool = False
    detailed: bool = False


BUTTONS: dict[str, Text] = {
    "register": _("Create an account"),
    "configure": _("Go to the configuration"),
    "resend": _("Send the link again"),
    "platform": _("Open the Platform"),
    "try": _("Try again now"),
    "unseen": _("Send without a preview"),
    "stop": _("Send nothing"),
}
"""What the ways on are called; ``stop`` belongs to every run that waits."""

STATES: dict[str, LinkState] = {
    "no_key": LinkState(
        _("No exchange key"),
        _("This company is not connected with the Platform yet."),
        _("If you have an account there, enter the exchange key. If not, create an account: it takes three minutes."),
        buttons=("register", "configure"),
    ),
    "key_malformed": LinkState(
        _("Damaged exchange key"),
        _("The exchange key kept here is not whole."),
        _("Copy it again from the Platform (“Integrations”)."),
        buttons=("configure", "platform"),
    ),
    "key_unknown": LinkState(
        _("Wrong exchange key"),
        _("The Platform does not know this exchange key."),
        _("Check that the Platform's address is right; copy the key again, or make a new one there."),
        buttons=("configure", "platform"),
    ),
    "key_revoked": LinkState(
        _("Exchange key revoked"),
        _("This exchange key was revoked on the Platform."),
        _("Make a new key on the Platform and enter it here."),
    ),
    "key_expired": LinkState(
        _("Exchange key expired"),
        _("The time for which this exchange key was made is over."),
        _("Choose “Replace the key” on the Platform (“Integrations”), then enter the new one here."),
    ),
    "key_replaced": LinkState(
        _("Exchange key replaced"),
        _("A newer exchange key took its place on the Platform, and the time in which both worked is over."),
        _("Enter the newer key. Who made it has it; if nobody does, replace the key once more on the Platform."),
        buttons=("configure", "platform"),
    ),
    "account_not_activated": LinkState(
        _("Account not activated"),
        _("The account was created, but its password is not set yet."),
        _("Open the link in the e-mail and set the password. What was marked is sent by itself after that."),
        buttons=("resend",),
    ),
    "integration_not_made": LinkState(
        _("Program not connected"),
        _("The account is active, but the company has an account on the Platform already, made by somebody else."),
        _("Log in to the Platform and ask to join the company there. Once let in, this program goes on by itself."),
    ),
    "integration_not_confirmed": LinkState(
        _("Integration not confirmed"),
        _("The account is active, but this program is not confirmed on the Platform yet."),
        _("Log in to the Platform and press “Confirm”. What was marked is sent by itself after that."),
        buttons=("platform",),
    ),
    "integration_refused": LinkState(
        _("Integration refused"),
        _("An administrator of the company refused this program on the Platform."),
        _("Talk to them; they can make an exchange key for you."),
        buttons=("configure", "platform"),
    ),
    "integration_revoked": LinkState(
        _("Integration revoked"),
        _("An administrator of the company revoked this program on the Platform."),
        _("Talk to them; they can make a new exchange key for you."),
        buttons=("configure", "platform"),
    ),
    "other_company": LinkState(
        _("Key of another company"),
        _("The exchange key belongs to a company with another NIP. Nothing was sent."),
        _("Enter the key of the company that is open here."),
        buttons=("configure", "platform"),
        detailed=True,
    ),
    "clock_wrong": LinkState(
        _("The clock is wrong"),
        _("The clocks of this computer and of the Platform differ by more than ten minutes. Nothing was sent."),
        _("Set the clock of this computer right (date, time and time zone). It is checked again by itself."),
        buttons=("try",),
        by_itself=True,
        detailed=True,
    ),
    "program_too_old": LinkState(
        _("This Saldo Desk is too old"),
        _("The Platform no longer speaks with this version of Saldo Desk. Nothing was sent."),
        _("Install the newer version and start Saldo Desk again. It then goes on by itself."),
        buttons=("try", "platform"),
        by_itself=True,
        detailed=True,
    ),
    "preview_not_offered": LinkState(
        _("This Platform has no preview"),
        _("It is older than this Saldo Desk: what it was only to look at, it would have stored. Nothing was sent."),
        _("Send without a preview, or ask whoever runs the Platform to update it: then the preview goes on by itself."),
        buttons=("unseen", "try"),
        by_itself=True,
        detailed=False,
    ),
    "receipt_not_genuine": LinkState(
        _("Receipt not genuine"),
        _("What came as the Platform's receipt can't be proven to be its own. So nothing of it is taken for sent."),
        _(
            "Tell whoever runs the Platform, with the sentence above. The receipt is asked for again by itself; "
            "if you stop, what you mark goes again in a new batch."
        ),
        buttons=("try", "platform"),
        by_itself=True,
        detailed=True,
    ),
    "unreachable": LinkState(
        _("The Platform does not answer"),
        _("No answer came."),
        _("It is tried again by itself. If it lasts, check the internet connection and the Platform's address."),
        buttons=("try", "configure"),
        by_itself=True,
    ),
    "gave_up_trying": LinkState(
        _("Not tried any more"),
        _("The synchronisation failed for two days, so it is not tried again by itself."),
        _(
            "Check the internet connection and the Platform's address, or ask whoever runs the Platform; "
            "then try again. It goes on where it stopped."
        ),
        buttons=("try", "configure"),
    ),
}

CODE_AWAITED = LinkState(
    _("Waiting for the verification code"),
    _("A code was mailed to you."),
    _("Enter the code from the mail."),
    buttons=(),
)

GENERAL = LinkState(
    _("The Platform declined"), _("The Platform did not take the transmission."), _("See the message below.")
)


def of_registration(registration: Registration) -> LinkState:
    """The window while a registration is under way here."""
    state = registration.step
    if state == "not_made":
        return STATES["integration_not_made"]
    if state == RegistrationState.STARTED:
        return STATES["unreachable"]
    if state == RegistrationState.ACTIVATION_SENT:
        return STATES["account_not_activated"]
    return STATES["integration_not_confirmed"] if state == RegistrationState.ACTIVATED else CODE_AWAITED


def of_run(run: Run, registration: Registration | None) -> LinkState:
    """The window of a run that waits. While a registration is under way here, its step is what „no key” means."""
    if registration is not None and run.reason == "no_key":
        return of_registration(registration)
    return state_of(run.reason)


def step_of(registration: Registration) -> str:
    """What a registration waits for, or how it ended, in one sentence with the address."""
    told = {
        "started": _("The Platform has not answered yet; the registration goes again by itself."),
        "code_sent": _("A code was sent to %(email)s."),
        "activation_sent": _("A link was sent to %(email)s: open it and set the password."),
        "activated": _("The account is active: confirm the integration on the Platform."),
        "not_made": STATES["integration_not_made"].happened,
        "confirmed": _("The integration is confirmed: synchronise."),
        "refused": _("The integration was refused on the Platform."),
        "abandoned": _("The registration was given up."),
    }
    return str(told[registration.step]) % {"email": registration.email}


def under_way_of(run: Run) -> str:
    """Why nothing else can be begun beside an active run, and what can be done with it."""
    if run.state == RunState.PREVIEWED:
        return str(_("A synchronisation waits for your yes to its preview. Agree to it, or stop it."))
    if run.state == RunState.WAITING:
        return _("A synchronisation waits (%(title)s). See what it needs, or stop it.") % {
            "title": str(state_of(run.reason).title)
        }
    return str(_("A synchronisation is under way. Wait until it ends, or stop it."))


def state_of(code: str) -> LinkState:
    """The window for a code; an unknown one of a newer Platform gets the general one."""
    return STATES.get(code, GENERAL)


def kept_of(run: Run | None) -> str:
    """What is kept while the link does not work: „Oznaczone 3 faktury czekają tutaj i nic nie zginęło.”"""
    waiting = counts_of_all([run])[run.pk].pending if run is not None else 0
    if not waiting:
        return ""
    return ngettext(
        "%(count)d invoice waits here; nothing is lost.", "%(count)d invoices wait here; nothing is lost.", waiting
    ) % {"count": waiting}


def lines_of(code: str, *, run: Run | None, detail: str = "") -> list[str]:
    """The same for the command line. Empty for an unknown code."""
    return lines_of_state(STATES[code], run=run, detail=detail) if code in STATES else []


def lines_of_state(state: LinkState, *, run: Run | None, detail: str = "") -> list[str]:
    """Title, what happened, what is kept, what to do."""
    told = [str(state.title), str(state.happened), detail if state.detailed else "", kept_of(run), str(state.remedy)]
    return [line for line in told if line]
