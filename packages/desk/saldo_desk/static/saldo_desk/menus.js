// Menus: buttons with a role=menu beside them, and the context menu of a row.
import { current, makeCurrent, rowOf, rows } from "./rows.js";

function itemsOf(menu) { return [...menu.querySelectorAll("[role=menuitem]")]; }
function bar() { return [...document.querySelectorAll(".menu__button")]; }

export function closeMenus() {
  for (const menu of document.querySelectorAll("[role=menu]")) menu.hidden = true;
  for (const button of bar()) button.setAttribute("aria-expanded", "false");
}
function openMenu(button) {
  closeMenus();
  button.setAttribute("aria-expanded", "true");
  button.nextElementSibling.hidden = false;
  itemsOf(button.nextElementSibling)[0].focus();
}
export function openContextMenu(row, left, top) {
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
    openContextMenu(rowOf(rowMenu), box.left, box.bottom);
    return;
  }
  if (event.target.closest("[data-open-invoice]")) {
    if (current()) location.href = current().dataset.url; else rows()[0]?.focus();
  }
  const inMenu = event.target.closest("[role=menu]");
  const owner = inMenu && bar().find((other) => other.nextElementSibling === inMenu);
  const hadFocus = inMenu?.contains(document.activeElement) || document.activeElement === document.body;
  closeMenus();
  // The menu is gone and the focus with it: the row or the menu's button has it until a dialog takes it.
  if (inMenu && hadFocus) (current() || owner)?.focus();
});
document.addEventListener("contextmenu", (event) => {
  const row = rowOf(event.target);
  if (!row) return;
  event.preventDefault();
  openContextMenu(row, event.clientX, event.clientY);
});

function inMenuKeys(event, menu) {
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement);
  const buttons = bar();
  const owner = buttons.find((button) => button.nextElementSibling === menu);
  const to = { ArrowDown: at + 1, ArrowUp: at - 1 + items.length, Home: 0, End: items.length - 1 }[event.key];
  if (to !== undefined) items[to % items.length].focus();
  else if (event.key === "Escape" || event.key === "Tab") { closeMenus(); (owner || current())?.focus(); }
  else if (owner && event.key === "ArrowRight") openMenu(buttons[(buttons.indexOf(owner) + 1) % buttons.length]);
  else if (owner && event.key === "ArrowLeft") openMenu(buttons[(buttons.indexOf(owner) + buttons.length - 1) % buttons.length]);
  else return;
  event.preventDefault();
}
document.addEventListener("keydown", (event) => {
  const menu = event.target.closest("[role=menu]");
  if (menu) inMenuKeys(event, menu);
  else if (event.target.matches(".menu__button")) {
    const buttons = bar();
    const at = buttons.indexOf(event.target);
    if (event.key === "ArrowDown") openMenu(event.target);
    else if (event.key === "ArrowRight") buttons[(at + 1) % buttons.length].focus();
    else if (event.key === "ArrowLeft") buttons[(at + buttons.length - 1) % buttons.length].focus();
    else if (event.key === "Escape" && current()) current().focus();
    else return;
    event.preventDefault();
  } else if (event.key === "F10" && !event.shiftKey && !event.ctrlKey && !event.altKey && bar().length && !event.target.closest("dialog")) {
    event.preventDefault();
    bar()[0].focus();
  }
});
