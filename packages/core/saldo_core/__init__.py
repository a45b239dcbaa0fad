"""Mechanisms that both programs share and that know no subject: no invoice, no company, no key."""

__version__ = "0.2.0"
