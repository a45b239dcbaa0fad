"""One sample invoice as XML: FA(3) or FA(2) of any kind, schema-valid unless it is told otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

from tools import sample_names
from tools.sample_names import Party

NAMESPACES = {2: "http://crd.gov.pl/wzor/2023/06/29/12648/", 3: "http://crd.gov.pl/wzor/2025/06/25/13775/"}
NAMESPACE = NAMESPACES[3]
EUR_RATE = Decimal("4.2650")
GROSZ = Decimal("0.01")
NET_FIELDS = {
    "23": "P_13_1",
    "8": "P_13_2",
    "5": "P_13_3",
    "0 WDT": "P_13_6_2",
    "0 EX": "P_13_6_3",
    "zw": "P_13_7",
    "np II": "P_13_9",
    "oo": "P_13_10",
}
CASH, CARD, TRANSFER = 1, 2, 6
FACTOR_ROLE = 1
ADVANCES = ("ZAL", "KOR_ZAL")


class Named(NamedTuple):
    """Another invoice that one names: its number, its day and its KSeF number, "" where it has none."""

    number: str
    issued_on: date = date(2026, 10, 1)
    ksef_number: str = ""


@dataclass(frozen=True)
class Line:
    """A line: net = quantity · price, rounded to grosze."""

    name: str
    quantity: Decimal
    price: Decimal
    rate: str = "23"
    unit: str = "szt."

    @property
    def net(self) -> Decimal:
        """Net value of the line."""
        return rounded(self.quantity * self.price)


@dataclass(frozen=True)
class Content:
    """All that one sample invoice says. Amounts are decimals in `currency`.

    `before` are the lines that a correction shows as they were; its totals are the difference. Of an advance
    `lines` are the order and `advance` is the gross received; of a final invoice it is what was paid before.
    """

    number: str = "FV/2026/10/0001"
    issued_on: date = date(2026, 10, 1)
    sold_on: date | None = date(2026, 10, 1)
    seller: Party = sample_names.COMPANY
    buyer: Party = sample_names.POLISH_BUYERS[0]
    currency: str = "PLN"
    lines: Sequence[Line] = (Line("Donica betonowa 60 cm", Decimal(4), Decimal("259.00")),)
    before: Sequence[Line] = ()
    advance: Decimal = Decimal(0)
    advance_parts: Sequence[tuple[Decimal, date]] = ()
    terms: Sequence[date] = (date(2026, 10, 15),)
    term_in_words: tuple[int, str, str] | None = None
    form: int | None = TRANSFER
    paid_on: date | None = None
    parts_paid: Sequence[tuple[Decimal, date]] = ()
    account: str = sample_names.account(1)
    factor: tuple[str, str] | None = None
    split_payment: bool = False
    kind: str = "VAT"
    version: int = 3
    corrects: Sequence[Named] = ()
    settles: Sequence[Named] = ()
    reason: str = ""
    amount_due: Decimal | None = None
    charges: Sequence[tuple[Decimal, str]] = ()
    remarks: Sequence[tuple[str, str]] = ()
    ksef_number: str = ""
    created_at: str = ""
    system: str = "Saldo samples"
    replacements: Sequence[tuple[str, str]] = ()

    @property
    def nets(self) -> dict[str, Decimal]:
        """Net by rate, in the order of the schema."""
        if self.kind in ADVANCES:
            return self._advance_nets()
        rates = {line.rate for line in (*self.lines, *self.before)}
        counted = {rate: Decimal(0) for rate in NET_FIELDS if rate in rates}
        for line in self.lines:
            counted[line.rate] += line.net
        for line in self.before:
            counted[line.rate] -= line.net
        for rate, net in self._advance_nets().items() if self.advance else ():
            counted[rate] -= net
        return counted

    @property
    def gross(self) -> Decimal:
        """Net and VAT of all rates."""
        return sum((net + vat(net, rate) for rate, net in self.nets.items()), Decimal(0))

    def _advance_nets(self) -> dict[str, Decimal]:
        rate = self.lines[0].rate
        assert all(line.rate == rate for line in self.lines), "an advance in a sample has one rate"
        return {rate: rounded(self.advance * 100 / (100 + int(rate)))}


def document(**overrides: Any) -> bytes:
    """The XML of one invoice: `Content` with these fields changed.

    `replacements` are pairs of text put into the finished XML: each must be found in it, so that
    a test that breaks a file breaks what it means to.
    """
    return xml_of(Content(**overrides))


def xml_of(content: Content) -> bytes:
    """The XML of one invoice."""
    version = content.version
    created_at = content.created_at or f"{content.issued_on}T08:00:00Z"
    short = content.kind == "UPR"
    xml = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Faktura xmlns="{NAMESPACES[version]}">\n'
        f'<Naglowek><KodFormularza kodSystemowy="FA ({version})" wersjaSchemy="1-0E">FA</KodFormularza>'
        f"<WariantFormularza>{version}</WariantFormularza>{_tag('DataWytworzeniaFa', created_at)}"
        f"{_tag('SystemInfo', content.system)}</Naglowek>\n"
        f"<Podmiot1>{_party_xml(content.seller)}</Podmiot1>\n"
        f"<Podmiot2>{_party_xml(content.buyer, short=short)}"
        f"{'<JST>2</JST><GV>2</GV>' if version == 3 else ''}</Podmiot2>\n{_factor_xml(content)}"
        f"<Fa>\n{_header_xml(content)}{_totals_xml(content)}{_marks_xml(content)}"
        f"{_lines_xml(content)}{_due_xml(content)}{_payment_xml(content)}{_order_xml(content)}</Fa>\n</Faktura>\n"
    )
    for old, new in content.replacements:
        assert old in xml, f"{old!r} is not in the sample"
        xml = xml.replace(old, new)
    return xml.encode()


def rounded(amount: Decimal) -> Decimal:
    """To grosze, half away from zero."""
    return amount.quantize(GROSZ, rounding=ROUND_HALF_UP)


def vat(net: Decimal, rate: str) -> Decimal:
    """VAT on a net value."""
    return rounded(net * int(rate) / 100) if rate.isdigit() else Decimal(0)


def _party_xml(party: Party, *, short: bool = False) -> str:
    if party.country == "PL":
        identity = _tag("NIP", party.tax_id)
    else:
        identity = _tag("KodUE", party.country) + _tag("NrVatUE", party.tax_id)
    if short:  # a simplified invoice names its buyer by the number alone
        return f"<DaneIdentyfikacyjne>{identity}</DaneIdentyfikacyjne>"
    contact = f"<DaneKontaktowe>{_tag('Email', party.email)}</DaneKontaktowe>"
    return (
        f"<DaneIdentyfikacyjne>{identity}{_tag('Nazwa', party.name)}</DaneIdentyfikacyjne>"
        f"<Adres>{_tag('KodKraju', party.country)}{_tag('AdresL1', party.street)}"
        f"{_tag('AdresL2', party.town)}</Adres>{contact if party.email else ''}"
    )


def _factor_xml(content: Content) -> str:
    if content.factor is None:
        return ""
    name, _account = content.factor
    return (
        f"<Podmiot3><DaneIdentyfikacyjne><BrakID>1</BrakID>{_tag('Nazwa', name)}</DaneIdentyfikacyjne>"
        "<Adres><KodKraju>PL</KodKraju><AdresL1>ul. Bankowa 1</AdresL1></Adres>"
        f"{_tag('Rola', FACTOR_ROLE)}</Podmiot3>\n"
    )


def _header_xml(content: Content) -> str:
    return (
        _tag("KodWaluty", content.currency)
        + _tag("P_1", content.issued_on)
        + _tag("P_2", content.number)
        + (_tag("P_6", content.sold_on) if content.sold_on else "")
        + "\n"
    )


def _totals_xml(content: Content) -> str:
    fields = []
    for rate, net in content.nets.items():
        net_field = NET_FIELDS[rate]
        fields.append(_tag(net_field, _money(net)))
        if rate.isdigit():
            vat_field = net_field.replace("P_13", "P_14")
            fields.append(_tag(vat_field, _money(vat(net, rate))))
            if content.currency == "EUR":
                fields.append(_tag(f"{vat_field}W", _money(rounded(vat(net, rate) * EUR_RATE))))
    return "".join(fields) + _tag("P_15", _money(content.gross)) + "\n"


def _marks_xml(content: Content) -> str:
    exempt = "zw" in content.nets
    exemption = "<P_19>1</P_19><P_19A>art. 43 ust. 1 pkt 29 ustawy o VAT</P_19A>" if exempt else "<P_19N>1</P_19N>"
    parts = "".join(
        f"<ZaliczkaCzesciowa>{_tag('P_6Z', paid_on)}{_tag('P_15Z', _money(amount))}</ZaliczkaCzesciowa>"
        for amount, paid_on in content.advance_parts
    )
    remarks = "".join(
        f"<DodatkowyOpis>{_tag('Klucz', key)}{_tag('Wartosc', value)}</DodatkowyOpis>" for key, value in content.remarks
    )
    return (
        "<Adnotacje><P_16>2</P_16><P_17>2</P_17><P_18>2</P_18>"
        f"{_tag('P_18A', 1 if content.split_payment else 2)}<Zwolnienie>{exemption}</Zwolnienie>"
        "<NoweSrodkiTransportu><P_22N>1</P_22N></NoweSrodkiTransportu><P_23>2</P_23>"
        "<PMarzy><P_PMarzyN>1</P_PMarzyN></PMarzy></Adnotacje>\n"
        f"{_tag('RodzajFaktury', content.kind)}{_corrected_xml(content)}{parts}{remarks}{_settled_xml(content)}\n"
    )


def _corrected_xml(content: Content) -> str:
    if not content.corrects:
        return ""
    corrected = []
    for named in content.corrects:
        name = _tag("DataWystFaKorygowanej", named.issued_on) + _tag("NrFaKorygowanej", named.number)
        known = f"<NrKSeF>1</NrKSeF>{_tag('NrKSeFFaKorygowanej', named.ksef_number)}"
        ksef = known if named.ksef_number else "<NrKSeFN>1</NrKSeFN>"
        corrected.append(f"<DaneFaKorygowanej>{name}{ksef}</DaneFaKorygowanej>")
    reason = _tag("PrzyczynaKorekty", content.reason) if content.reason else ""
    return reason + "".join(corrected)


def _settled_xml(content: Content) -> str:
    settled = []
    for named in content.settles:
        if named.ksef_number:
            inner = _tag("NrKSeFFaZaliczkowej", named.ksef_number)
        else:
            inner = f"<NrKSeFZN>1</NrKSeFZN>{_tag('NrFaZaliczkowej', named.number)}"
        settled.append(f"<FakturaZaliczkowa>{inner}</FakturaZaliczkowa>")
    return "".join(settled)


def _rate(content: Content, rate: str) -> str:
    """FA(2) doesn't say why there is no VAT."""
    return rate if content.version == 3 else {"0 WDT": "0", "0 EX": "0", "np II": "np"}.get(rate, rate)


