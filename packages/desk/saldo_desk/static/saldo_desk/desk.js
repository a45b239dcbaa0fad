// The window's behaviour: menus, marking, the current row, dialogs. Everything else is HTML from the server.
"use strict";

const dialog = document.getElementById("dialog");
let returnTo = null;
let currentRow = null;

// --- dialogs: filled by htmx, shown here, focus given back on close
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "dialog-body") return;
  if (!dialog.open) { returnTo = document.activeElement; dialog.showModal(); }
  const first = dialog.querySelector("[aria-invalid=true]") || dialog.querySelector("[autofocus], form:not([method=dialog]) input:not([type=hidden]):not([type=checkbox])");
  if (first && !event.target.querySelector("#registration-state")) first.focus();
  startCountdowns();
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
  const back = returnTo && returnTo.isConnected && returnTo.offsetParent ? returnTo : currentRow;
  if (back && back.isConnected) back.focus();
});
document.body.addEventListener("link-problem", () => {
  if (!dialog.open) htmx.ajax("GET", dialog.dataset.problemUrl, { target: "#dialog-body" });
});
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.body.addEventListener(failure, (event) => {
    if (event.target.closest("#banner, #registration-state")) return; // asked again by itself
    document.getElementById("dialog-body").replaceChildren(document.getElementById("no-answer").content.cloneNode(true));
    if (!dialog.open) { returnTo = document.activeElement; dialog.showModal(); }
  });
}

// --- „send again” counts down
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

// --- menus: buttons with a role=menu beside them, and the context menu
function itemsOf(menu) { return [...menu.querySelectorAll("[role=menuitem]")]; }
function closeMenus() {
  for (const menu of document.querySelectorAll("[role=menu]")) menu.hidden = true;
  for (const button of document.querySelectorAll(".menu__button")) button.setAttribute("aria-expanded", "false");
}
function openMenu(button) {
  closeMenus();
  button.setAttribute("aria-expanded", "true");
  button.nextElementSibling.hidden = false;
  itemsOf(button.nextElementSibling)[0].focus();
}
function openContextMenu(row, left, top) {
  const menu = document.getElementById("context-menu");
  if (!menu) return;
  closeMenus();
  makeCurrent(row);
  menu.hidden = false;
  menu.style.left = `${Math.max(4, Math.min(left, innerWidth - menu.offsetWidth - 8))}px`;
  menu.style.top = `${Math.max(4, Math.min(top, innerHeight - menu.offsetHeight - 8))}px`;
  itemsOf(menu)[0].focus();
}
document.addEventListener("click", (event) => {
  const button = event.target.closest(".menu__button");
  if (button) {
    if (button.getAttribute("aria-expanded") === "true") closeMenus(); else openMenu(button);
    return;
  }
  const rowMenu = event.target.closest(".row-menu");
  if (rowMenu) {
    const box = rowMenu.getBoundingClientRect();
    openContextMenu(rowMenu.closest("tr"), box.left, box.bottom);
    return;
  }
  if (event.target.closest("[data-open-invoice]")) {
    if (theRow()) location.href = theRow().dataset.url; else rows()[0]?.focus();
  }
  const row = event.target.closest("tr[data-invoice]");
  if (row) makeCurrent(row);
  closeMenus();
});
document.addEventListener("contextmenu", (event) => {
  const row = event.target.closest("tr[data-invoice]");
  if (!row) return;
  event.preventDefault();
  openContextMenu(row, event.clientX, event.clientY);
});
function menuKeys(event, menu) {
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement);
  const bar = [...document.querySelectorAll(".menu__button")];
  const owner = bar.find((button) => button.nextElementSibling === menu);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[to % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") { closeMenus(); (owner || currentRow)?.focus(); }
  else if (owner && event.key === "ArrowRight") openMenu(bar[(bar.indexOf(owner) + 1) % bar.length]);
  else if (owner && event.key === "ArrowLeft") openMenu(bar[(bar.indexOf(owner) + bar.length - 1) % bar.length]);
  else return;
  event.preventDefault();
}

// --- the list: current row, marks
function rows() { return [...document.querySelectorAll("tr[data-invoice]")]; }
function theRow() {
  return document.querySelector("tr[data-invoice]:has(input:checked)") || (currentRow?.isConnected ? currentRow : null);
}
function makeCurrent(row) {
  for (const other of rows()) {
    other.tabIndex = other === row ? 0 : -1;
    other.classList.toggle("is-current", other === row);
  }
  currentRow = row;
}
function count() {
  const output = document.getElementById("marked-count");
  if (output) output.textContent = document.querySelectorAll("input[name=invoice]:checked").length;
}
document.addEventListener("change", (event) => {
  if (event.target.id === "mark-all") {
    for (const box of document.querySelectorAll("input[name=invoice]")) box.checked = event.target.checked;
  }
  count();
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches("tr[data-invoice]")) makeCurrent(event.target);
});
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest("[role=menu]");
  if (menu) { menuKeys(event, menu); return; }
  if (event.target.matches(".menu__button") && event.key === "ArrowDown") { event.preventDefault(); openMenu(event.target); return; }
  const row = event.target.closest("tr[data-invoice]");
  if (!row) return;
  const list = rows();
  const to = { ArrowDown: list.indexOf(row) + 1, ArrowUp: list.indexOf(row) - 1, Home: 0, End: list.length - 1 }[event.key];
  if (to !== undefined) list[Math.max(0, Math.min(to, list.length - 1))].focus();
  else if (event.key === " " && event.target === row) {
    const box = row.querySelector("input[name=invoice]");
    box.checked = !box.checked;
    count();
  } else if (event.key === "Enter" && event.target === row) location.href = row.dataset.url;
  else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
    const box = row.getBoundingClientRect();
    openContextMenu(row, box.left + 60, box.bottom);
  } else return;
  event.preventDefault();
});

// A command for which nothing is marked means the current row.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches("[data-needs-row]")) return;
  const form = event.detail.formData || event.detail.parameters;
  if (!document.querySelector("input[name=invoice]:checked") && currentRow?.isConnected) {
    if (form instanceof FormData) form.set("invoice", currentRow.dataset.invoice);
    else form.invoice = currentRow.dataset.invoice;
  }
});
// The list comes anew: the current row stays current, and keeps the focus when it had it.
let hadFocus = false;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.target.id === "invoice-list") hadFocus = event.target.contains(document.activeElement);
});
document.body.addEventListener("htmx:afterSettle", () => {
  count();
  if (!currentRow || currentRow.isConnected) return;
  const again = rows().find((row) => row.dataset.invoice === currentRow.dataset.invoice);
  if (!again) return;
  makeCurrent(again);
  if (hadFocus && !dialog.open) again.focus();
});
count();
