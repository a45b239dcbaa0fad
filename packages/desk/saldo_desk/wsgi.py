"""What the server loads."""

from saldo_core import serving

application = serving.application("saldo_desk.settings")
