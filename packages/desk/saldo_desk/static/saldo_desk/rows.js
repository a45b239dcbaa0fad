// The rows of a list and which one is current. One row can be reached by Tab; arrows go from it to the others.

const KEPT = "saldo-current-row"; // survives the way to an invoice and back

let currentRow = null;

export function rows() { return [...document.querySelectorAll("tr[data-row]")]; }
export function rowOf(target) { return target.closest("tr[data-row]"); }
export function boxOf(row) { return row.querySelector("input[type=checkbox]"); }
export function isMarked(row) { return boxOf(row).checked; }
export function current() { return currentRow?.isConnected ? currentRow : null; }

/** The row that the list shall have as current when it opens. */
export function keep(uid) { sessionStorage.setItem(KEPT, uid); }

export function makeCurrent(row) {
  for (const other of rows()) {
    other.tabIndex = other === row ? 0 : -1;
    other.classList.toggle("is-current", other === row);
  }
  currentRow = row;
  keep(row.dataset.row);
}

/** After the list came anew: the row that was current, if it is still there. */
export function findCurrent() {
  const kept = currentRow?.dataset.row || sessionStorage.getItem(KEPT);
  return rows().find((row) => row.dataset.row === kept) || null;
}
