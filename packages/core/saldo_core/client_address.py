"""Where a request comes from, and what counts as one client where attempts are limited."""

from ipaddress import IPv6Address, ip_address

from django.conf import settings
from django.http import HttpRequest

ADDRESS_LENGTH_MAX = 45
IPV6_PREFIX_BITS = 64


def client_address(request: HttpRequest) -> str:
    """Where the request comes from, as the server saw it; behind a trusted proxy, as that proxy saw it.

    The last address of ``X-Forwarded-For`` is the proxy's own word; those before it are anybody's.
    """
    if settings.TRUSTED_PROXY:
        forwarded = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if forwarded:
            return forwarded[:ADDRESS_LENGTH_MAX]
    return str(request.META.get("REMOTE_ADDR", ""))


def client_of(address: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 network of an IPv6 one, which one customer has."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        return str(parsed.ipv4_mapped or int(parsed) >> (128 - IPV6_PREFIX_BITS))
    return str(parsed)
