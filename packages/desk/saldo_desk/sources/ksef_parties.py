"""Seller, buyer, factor and bank accounts of an invoice. Knows no amount."""

from functools import lru_cache

from schwifty import IBAN
from stdnum.pl import nip

from saldo_desk.sources.documents import ReadFactor, ReadParty, ReadWarning
from saldo_desk.sources.ksef_nodes import Node, every, find, text

# Prefixes of VAT numbers that are no country codes: Greece, Northern Ireland.
COUNTRY_OF_VAT_PREFIX = {"EL": "GR", "XI": "GB"}
FACTOR_ROLE = "1"
NRB_DIGITS = 26
REMEMBERED_MAX = 4096
"""Numbers whose check is remembered: a folder holds few parties and many invoices."""


def read_party(node: Node, *, role: str) -> tuple[ReadParty, tuple[ReadWarning, ...]]:
    """A party with its tax number reduced to what stands after a country prefix.

    A Polish number is ten digits wherever the file puts it. A party without a name gets its tax
    number as one; a party without a country is taken as Polish, the issuer being so. `role` names
    the party in warnings.
    """
    warnings: list[ReadWarning] = []
    country, tax_id = _identity(node, role, warnings)
    if not country:
        country = "PL"
        warnings.append(ReadWarning("country_assumed", (("role", role),)))
    address = ", ".join(line for line in (text(node, "Adres/AdresL1"), text(node, "Adres/AdresL2")) if line)
    name = text(node, "DaneIdentyfikacyjne/Nazwa")
    if not name:
        name = tax_id or address or role
        warnings.append(ReadWarning("name_missing", (("role", role), ("name", name))))
    emails = (text(contact, "Email") for contact in every(node, "DaneKontaktowe"))
    email = next((email for email in emails if email), "")
    return ReadParty(name, country, tax_id, address, email), tuple(warnings)


def _identity(node: Node, role: str, warnings: list[ReadWarning]) -> tuple[str, str]:
    address_country = text(node, "Adres/KodKraju")
    polish = text(node, "DaneIdentyfikacyjne/NIP")
    prefix = text(node, "DaneIdentyfikacyjne/KodUE")
    if prefix == "PL":
        polish = text(node, "DaneIdentyfikacyjne/NrVatUE").removeprefix("PL")
        warnings.append(ReadWarning("nip_as_eu_number", (("role", role), ("nip", polish))))
    if polish:
        digits, valid = _nip(polish)
        if not valid:
            warnings.append(ReadWarning("nip_checksum", (("role", role), ("nip", digits))))
        return "PL", digits
    if prefix:
        number = text(node, "DaneIdentyfikacyjne/NrVatUE").removeprefix(prefix)
        return COUNTRY_OF_VAT_PREFIX.get(prefix, prefix), number
    country = text(node, "DaneIdentyfikacyjne/KodKraju") or address_country
    return COUNTRY_OF_VAT_PREFIX.get(country, country), text(node, "DaneIdentyfikacyjne/NrID")


def read_bank_accounts(fa: Node) -> tuple[tuple[str, ...], tuple[ReadWarning, ...]]:
    """The seller's own accounts to pay to, and which of them fail mod 97."""
    accounts: list[str] = []
    warnings: list[ReadWarning] = []
    for node in every(fa, "Platnosc/RachunekBankowy/NrRB"):
        account = _iban(node.text or "")
        if account not in accounts:
            accounts.append(account)
            warnings.extend(_account_warnings(account))
    return tuple(accounts), tuple(warnings)


def read_factor(root: Node) -> tuple[ReadFactor | None, tuple[ReadWarning, ...]]:
    """The factor that an invoice names, as third party or by an account, or None."""
    thirds = (third for third in every(root, "Podmiot3") if text(third, "Rola") == FACTOR_ROLE)
    third = next(thirds, None)
    at_bank = find(root, "Fa/Platnosc/RachunekBankowyFaktora")
    if third is None and at_bank is None:
        return None, ()
    name = text(third, "DaneIdentyfikacyjne/Nazwa") if third is not None else ""
    account = ""
    if at_bank is not None:
        name = name or text(at_bank, "NazwaBanku")
        account = _iban(text(at_bank, "NrRB"))
    remark = ReadWarning("assigned_to_factor", (("factor", name or account),))
    return ReadFactor(name, account), (remark, *(_account_warnings(account) if account else ()))


def _account_warnings(account: str) -> tuple[ReadWarning, ...]:
    if _is_valid(account):
        return ()
    return (ReadWarning("bank_account_checksum", (("account", account),)),)


@lru_cache(maxsize=REMEMBERED_MAX)
def _nip(written: str) -> tuple[str, bool]:
    digits = str(nip.compact(written))
    return digits, nip.is_valid(digits)


@lru_cache(maxsize=REMEMBERED_MAX)
def _is_valid(account: str) -> bool:
    return bool(IBAN(account, allow_invalid=True).is_valid)


def _iban(account: str) -> str:
    compact = "".join(sign for sign in account if sign.isalnum()).upper()
    polish = compact.isdigit() and len(compact) == NRB_DIGITS
    return f"PL{compact}" if polish else compact
