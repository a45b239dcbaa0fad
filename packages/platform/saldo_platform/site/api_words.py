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
        "is sent with `preview=1`, and a Platform that does not say so would store it; `zstd`: it takes batches with "
        "`Content-Encoding: zstd`."
    ),
)


def translated(description: str) -> SafeString:
    """A member's description in the language that is active, as HTML: what stands in backticks is code."""
    parts = enumerate(gettext(description).split("`") if description else ())
    return format_html_join("", "<{0}>{1}</{0}>", (("code" if at % 2 else "span", part) for at, part in parts))
