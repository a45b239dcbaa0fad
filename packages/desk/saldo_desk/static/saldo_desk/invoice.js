// The page of an invoice: Alt and an arrow to the one before or after, Esc back to the list, print.
import { keep } from "./rows.js";

const page = () => document.querySelector("[data-the-invoice]");

document.addEventListener("keydown", (event) => {
  if (!page() || event.target.closest("dialog, [role=menu], input, select, textarea")) return;
  const link = event.altKey && !event.ctrlKey && !event.shiftKey
    ? { ArrowUp: "invoice-before", ArrowDown: "invoice-after" }[event.key]
    : { Escape: "invoice-back" }[event.key];
  if (!link || document.querySelector("dialog[open], [role=menu]:not([hidden])")) return;
  event.preventDefault();
  document.getElementById(link)?.click();
});
document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
// Back in the list, the invoice that was looked at last is the current row.
if (page()?.matches("[data-in-list]")) keep(page().dataset.theInvoice);
