"""The structure of FA(2), the form before FA(3): the schema of FA(3) with what FA(2) has otherwise. Reads no invoice.

No package ships the schema of FA(2). The two forms differ in the few places below; all else, some 180 elements with
their types and enumerations, is the same, and so are the line and the reason in a refusal.
"""

from lxml import etree

from saldo_desk.sources.ksef_nodes import FA2, FA3

XSD = "http://www.w3.org/2001/XMLSchema"
_PREFIXES = {"x": XSD}

Schema = etree._Element

# What FA(3) added: a currency, marks of the buyer, a role, links to pay, attachments.
ADDED = (
    "//x:simpleType[@name='TKodWaluty']//x:enumeration[@value='XCG']",
    "//x:simpleType[@name='TRolaPodmiotu3']//x:enumeration[@value='11']",
    "//x:simpleType[@name='TStawkaPodatku']//x:enumeration[@value='0 WDT' or @value='0 EX' or @value='np II']",
    "//x:simpleType[@name='TZnakowy2' or @name='TDataU']",
    "//x:element[@name='JST' or @name='GV' or @name='LinkDoPlatnosci' or @name='IPKSeF' or @name='Zalacznik']",
    "//x:element[@name='ZaplataCzesciowa']//x:choice",
    "//x:element[@name='TerminOpis']/x:complexType",
)

# What FA(3) changed: where, which attribute, and its value in FA(2); None is none.
CHANGED: tuple[tuple[str, str, str | None], ...] = (
    ("//x:attribute[@name='kodSystemowy']", "fixed", "FA (2)"),
    ("//x:element[@name='WariantFormularza']//x:enumeration", "value", "2"),
    ("//x:element[@name='DataWytworzeniaFa']//x:minInclusive", "value", "2022-01-01T00:00:00Z"),
    ("//x:simpleType[@name='TStawkaPodatku']//x:enumeration[@value='0 KR']", "value", "0"),
    ("//x:simpleType[@name='TStawkaPodatku']//x:enumeration[@value='np I']", "value", "np"),
    ("//x:element[@name='Podmiot3']//x:element[@name='Adres']", "minOccurs", None),
    ("//x:element[@name='DaneFaKorygowanej']", "maxOccurs", "unbounded"),
    ("//x:element[@name='P_7' or @name='P_7Z']", "type", "tns:TZnakowy"),
    ("//x:element[@name='ZnacznikZaplatyCzesciowej']", "type", "etd:TWybor1"),
    ("//x:element[@name='DataUmowy' or @name='DataZamowienia']", "type", "tns:TData"),
    ("//x:element[@name='TerminPlatnosci']/x:complexType/x:sequence", "minOccurs", None),
    ("//x:element[@name='Termin']", "minOccurs", None),
    ("//x:element[@name='TerminOpis']", "type", "tns:TZnakowy"),
)

# Texts that FA(2) narrows down by a pattern instead.
PATTERNS = (
    ("//x:simpleType[@name='TNrRB']/x:restriction", "[0-9A-Z]{10,32}"),
    ("//x:restriction[@base='etd:TNrIdentyfikacjiPodatkowej']", "[a-zA-Z0-9]{1,50}"),
)


def schema_of(fa3_schema: bytes) -> bytes:
    """The schema of FA(2) out of that of FA(3)."""
    root = etree.fromstring(fa3_schema.replace(FA3.encode(), FA2.encode()))
    for path in ADDED:
        for node in _every(root, path):
            parent = node.getparent()
            assert parent is not None
            parent.remove(node)
    for path, attribute, value in CHANGED:
        for node in _every(root, path):
            if value is not None:
                node.set(attribute, value)
            elif attribute in node.attrib:
                del node.attrib[attribute]
    for path, pattern in PATTERNS:
        for node in _every(root, path):
            del node[:]
            etree.SubElement(node, f"{{{XSD}}}pattern", value=pattern)
    return etree.tostring(root)


def _every(root: Schema, path: str) -> list[Schema]:
    found = root.xpath(path, namespaces=_PREFIXES)
    assert isinstance(found, list) and found, f"the schema of FA(3) has no {path}"
    return [node for node in found if isinstance(node, etree._Element)]
