// The help: F1 and „?” open the article on the window that is in front, above it; closing gives the focus back.
"use strict";
(() => {
  const box = document.getElementById("help-dialog");
  const body = document.getElementById("help-body");
  const outside = box.querySelector("[data-help-outside]");
  const helpPath = new URL(outside.href).pathname;
  let returnTo = null;

  function partOf(url) {
    const part = new URL(url, location.href);
    part.searchParams.set("part", "1");
    return part;
  }
  async function show(url, options = {}) {
    let answer;
    try {
      answer = await fetch(partOf(url), { credentials: "same-origin", ...options });
    } catch {
      location.assign(url);
      return;
    }
    if (answer.redirected || (!answer.ok && answer.status !== 422)) { location.assign(url); return; }
    body.innerHTML = await answer.text(); // our own page; what an article holds is escaped by the server
    if (!options.method) outside.href = url;
    if (!box.open) { returnTo = document.activeElement; box.showModal(); }
    const anchor = new URL(url, location.href).hash.slice(1);
    const place = body.querySelector("[aria-invalid=true]") || (anchor && body.querySelector(`[id="${CSS.escape(anchor)}"]`))
      || body.querySelector("[role=status]") || body.querySelector("h1");
    if (!place) return;
    if (!place.matches("textarea")) place.tabIndex = -1;
    place.focus();
    place.scrollIntoView({ block: "nearest" });
  }
  /** The „?” of the dialog that is in front, else the page's. */
  function inFront() {
    const dialogs = [...document.querySelectorAll("dialog[open]")].filter((other) => other !== box);
    return (dialogs.length && dialogs[dialogs.length - 1].querySelector("[data-help]")) || document.querySelector("[data-help]");
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "F1" || event.ctrlKey || event.altKey || event.shiftKey || event.metaKey) return;
    event.preventDefault();
    const button = inFront();
    if (!box.open && button) show(button.href);
  });
  document.addEventListener("click", (event) => {
    const plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    const button = event.target.closest("[data-help]");
    if (button && plain) { event.preventDefault(); button.focus(); show(button.href); return; }
    const link = body.contains(event.target) && event.target.closest("a[href]");
    if (!link || !plain || link.hasAttribute("data-help-leave")) return;
    const url = new URL(link.href);
    if (link.getAttribute("href").startsWith("#")) {
      event.preventDefault();
      const heading = body.querySelector(`[id="${CSS.escape(url.hash.slice(1))}"]`);
      if (heading) { heading.tabIndex = -1; heading.focus(); heading.scrollIntoView(); }
    } else if (url.origin === location.origin && url.pathname.startsWith(helpPath)) {
      event.preventDefault();
      show(link.href);
    }
  });
  body.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-help-form]")) return;
    event.preventDefault();
    const values = new FormData(event.target, event.submitter);
    if (event.target.method === "post") { show(event.target.action, { method: "POST", body: values }); return; }
    const url = new URL(event.target.action);
    url.search = new URLSearchParams(values).toString();
    show(url.href);
  });
  box.addEventListener("close", () => {
    body.replaceChildren();
    if (returnTo && returnTo.isConnected) returnTo.focus();
    returnTo = null;
  });
})();
