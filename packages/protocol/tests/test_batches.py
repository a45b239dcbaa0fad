"""The body of a batch: packed the same way each time, bounded while it is unpacked."""

import gzip
import tracemalloc
import zlib
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saldo_protocol import batches
from saldo_protocol.batches import BODY_BYTES_MAX, DOCUMENTS_MAX, Batch, Sender
from saldo_protocol.documents import Document

UID = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


def encoded(count: int) -> bytes:
    document = Document(kind="invoice", external_id="1", revision="1", content=msgspec.Raw(b'{"a":1}'))
    return batches.encode(
        uid=UID, nip="9991001004", sender=Sender(program="saldo-desk", version="0.1.0"), documents=(document,) * count
    )


@given(st.binary(max_size=4096), st.sampled_from(["gzip", "zstd"]))
def test_a_body_survives_packing(body: bytes, encoding: str) -> None:
    packed = batches.pack(body, encoding=encoding)
    assert (batches.unpack(packed, encoding=encoding), batches.pack(body, encoding=encoding)) == (body, packed)


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_a_plain_body_is_taken_as_it_is(encoding: str) -> None:
    assert batches.unpack(b"{}", encoding=encoding) == b"{}"


@pytest.mark.parametrize("encoding", ["", "gzip", "zstd"])
def test_the_bound_is_kept_to_the_byte(encoding: str) -> None:
    def pack(body: bytes) -> bytes:
        return batches.pack(body, encoding=encoding) if encoding else body

    fits = b" " * BODY_BYTES_MAX
    assert batches.unpack(pack(fits), encoding=encoding) == fits
    with pytest.raises(batches.BodyTooLarge):
        batches.unpack(pack(fits + b" "), encoding=encoding)


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_a_bomb_is_refused_before_it_is_unpacked(encoding: str) -> None:
    bomb = batches.pack(bytes(256 << 20), encoding=encoding)
    tracemalloc.start()
    try:
        with pytest.raises(batches.BodyTooLarge):
            batches.unpack(bomb, encoding=encoding)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * BODY_BYTES_MAX


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (b"not gzip", "gzip"),
        (gzip.compress(b"cut short " * 100)[:-12], "gzip"),
        (gzip.compress(b"x")[:-8] + bytes(8), "gzip"),
        (gzip.compress(b"x") + b"rubbish", "gzip"),
        (b"not zstd", "zstd"),
        (b"", "zstd"),
        (batches.pack(b"cut short " * 100, encoding="zstd")[:-2], "zstd"),
        (batches.pack(b"x", encoding="zstd") + b"rubbish", "zstd"),
        (batches.pack(b"x", encoding="zstd") * 2, "zstd"),
        (bytes.fromhex("28b52ffd04c0") + bytes(8), "zstd"),  # wants a window of 16 GiB
        (zlib.compress(b"{}"), "deflate"),
        (b"{}", "br"),
    ],
)
def test_a_body_that_is_not_what_it_says_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(batches.BodyUnreadable):
        batches.unpack(body, encoding=encoding)


def test_a_batch_survives_the_wire() -> None:
    batch = msgspec.json.decode(encoded(3), type=Batch)
    assert (batch.uid, batch.nip, batch.sender.version, len(batch.documents)) == (UID, "9991001004", "0.1.0", 3)
    assert msgspec.json.encode(batch) == encoded(3)


@pytest.mark.parametrize(("count", "taken"), [(0, False), (1, True), (DOCUMENTS_MAX, True), (DOCUMENTS_MAX + 1, False)])
def test_a_batch_holds_from_one_to_the_most(count: int, taken: bool) -> None:
    try:
        msgspec.json.decode(encoded(count), type=Batch)
    except msgspec.ValidationError:
        assert not taken
    else:
        assert taken


def test_a_bad_document_does_not_spoil_the_batch() -> None:
    body = encoded(1).replace(b'"documents":[', b'"documents":[{"nonsense":true},7,')
    assert [bytes(raw) for raw in msgspec.json.decode(body, type=Batch).documents[:2]] == [b'{"nonsense":true}', b"7"]