def _lines_xml(content: Content) -> str:
    if content.kind in ADVANCES:
        return ""
    states = [(line, at, True) for at, line in enumerate(content.before, start=1)]
    states += [(line, at, False) for at, line in enumerate(content.lines, start=1)]
    return "".join(
        f"<FaWiersz>{_tag('NrWierszaFa', at)}{_tag('P_7', line.name)}{_amounts_xml(content, line)}"
        f"{_tag('P_12', _rate(content, line.rate))}{'<StanPrzed>1</StanPrzed>' if before else ''}</FaWiersz>\n"
        for line, at, before in sorted(states, key=lambda state: (state[1], not state[2]))
    )


def _amounts_xml(content: Content, line: Line) -> str:
    if content.kind == "UPR":
        return ""
    quantity = f"{_tag('P_8A', line.unit)}{_tag('P_8B', line.quantity)}"
    return f"{quantity}{_tag('P_9A', line.price)}{_tag('P_11', _money(line.net))}"


def _order_xml(content: Content) -> str:
    if content.kind not in ADVANCES:
        return ""
    lines = "".join(
        f"<ZamowienieWiersz>{_tag('NrWierszaZam', at)}{_tag('P_7Z', line.name)}{_tag('P_8AZ', line.unit)}"
        f"{_tag('P_8BZ', line.quantity)}{_tag('P_9AZ', line.price)}{_tag('P_11NettoZ', _money(line.net))}"
        f"{_tag('P_11VatZ', _money(vat(line.net, line.rate)))}{_tag('P_12Z', _rate(content, line.rate))}"
        "</ZamowienieWiersz>"
        for at, line in enumerate(content.lines, start=1)
    )
    value = sum((line.net + vat(line.net, line.rate) for line in content.lines), Decimal(0))
    return f"<Zamowienie>{_tag('WartoscZamowienia', _money(value))}{lines}</Zamowienie>\n"


