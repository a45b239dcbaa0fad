"""Bytes to a validated FA(3) or FA(2) tree: safe parsing, then the schema of its version. Reads no field."""

import re
import threading
from collections.abc import Iterable
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import cast
from xml.parsers import expat

from lxml import etree

from saldo_desk.sources import ksef_fa2
from saldo_desk.sources.documents import Unreadable
from saldo_desk.sources.ksef_nodes import FA2, FA3, Element, line_of

FILE_BYTES_MAX = 5 * 1024 * 1024
EXPECTED_SHOWN_MAX = 5
VALUE_CHARACTERS_MAX = 60

VERSIONS = frozenset({FA2, FA3})
OTHER_VERSIONS = {"http://crd.gov.pl/wzor/2021/11/29/11089/": "FA(1)"}
FORMS_PREFIX = "http://crd.gov.pl/wzor/"
REQUIRED_IN_FA = ("KodWaluty", "P_1", "P_2", "P_15", "Adnotacje", "RodzajFaktury")
SCHEMA_FILE = "schemat_FA(3)_v1-0E.xsd"

# A validator keeps its error log in itself, so that two threads would read each other's.
_validating = threading.Lock()


def parse(content: bytes) -> Element:
    """The root of a schema-valid FA(3) or FA(2) invoice of any kind.

    No entity is expanded, nothing is fetched, a document type declaration is refused outright.

    :raises Unreadable: `file_too_large`, `empty_file`, `unsafe_xml`, `wrong_encoding`,
        `malformed_xml`, `not_an_invoice`, `schema_version_not_supported`, `schema_error`.
    """
    if len(content) > FILE_BYTES_MAX:
        raise Unreadable("file_too_large", limit_mb=str(FILE_BYTES_MAX // 1024**2))
    _refuse_what_is_not_xml(content)
    _refuse_doctype(content)
    root = _well_formed(content)
    _refuse_other_documents(root)
    _validate(root)
    return root


def _refuse_what_is_not_xml(content: bytes) -> None:
    head = content.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head:
        raise Unreadable("empty_file")
    if not head.startswith((b"<", b"\xff\xfe", b"\xfe\xff", b"\x00<")):
        raise Unreadable("not_an_invoice", found="")


class _PrologEnds(Exception):
    pass


def _refuse_doctype(content: bytes) -> None:
    """Stops before the declaration's entities are read; expat sees it in every encoding."""

    def doctype(*_: object) -> None:
        raise Unreadable("unsafe_xml", line=prolog.CurrentLineNumber)

    def element(*_: object) -> None:
        raise _PrologEnds

    prolog = expat.ParserCreate()
    prolog.StartDoctypeDeclHandler = doctype
    prolog.StartElementHandler = element
    try:
        prolog.Parse(content, True)
    except (_PrologEnds, expat.ExpatError, LookupError, ValueError):
        return  # a malformed prolog is told, with its line, by the parser that follows


def _well_formed(content: bytes) -> Element:
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _syntax_refusal(error) from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise Unreadable("unsafe_xml")
    return root


def _syntax_refusal(error: Exception) -> Unreadable:
    line = getattr(error, "lineno", None)
    detail = str(getattr(error, "msg", error))
    if "encoding" in detail.lower() or "not proper UTF-8" in detail:
        return Unreadable("wrong_encoding", line=line)
    return Unreadable("malformed_xml", line=line, detail=re.sub(r", line \d+, column \d+", "", detail))


def _refuse_other_documents(root: Element) -> None:
    name = etree.QName(root)
    namespace = name.namespace or ""
    if namespace not in VERSIONS:
        version = OTHER_VERSIONS.get(namespace)
        if version is None and name.localname == "Faktura" and namespace.startswith(FORMS_PREFIX):
            version = namespace
        if version is not None:
            raise Unreadable("schema_version_not_supported", line=line_of(root), version=version)
    if namespace not in VERSIONS or name.localname != "Faktura":
        raise Unreadable("not_an_invoice", line=line_of(root), found=name.localname)


class _PackagedSchemas(etree.Resolver):
    """Answers every import of the schema from the package that ships it, by file name."""

    def resolve(  # type: ignore[override]  # the stubs leave the context out
        self, system_url: str, public_id: str, context: object
    ) -> object:
        name = system_url.rpartition("/")[2]
        return self.resolve_string(_schema_bytes(name), context, base_url=system_url)


def _schema_bytes(name: str) -> bytes:
    """A schema out of the package that ships it, which is not imported for that: its client takes over a second."""
    package = find_spec("ksef_client")
    assert package is not None and package.submodule_search_locations, "a requirement of this program"
    folder = Path(package.submodule_search_locations[0]) / "documents" / "fa3" / "schemas"
    return (folder / name).read_bytes()


@lru_cache(maxsize=len(VERSIONS))
def _schema(namespace: str) -> etree.XMLSchema:
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_PackagedSchemas())
    content = _schema_bytes(SCHEMA_FILE)
    if namespace == FA2:
        content = ksef_fa2.schema_of(content)
    return etree.XMLSchema(etree.fromstring(content, parser, base_url=SCHEMA_FILE))


def _validate(root: Element) -> None:
    with _validating:
        schema = _schema(etree.QName(root).namespace or "")
        if schema.validate(root):
            return
        errors = [(error.line, _plain(error.message)) for error in _entries(schema)]
    raise _schema_refusal(root, errors)


def _entries(schema: etree.XMLSchema) -> list[etree._LogEntry]:
    return list(cast("Iterable[etree._LogEntry]", schema.error_log))


def _plain(message: str) -> str:
    return re.sub(r"\{[^{}]*\}", "", message).strip()


def _schema_refusal(root: Element, errors: list[tuple[int, str]]) -> Unreadable:
    line, message = errors[0]
    element, _, detail = message.partition(": ")
    element = element.removeprefix("Element ").strip("'")
    places = {(other_line, other.partition(":")[0]) for other_line, other in errors}
    problem, found = _problem(root, element, detail)
    return Unreadable(
        "schema_error",
        line=line or None,
        **{"element": element, "problem": problem, "detail": detail, "more": str(len(places) - 1)} | found,
    )


def _problem(root: Element, element: str, detail: str) -> tuple[str, dict[str, str]]:
    """Which of our own sentences tells a message of libxml2, and what that sentence needs."""
    expected = re.search(r"Expected is (?:one of )?\( (.*?) \)", detail)
    names = expected.group(1).split(", ") if expected else []
    if detail.startswith(("This element is not expected", "Missing child element")):
        fa = _child(root, "Fa")
        absent = [name for name in REQUIRED_IN_FA if fa is not None and _child(fa, name) is None]
        if absent and _is_inside_fa(fa, element):
            return "missing", {"element": absent[0], "parent": "Fa"}
        shown = ", ".join(names[:EXPECTED_SHOWN_MAX]) + (" …" if len(names) > EXPECTED_SHOWN_MAX else "")
        if detail.startswith("Missing"):
            return "missing", {"element": shown or "?", "parent": element}
        return "unexpected", {"expected": shown}
    length = re.search(r"The value has a length of '(\d+)'", detail)
    if length:
        return "length", {"length": length.group(1)}
    value = re.match(r"(?:\[facet '\w+'\] )?(?:The value )?'(.*?)' (?:is|has|must)", detail, re.DOTALL)
    if value:
        return "value", {"value": value.group(1)[:VALUE_CHARACTERS_MAX]}
    return "other", {}


def _is_inside_fa(fa: Element | None, element: str) -> bool:
    return fa is not None and (element == "Fa" or _child(fa, element) is not None)


def _child(node: Element, name: str) -> Element | None:
    namespace, brace, _name = str(node.tag).partition("}")
    return node.find(namespace + brace + name)
