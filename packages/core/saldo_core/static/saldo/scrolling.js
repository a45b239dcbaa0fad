// A table that is wider than its place scrolls sideways: without a link in it, the keyboard could not reach that.
"use strict";
(() => {
  const FOCUSABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
  function look() {
    for (const box of document.querySelectorAll(".table-scroll")) {
      if (box.scrollWidth <= box.clientWidth || box.tabIndex === 0 || box.querySelector(FOCUSABLE)) continue;
      const before = [...document.querySelectorAll("h1, h2, h3")].filter(
        (heading) => heading.compareDocumentPosition(box) & Node.DOCUMENT_POSITION_FOLLOWING);
      const name = box.querySelector("caption") || before[before.length - 1];
      box.tabIndex = 0;
      box.setAttribute("role", "region");
      if (name) box.setAttribute("aria-label", name.textContent.trim());
    }
  }
  look();
  addEventListener("resize", look);
  document.body.addEventListener("htmx:afterSettle", look);
})();
