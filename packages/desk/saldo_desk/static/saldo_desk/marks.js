// The marks live on the server. What is marked here goes there in the order it was done; one request at a time.
import { sayNoAnswer } from "./dialogs.js";
import { headers } from "./headers.js";
import { boxOf, isMarked, rowOf, rows } from "./rows.js";

const PART = 500; // rows of one request; the server takes 1000

const bar = document.getElementById("marks");
let waiting = new Map(); // uid → whether it shall be marked
let whole = null; // "all" or "none", which come before what waits
let sending = null;

async function post(values) {
  const list = document.querySelector(".list-part").dataset.list;
  const body = new URLSearchParams([["list", list], ...values]);
  const answer = await fetch(bar.dataset.url, { method: "POST", body, headers: headers(), redirect: "error" });
  if (!answer.ok) throw new Error(answer.statusText);
  show(await answer.text());
}
/** The region itself stays, so that a screen reader tells what changed in it; a button keeps the focus. */
function show(html) {
  const come = document.createElement("template");
  come.innerHTML = html;
  const [told, now] = [bar, come.content].map((part) => part.querySelector(".marks-bar__told"));
  told.dataset.marked = now.dataset.marked;
  told.replaceChildren(...now.childNodes);
  const held = bar.contains(document.activeElement);
  bar.querySelector(".marks-bar__buttons").replaceWith(come.content.querySelector(".marks-bar__buttons"));
  if (held) (bar.querySelector("[data-unmark-all]") || bar.querySelector("[data-mark-all]")).focus();
}
async function send() {
  while (whole || waiting.size) {
    if (whole) {
      const values = whole === "all" ? [["all", "1"], ["query", bar.dataset.query]] : [["none", "1"]];
      whole = null;
      await post(values);
      continue;
    }
    const part = [...waiting].slice(0, PART);
    for (const [uid] of part) waiting.delete(uid);
    await post(part.map(([uid, marked]) => [marked ? "mark" : "unmark", uid]));
  }
}
/** Resolves when the server knows every mark. */
export function flush() {
  if (bar && !sending) {
    sending = send().catch(() => {
      waiting.clear();
      whole = null;
      sayNoAnswer();
      htmx.trigger(document.body, "books-changed"); // what is marked is what the server says
    }).finally(() => { sending = null; });
  }
  return sending || Promise.resolve();
}
export function isPending() { return Boolean(sending || whole || waiting.size); }

function showRow(row, marked) {
  boxOf(row).checked = marked;
  row.setAttribute("aria-selected", String(marked));
}
function showHead() {
  const head = document.getElementById("mark-all");
  if (!head) return;
  const count = rows().filter(isMarked).length;
  head.checked = count > 0 && count === rows().length;
  head.indeterminate = count > 0 && !head.checked;
}
export function mark(some, marked) {
  for (const row of some) {
    showRow(row, marked);
    waiting.set(row.dataset.row, marked);
  }
  showHead();
  flush();
}
export function markWhole(all) {
  for (const row of rows()) showRow(row, all);
  waiting.clear();
  whole = all ? "all" : "none";
  showHead();
  flush();
}
async function refresh() {
  await flush();
  post([]).catch(() => {}); // asked again with the next mark
}

if (bar) {
  document.addEventListener("change", (event) => {
    if (event.target.id === "mark-all") mark(rows(), event.target.checked);
    else if (rowOf(event.target)) mark([rowOf(event.target)], event.target.checked);
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-mark-all]")) markWhole(true);
    else if (event.target.closest("[data-unmark-all]")) markWhole(false);
  });
  document.body.addEventListener("books-changed", refresh);
  document.body.addEventListener("htmx:afterSettle", showHead);
  showHead();
  // A command must not overtake the marks it is for.
  document.body.addEventListener("htmx:confirm", (event) => {
    if (!isPending() || !event.detail.elt.matches("[data-needs-row], .list-part")) return;
    event.preventDefault();
    flush().then(() => event.detail.issueRequest(true));
  });
}