def _due_xml(content: Content) -> str:
    if content.amount_due is None and not content.charges:
        return ""
    charges = "".join(
        f"<Obciazenia>{_tag('Kwota', _money(amount))}{_tag('Powod', reason)}</Obciazenia>"
        for amount, reason in content.charges
    )
    total = sum((amount for amount, _ in content.charges), Decimal(0))
    due = "" if content.amount_due is None else _tag("DoZaplaty", _money(content.amount_due))
    summed = _tag("SumaObciazen", _money(total)) if content.charges else ""
    return f"<Rozliczenie>{charges}{summed}{due}</Rozliczenie>\n"


def _payment_xml(content: Content) -> str:
    paid = ""
    if content.paid_on:
        paid = "<Zaplacono>1</Zaplacono>" + _tag("DataZaplaty", content.paid_on)
    elif content.parts_paid:
        paid = "<ZnacznikZaplatyCzesciowej>1</ZnacznikZaplatyCzesciowej>" + "".join(
            f"<ZaplataCzesciowa>{_tag('KwotaZaplatyCzesciowej', _money(amount))}"
            f"{_tag('DataZaplatyCzesciowej', paid_on)}</ZaplataCzesciowa>"
            for amount, paid_on in content.parts_paid
        )
    form = _tag("FormaPlatnosci", content.form) if content.form else ""
    account = ""
    if content.form == TRANSFER and content.account:
        account = f"<RachunekBankowy>{_tag('NrRB', content.account)}</RachunekBankowy>"
    if content.factor and content.factor[1]:
        account += f"<RachunekBankowyFaktora>{_tag('NrRB', content.factor[1])}</RachunekBankowyFaktora>"
    return f"<Platnosc>{paid}{_terms_xml(content)}{form}{account}</Platnosc>\n"


def _terms_xml(content: Content) -> str:
    words = ""
    if content.term_in_words and content.version == 3:
        names = ("Ilosc", "Jednostka", "ZdarzeniePoczatkowe")
        words = "".join(_tag(name, part) for name, part in zip(names, content.term_in_words, strict=True))
        words = f"<TerminOpis>{words}</TerminOpis>"
    elif content.term_in_words:
        words = _tag("TerminOpis", " ".join(str(part) for part in content.term_in_words))
    days = [_tag("Termin", term) for term in content.terms] or ([""] if words else [])
    return "".join(f"<TerminPlatnosci>{day}{words}</TerminPlatnosci>" for day in days)


def _tag(name: str, value: object) -> str:
    return f"<{name}>{escape(str(value))}</{name}>"


def _money(amount: Decimal) -> str:
    return f"{amount:.2f}"
