"""Seller, buyer and bank accounts of an FA(3) invoice. Knows no amount."""

from schwifty import IBAN
from stdnum.pl import nip

from saldo_desk.sources.documents import ReadParty, ReadWarning
from saldo_desk.sources.ksef_nodes import Node, every, find, text

# Prefixes of VAT numbers that are no country codes: Greece, Northern Ireland.
COUNTRY_OF_VAT_PREFIX = {"EL": "GR", "XI": "GB"}
FACTOR_ROLE = "1"
NRB_DIGITS = 26


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
        digits = str(nip.compact(polish))
        if not nip.is_valid(digits):
            warnings.append(ReadWarning("nip_checksum", (("role", role), ("nip", digits))))
        return "PL", digits
    if prefix:
        number = text(node, "DaneIdentyfikacyjne/NrVatUE").removeprefix(prefix)
        return COUNTRY_OF_VAT_PREFIX.get(prefix, prefix), number
    country = text(node, "DaneIdentyfikacyjne/KodKraju") or address_country
    return COUNTRY_OF_VAT_PREFIX.get(country, country), text(node, "DaneIdentyfikacyjne/NrID")


def read_bank_accounts(fa: Node) -> tuple[tuple[str, ...], tuple[ReadWarning, ...]]:
    """The accounts to pay to, the seller's own first, then a factor's; which fail mod 97."""
    accounts: list[str] = []
    warnings: list[ReadWarning] = []
    for path in ("Platnosc/RachunekBankowy/NrRB", "Platnosc/RachunekBankowyFaktora/NrRB"):
        for node in every(fa, path):
            account = _iban((node.text or "").strip())
            if account in accounts:
                continue
            accounts.append(account)
            if not IBAN(account, allow_invalid=True).is_valid:
                warnings.append(ReadWarning("bank_account_checksum", (("account", account),)))
    return tuple(accounts), tuple(warnings)


def _iban(account: str) -> str:
    compact = "".join(sign for sign in account if sign.isalnum()).upper()
    polish = compact.isdigit() and len(compact) == NRB_DIGITS
    return f"PL{compact}" if polish else compact


def factor_of(root: Node) -> str | None:
    """The factor that an invoice names, as third party or by an account; "" if it has no name."""
    for third in every(root, "Podmiot3"):
        if text(third, "Rola") == FACTOR_ROLE:
            return text(third, "DaneIdentyfikacyjne/Nazwa")
    if find(root, "Fa/Platnosc/RachunekBankowyFaktora") is not None:
        return text(root, "Fa/Platnosc/RachunekBankowyFaktora/NazwaBanku")
    return None
