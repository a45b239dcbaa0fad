"""What to type where something waits for a person: the buttons of the window, as commands."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from saldo_desk.exchange import link_states
from saldo_desk.exchange.tables import Registration, Run, RunState

COMMANDS = {
    "register": "saldo-desk registration start",
    "configure": "saldo-desk key set",
    "resend": "saldo-desk registration resend",
    "try": "saldo-desk sync",
    "stop": "saldo-desk run stop",
    "unseen": "saldo-desk run agree",
}
STEPS = {"code_sent": "saldo-desk registration code CODE", "confirmed": "saldo-desk sync"}


def of_buttons(names: Iterable[str], *, platform_url: str = "") -> list[str]:
    """A line for each button that can be typed; „Open the Platform” tells the address, where it is known."""
    told = [(link_states.BUTTONS[name], COMMANDS.get(name, platform_url)) for name in names]
    return [f"{label}: {way}" for label, way in told if way]


def of_run(run: Run) -> list[str]:
    """How to look at an active run, agree to it, and stop it."""
    look, stop = (_("Look at it"), "saldo-desk run show"), (_("Stop it"), "saldo-desk run stop")
    agree = (_("Agree to it"), "saldo-desk run agree")
    told = [look, agree, stop] if run.state == RunState.PREVIEWED else [look, stop]
    return [f"{label}: {way}" for label, way in told]


def of_step(registration: Registration) -> list[str]:
    """What goes on with a registration at its step."""
    way = STEPS.get(registration.step)
    return [_("Go on with: %(command)s") % {"command": way}] if way else []
