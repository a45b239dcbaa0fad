"""The states of the link, each told apart: what happened, what to do."""

import msgspec
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from saldo_desk.exchange.tables import RegistrationState

Text = str | Promise


class LinkState(msgspec.Struct, frozen=True):
    """A window: its title, what happened, what to do, and which buttons help."""

    title: Text
    happened: Text
    remedy: Text
    register: bool = False
    configure: bool = True
    platform: bool = False
    resend: bool = False


STATES: dict[str, LinkState] = {
    "no_key": LinkState(
        _("No exchange key"),
        _("This company is not connected with the Platform yet."),
        _("If you have an account there, enter the exchange key. If not, create an account: it takes three minutes."),
        register=True,
    ),
    "key_malformed": LinkState(
        _("Damaged exchange key"),
        _("The exchange key kept here is not whole."),
        _("Copy it again from the Platform („Integrations”)."),
        platform=True,
    ),
    "key_unknown": LinkState(
        _("Wrong exchange key"),
        _("The Platform does not know this exchange key."),
        _("Check that the Platform's address is right; copy the key again, or make a new one there."),
        platform=True,
    ),
    "key_revoked": LinkState(
        _("Exchange key revoked"),
        _("This exchange key was revoked on the Platform."),
        _("Make a new key on the Platform and enter it here. What was marked is kept."),
        platform=True,
    ),
    "account_not_activated": LinkState(
        _("Account not activated"),
        _("The account was created, but its password is not set yet."),
        _("Open the link in the e-mail and set the password. What was marked is sent by itself after that."),
        resend=True,
        configure=False,
    ),
    "integration_not_made": LinkState(
        _("Program not connected"),
        _("The account is active, but the company has an account on the Platform already, made by somebody else."),
        _("Read the e-mail that the Platform sent. A colleague who has the account can make an exchange key for you."),
        platform=True,
    ),
    "integration_not_confirmed": LinkState(
        _("Integration not confirmed"),
        _("The account is active, but this program is not confirmed on the Platform yet."),
        _("Log in to the Platform and press „Confirm”. What was marked is sent by itself after that."),
        platform=True,
        configure=False,
    ),
    "integration_refused": LinkState(
        _("Integration refused"),
        _("An administrator of the company refused this program on the Platform."),
        _("Talk to them; they can make an exchange key for you."),
        platform=True,
    ),
    "integration_revoked": LinkState(
        _("Integration revoked"),
        _("An administrator of the company revoked this program on the Platform."),
        _("Talk to them; they can make a new exchange key for you."),
        platform=True,
    ),
    "other_company": LinkState(
        _("Key of another company"),
        _("The exchange key belongs to a company with another NIP. Nothing was sent."),
        _("Enter the key of the company that is open here."),
        platform=True,
    ),
    "unreachable": LinkState(
        _("The Platform does not answer"),
        _("No answer came. What was to be sent is kept."),
        _("It is tried again by itself. If it lasts, check the internet connection and the Platform's address."),
    ),
}


CODE_AWAITED = LinkState(
    _("Waiting for the verification code"),
    _("A code was mailed to you."),
    _("Enter the code from the mail."),
)


def of_registration(state: str) -> LinkState:
    """The window while a registration is under way here."""
    if state == RegistrationState.STARTED:
        return STATES["unreachable"]
    if state == RegistrationState.ACTIVATION_SENT:
        return STATES["account_not_activated"]
    return STATES["integration_not_confirmed"] if state == RegistrationState.ACTIVATED else CODE_AWAITED


def state_of(code: str) -> LinkState:
    """The window for a code; an unknown one of a newer Platform gets the general one."""
    return STATES.get(
        code,
        LinkState(
            _("The Platform declined"), _("The Platform did not take the transmission."), _("See the message below.")
        ),
    )
