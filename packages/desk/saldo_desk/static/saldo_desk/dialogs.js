// The dialog: filled by htmx, shown here, focus given back on close.
import { current } from "./rows.js";

export const dialog = document.getElementById("dialog");
let returnTo = null;

/** Where the focus goes when the dialog closes; menus are hidden by then. */
function remember() { returnTo = document.activeElement; }

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "dialog-body") return;
  if (!dialog.open) { remember(); dialog.showModal(); }
  const first = dialog.querySelector("[aria-invalid=true]") || dialog.querySelector("[autofocus], form:not([method=dialog]) input:not([type=hidden]):not([type=checkbox])");
  if (first && !event.target.querySelector("#registration-state")) first.focus();
  startCountdowns();
});
// A window of a company that is not open any more: why nothing was done, in the dialog. What asks by itself stays still.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status !== 409 || !event.detail.xhr.getResponseHeader("HX-Retarget")) return;
  event.detail.isError = false;
  event.detail.shouldSwap = !(event.detail.requestConfig.elt.getAttribute("hx-trigger") || "").includes("every");
});
// What was asked from inside the dialog must not open it again when the answer comes after it was closed.
const fromDialog = new WeakSet();
document.body.addEventListener("htmx:beforeRequest", (event) => {
  if (event.detail.elt.closest("#dialog")) fromDialog.add(event.detail.elt);
});
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (fromDialog.has(event.detail.requestConfig.elt) && !dialog.open) event.detail.shouldSwap = false;
});
document.body.addEventListener("dialog-close", () => { if (dialog.open) dialog.close(); });
dialog.addEventListener("click", (event) => { if (event.target.closest("[data-close]")) dialog.close(); });
dialog.addEventListener("change", (event) => {
  const amount = event.target.name === "payment" && event.target.selectedOptions[0].dataset.amount;
  if (amount) event.target.form.elements.amount.value = amount;
});
dialog.addEventListener("close", () => {
  if (dialog.open) return;
  document.getElementById("dialog-body").replaceChildren();
  const back = returnTo && returnTo !== document.body && returnTo.isConnected && returnTo.offsetParent ? returnTo : current();
  if (back) back.focus();
});
document.body.addEventListener("link-problem", () => {
  if (!dialog.open) htmx.ajax("GET", dialog.dataset.problemUrl, { target: "#dialog-body" });
});

export function sayNoAnswer() {
  document.getElementById("dialog-body").replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
  if (!dialog.open) { remember(); dialog.showModal(); }
}
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(failure, (event) => {
    if (event.target.closest("#banner, #registration-state")) return; // asked again by itself
    sayNoAnswer();
  });
}

// „send again” counts down
function startCountdowns() {
  for (const button of dialog.querySelectorAll("[data-countdown]")) {
    let left = Number(button.dataset.countdown);
    const text = button.textContent;
    const tick = () => {
      if (!button.isConnected) return;
      button.disabled = left > 0;
      button.textContent = left > 0 ? `${text} (${left} s)` : text;
      if (left-- > 0) setTimeout(tick, 1000);
    };
    tick();
  }
}
