"""The gate: axe-core finds nothing by WCAG 2.2 AA, and nothing is cut or scrolls sideways, in every look of a page.

On a desktop no table scrolls sideways in its box either."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

AXE_SCRIPT = Axe().axe_script
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
NODES_SHOWN_MAX = 5
CUT = """() => {
  const boxed = (element) => {
    for (let box = element.parentElement; box; box = box.parentElement) {
      if (["auto", "scroll", "hidden"].includes(getComputedStyle(box).overflowX)) return true;
    }
    return false;
  };
  const root = document.documentElement;
  const wide = root.scrollWidth > root.clientWidth + 1 ? [`the page is ${root.scrollWidth} wide`] : [];
  if (root.clientWidth > 1400) {
    for (const box of document.querySelectorAll(".table-scroll")) {
      if (box.scrollWidth > box.clientWidth) wide.push(`a table of ${box.scrollWidth} in ${box.clientWidth}`);
    }
  }
  for (const element of document.body.querySelectorAll("*")) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    const box = element.getBoundingClientRect();
    if (box.width > 1 && box.right > root.clientWidth + 1 && !boxed(element)) {
      wide.push(`${element.tagName.toLowerCase()}.${element.className} ends at ${Math.round(box.right)}`);
    }
  }
  return wide.slice(0, 5);
}"""


class Look(NamedTuple):
    """A way to look at a page; ``rules`` are those of axe that may say something else in it than in the others."""

    theme: Literal["light", "dark"]
    width: int
    height: int
    rules: tuple[str, ...] = ()


DESKTOP = Look("light", 1425, 900)  # 1440 less a scroll bar
SEEN = ("color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable")
LOOKS = (
    Look("dark", 1425, 900, SEEN),
    Look("light", 390, 844, SEEN),
    Look("dark", 390, 844, SEEN),
    Look("light", 720, 450, SEEN[2:]),  # 1440 × 900 enlarged to 200 %
    DESKTOP,
)


def problems(page: Page, *, name: str, within: str = "html") -> Iterator[str]:
    """What is wrong with the page as it stands: every rule once, those that a look can change in each look.

    :param within: an open menu is looked at by itself: what it covers is not to be clicked now.
    """
    page.evaluate(f"() => {{ if (!window.axe) {{ {AXE_SCRIPT} }} }}")
    for look in LOOKS:
        take(page, look)
        only = {"type": "rule", "values": look.rules} if look.rules else {"type": "tag", "values": TAGS}
        options = {"runOnly": only, "resultTypes": ["violations"]}
        answer = page.evaluate("([within, options]) => axe.run(within, options)", [within, options])
        for violation in answer["violations"]:
            yield f"{name}, {look[:3]}: {violation['id']}: {_told(violation['nodes'])}"
        for cut in page.evaluate(CUT):
            yield f"{name}, {look[:3]}: {cut}"


def _told(nodes: list[dict[str, str]]) -> str:
    return "; ".join(f"{node['html'][:160]} ({node['failureSummary'][:200]})" for node in nodes[:NODES_SHOWN_MAX])


def take(page: Page, look: Look) -> None:
    """Look at the page in this way; transitions are off, as for who asked for that."""
    page.emulate_media(color_scheme=look.theme, reduced_motion="reduce")
    page.set_viewport_size({"width": look.width, "height": look.height})
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")


def assert_accessible(page: Page, *, name: str = "") -> None:
    """Fail with every problem of the page."""
    found = list(problems(page, name=name or page.url))
    assert not found, "\n".join(found)
