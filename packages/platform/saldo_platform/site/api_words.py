"""What the protocol's docstrings say of members, marked for translation: the protocol itself knows no language.

The document for tools stays English; the page shows these in the reader's language. A test holds the two together.
"""

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop

MEMBERS = (
    gettext_noop("what `content` is: `invoice` or `tombstone`."),
    gettext_noop("the ERP's own key, unique per integration, never reused; a tombstone has the invoice's."),
    gettext_noop("a number that grows with every change, as decimal text (it passes 2**53)."),
    gettext_noop("the `Invoice` or `Tombstone`, not decoded yet: one bad document must not spoil the others."),
    gettext_noop("when present it is checked against the content (see `digest`)."),
    gettext_noop("its place in the batch, from 0: a document too broken to have an id is named by it."),
    gettext_noop(
        "`created`, `updated`; `unchanged` (same content, the revision moved forward); `stale` (the Platform holds a "
        "newer revision); `removed` (by a tombstone); `refused` (with `code`, `message` and a JSON `pointer` into the "
        "document)."
    ),
    gettext_noop(
        "for `updated`, what differs between the stored and the sent content; empty when only the order of its "
        "payments or settlements does. `changes_left_out` says how many more there are."
    ),
    gettext_noop("`withdrawn` (it stays in the ERP's books), `removed` (it left them)."),
    gettext_noop("why, in a person's words."),
    gettext_noop("the invoice's number, without which a document that went under an earlier key is not found."),
    gettext_noop(
        "what this Platform can do beyond the first version of the protocol; `preview`: it only looks at a batch that "
        "is sent with `preview=1`. A Platform that does not say so would store it. `changes`: it tells what came "
        "back. `digests`: it tells what it holds, to be compared. `signed_receipts`: each new receipt is signed with "
        "one of the keys at `/.well-known/jwks.json`."
    ),
    gettext_noop("the documents in it; `digest` is over all of them."),
    gettext_noop("it, divided; empty where the documents are listed."),
    gettext_noop("it, listed: when it holds no more than `LISTED_MAX`, or the list was asked for."),
    gettext_noop("the list was cut at `PAGE_MAX`; what follows comes after its last document."),
    gettext_noop("the `kid` of a key in the Platform's key set."),
    gettext_noop("`Ed25519`."),
    gettext_noop("the 64 bytes of the signature in base64url without padding."),
    gettext_noop("the 32 bytes of the public key in base64url without padding."),
    gettext_noop("the thumbprint of the key by RFC 7638, SHA-256."),
    gettext_noop("when it began to sign."),
    gettext_noop("when another took its place; null for the one that signs now. It stays in the set for ever."),
    gettext_noop("its position in the company's feed; positions in between are not for this ERP."),
    gettext_noop(
        "`invoice_restored`: a person brought a removed document back; `invoice_removed`: another program of the "
        "company removed it; `invoice_taken_over`: another program sends it now. There will be more: keep or skip "
        "those that you don't know."
    ),
    gettext_noop(
        "the document's on the Platform after it happened; what the ERP was answered of a newer one since counts more "
        "than this."
    ),
    gettext_noop("up to which position this page tells everything: ask next time with it as `after`."),
    gettext_noop("there are more already."),
)


def translated(description: str) -> SafeString:
    """A member's description in the language that is active, as HTML: what stands in backticks is code."""
    parts = enumerate(gettext(description).split("`") if description else ())
    return format_html_join("", "<{0}>{1}</{0}>", (("code" if at % 2 else "span", part) for at, part in parts))
