"""Names, places and goods for sample invoices, invented: no tax office gives out a NIP with 999."""

from decimal import Decimal
from typing import NamedTuple

NIP_WEIGHTS = (6, 5, 7, 2, 3, 4, 5, 6, 7)
NO_CHECK_DIGIT = 10
# "PL" and two zeros as digits, for the check of ISO 13616.
IBAN_PL = "252100"


class Party(NamedTuple):
    """Who sells or buys. `tax_id` is a NIP where country is PL, else a number without prefix."""

    name: str
    tax_id: str
    street: str
    town: str
    country: str = "PL"
    email: str = ""


class Product(NamedTuple):
    """What is sold: name, unit, net price in PLN, VAT rate as the schema writes it."""

    name: str
    unit: str
    price: Decimal
    rate: str


def nip(serial: int) -> str:
    """The first valid NIP at or after 999 and six digits of `serial`."""
    while True:
        digits = f"999{serial:06d}"
        check = sum(int(d) * w for d, w in zip(digits, NIP_WEIGHTS, strict=True)) % 11
        if check != NO_CHECK_DIGIT:
            return f"{digits}{check}"
        serial += 1


def account(serial: int) -> str:
    """A Polish account number (NRB) of a bank that does not exist, with right check digits."""
    body = f"99900008{serial:016d}"
    return f"{98 - int(body + IBAN_PL) % 97:02d}{body}"


def _party(serial: int, name: str, street: str, town: str, host: str) -> Party:
    return Party(name, nip(serial), street, town, "PL", f"biuro@{host}.example")


COMPANY = _party(100100, "Zielona Łąka sp. z o.o.", "ul. Żeglarska 14/3", "87-100 Toruń", "zielona-laka")

POLISH_BUYERS = (
    _party(201100, "Hurtownia Świt Sławomir Wąs", "ul. Źródlana 8", "61-441 Poznań", "swit"),
    _party(202200, "Piekarnia pod Kłosem s.c.", "ul. Młyńska 21", "85-023 Bydgoszcz", "pod-klosem"),
    _party(203300, "Gospodarstwo Ogrodnicze Jaźwiec", "Jaźwce 17", "87-140 Chełmża", "jazwiec"),
    _party(204400, "Hotel Nad Brdą sp. z o.o.", "ul. Śluzowa 2", "89-600 Chojnice", "nad-brda"),
    _party(205500, "Przedszkole Tęcza", "ul. Gęsia 5", "86-300 Grudziądz", "tecza"),
    _party(206600, "Kowalczyk i Wspólnicy sp.j.", "ul. Łużycka 30", "81-537 Gdynia", "kiw"),
    _party(207700, "Żuraw Budownictwo S.A.", "al. Jana Pawła II 112", "00-828 Warszawa", "zuraw"),
    _party(208800, "Spółdzielnia Mieszkaniowa Dąb", "os. Dębowe 1", "35-505 Rzeszów", "sm-dab"),
    _party(209900, "Apteka Mięta Ewa Jędrzejczyk", "Rynek 9", "43-400 Cieszyn", "mieta"),
    _party(210100, "Centrum Ogrodowe Wrzos sp.k.", "ul. Leśna 77", "10-173 Olsztyn", "wrzos"),
)
FOREIGN_BUYERS = (
    Party("Grünwerk GmbH", "123456789", "Lindenstraße 4", "10969 Berlin", "DE", "info@gruen.example"),
    Party("Zahrada Hradec s.r.o.", "27080000", "Údolní 12", "500 03 Hradec Králové", "CZ", ""),
    Party("Jardins du Nord SARL", "12345678901", "3 rue Verte", "59000 Lille", "FR", ""),
)
SUPPLIERS = (
    _party(301100, "Szkółka Bąk i Synowie", "ul. Sadownicza 3", "05-600 Grójec", "szkolka-bak"),
    _party(302200, "Energia Północ S.A.", "ul. Słoneczna 60", "80-299 Gdańsk", "energia-polnoc"),
    _party(303300, "Trans-Żwir sp. z o.o.", "ul. Kopalniana 11", "62-510 Konin", "trans-zwir"),
    _party(304400, "Biuro Rachunkowe Cyfra", "ul. Szeroka 18", "87-100 Toruń", "cyfra"),
    _party(305500, "Opakowania Łódź sp. z o.o.", "ul. Piękna 40", "93-547 Łódź", "opakowania"),
)

SOLD = (
    Product("Sadzonka świerka pospolitego C3", "szt.", Decimal("18.90"), "8"),
    Product("Róża pnąca „Łucja”", "szt.", Decimal("27.50"), "8"),
    Product("Ziemia ogrodowa 80 l", "worek", Decimal("21.14"), "23"),
    Product("Nawóz jesienny do iglaków 5 kg", "op.", Decimal("44.72"), "8"),
    Product("Projekt zieleni przy budynku", "usł.", Decimal("3250.00"), "23"),
    Product("Założenie trawnika z siewu", "m²", Decimal("14.80"), "8"),
    Product("System nawadniania kropelkowego", "kpl.", Decimal("4890.00"), "23"),
    Product("Miód wielokwiatowy 1,2 kg", "szt.", Decimal("46.67"), "5"),
    Product("Jabłka deserowe „Ligol”", "kg", Decimal("3.35"), "5"),
    Product("Szkolenie z cięcia drzew owocowych", "os.", Decimal("480.00"), "zw"),
    Product("Donica betonowa 60 cm", "szt.", Decimal("259.00"), "23"),
)
BOUGHT = (
    Product("Energia elektryczna, taryfa C11", "kWh", Decimal("0.8946"), "23"),
    Product("Kruszywo płukane 8/16 mm z dowozem", "t", Decimal("92.40"), "23"),
    Product("Obsługa księgowa za miesiąc", "usł.", Decimal("1450.00"), "23"),
    Product("Skrzynka drewniana na jabłka", "szt.", Decimal("12.35"), "23"),
    Product("Podkładka M9 do szczepienia", "szt.", Decimal("4.20"), "8"),
    Product("Doniczka produkcyjna P9", "szt.", Decimal("0.38"), "23"),
)
