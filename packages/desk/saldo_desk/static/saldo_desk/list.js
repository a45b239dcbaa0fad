// A list: the current row, ranges, keys. A letter is a command only while the focus is in the list (WCAG 2.1.4).
import { dialog } from "./dialogs.js";
import { mark, markWhole } from "./marks.js";
import { openContextMenu } from "./menus.js";
import { current, findCurrent, isMarked, makeCurrent, rowOf, rows } from "./rows.js";

const STEP = 10;
const FOCUS = "saldo-focus"; // what had the focus on a page that leads to the next one
const EDGE = "saldo-edge"; // which row of the next page is current

let anchor = null; // where a range begins

function markRange(to) {
  const list = rows();
  const [from, until] = [list.indexOf(anchor), list.indexOf(to)].sort((one, other) => one - other);
  if (from < 0) { anchor = to; mark([to], true); return; }
  mark(list.slice(from, until + 1), true);
}
function go(row, event) {
  if (event.shiftKey && !anchor?.isConnected) anchor = current();
  if (!event.shiftKey) anchor = row;
  row.focus();
  if (event.shiftKey) markRange(row);
}
function turn(id, edge) {
  const link = document.getElementById(id);
  if (!link) return false;
  sessionStorage.setItem(EDGE, edge);
  location.href = link.href;
  return true;
}
function moved(event, row) {
  const list = rows();
  const at = list.indexOf(row);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: list.length - 1, PageDown: at + STEP, PageUp: at - STEP }[event.key];
  if (to === undefined || event.ctrlKey || event.altKey || event.metaKey) return false;
  if (event.key === "PageDown" && at === list.length - 1) return turn("page-next", "first");
  if (event.key === "PageUp" && at === 0) return turn("page-previous", "last");
  go(list[Math.max(0, Math.min(to, list.length - 1))], event);
  return true;
}
function commanded(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return false;
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  if (key === "?") { document.querySelector("[data-shortcuts]").click(); return true; }
  if (key === "/") { document.getElementById("list-search").select(); document.getElementById("list-search").focus(); return true; }
  const command = /^[A-Z]$/.test(key) && document.querySelector(`[aria-keyshortcuts="${key}"]`);
  if (!command) return false;
  command.click();
  return true;
}
function acted(event, row) {
  const plain = event.target === row;
  if (event.key === " " && plain && event.shiftKey) markRange(row);
  else if (event.key === " " && plain) { anchor = row; mark([row], !isMarked(row)); }
  else if (event.key === "Enter" && plain) location.href = row.dataset.url;
  else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey) && !event.shiftKey) markWhole(true);
  else if (event.key === "Escape") markWhole(false);
  else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
    const box = row.getBoundingClientRect();
    openContextMenu(row, box.left + 60, box.bottom);
  } else return false;
  return true;
}
/** In the list, but on none of its rows: its head, the bar of what is marked. */
function besides(target) { return target.closest(".list-part, #marks") && !target.matches("input:not([type=checkbox]), select, textarea"); }
document.addEventListener("keydown", (event) => {
  if (event.target.closest("[role=menu], dialog")) return;
  if (event.key === "/" && event.ctrlKey) document.querySelector("[data-shortcuts]")?.click();
  else if (event.altKey && event.key.toLowerCase() === "l" && document.querySelector("[data-the-list]")) {
    if (rows().length) (current() || rows()[0]).focus(); else document.querySelector("[data-the-list]").click();
  } else {
    const row = rowOf(event.target);
    const beside = !row && besides(event.target) && (current() || rows()[0]);
    if (row ? !(moved(event, row) || acted(event, row) || commanded(event)) : !(beside && (acted(event, beside) || commanded(event)))) return;
  }
  event.preventDefault();
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches("tr[data-row]")) makeCurrent(event.target);
});
document.addEventListener("click", (event) => {
  const row = rowOf(event.target);
  const kept = event.target.closest("[data-keeps-focus]");
  if (kept) sessionStorage.setItem(FOCUS, kept.id);
  if (!row || event.target.closest("a, .row-menu")) return;
  if (event.shiftKey) { anchor = anchor?.isConnected ? anchor : current() || row; markRange(row); getSelection().removeAllRanges(); }
  else anchor = row;
  makeCurrent(row);
  if (!event.target.closest("input, button")) row.focus();
});
// A shift-click is a range, not a selected text.
document.addEventListener("mousedown", (event) => { if (event.shiftKey && rowOf(event.target)) event.preventDefault(); });

// What a command is for: the invoice of the page, else the list it comes from and its current row.
document.body.addEventListener("htmx:configRequest", (event) => {
  if (!event.detail.elt.matches("[data-needs-row]")) return;
  const form = event.detail.formData || event.detail.parameters;
  const put = (name, value) => { if (form instanceof FormData) form.set(name, value); else form[name] = value; };
  const page = document.querySelector("[data-the-invoice]");
  const list = document.querySelector(".list-part");
  if (page) put("invoice", page.dataset.theInvoice);
  if (list) put("list", list.dataset.list);
  if (list && current()) put("row", current().dataset.row);
});
// The list comes anew: the current row stays current, and keeps the focus when it had it. Where it is gone (settled, and
// the filter leaves open ones only), the row that took its place is.
let hadFocus = false;
let place = 0;
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (!event.target.matches(".list-part")) return;
  hadFocus = event.target.contains(document.activeElement);
  place = Math.max(0, rows().indexOf(current()));
});
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (!event.target.matches(".list-part") && !event.detail.elt?.matches?.(".list-part")) return;
  const again = findCurrent() || rows()[place] || rows().at(-1);
  if (!again) return;
  makeCurrent(again);
  anchor = again;
  if (hadFocus && !dialog.open && document.activeElement === document.body) again.focus();
});

// Where a list opens, the focus is in it; or on the link that led here.
function begin() {
  const kept = sessionStorage.getItem(FOCUS);
  const edge = sessionStorage.getItem(EDGE);
  sessionStorage.removeItem(FOCUS);
  sessionStorage.removeItem(EDGE);
  const list = rows();
  if (!list.length) return;
  const row = (edge === "last" && list.at(-1)) || (edge !== "first" && findCurrent()) || list[0];
  makeCurrent(row);
  anchor = row;
  const link = kept && document.getElementById(kept);
  if (document.activeElement !== document.body || dialog.open) return;
  if (link) link.focus({ preventScroll: true });
  else if (!matchMedia("(pointer: coarse)").matches) row.focus({ preventScroll: row === list[0] });
}
begin();
