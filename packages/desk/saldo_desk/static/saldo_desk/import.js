// Importing: choosing, dropping, sending in bounded parts; what the preview says to who can't see its progress.
import { headers } from "./headers.js";

(() => {
  const box = document.getElementById("dialog");
  const NAME = /\.(xml|zip)$/i;
  const ENTRIES_AT_ONCE_MAX = 100_000;
  let dropped = [];
  let sending = false;

  const form = () => document.getElementById("import-form");
  const fill = (text, ...values) => values.reduce((filled, value, at) => filled.replace(`{${at + 1}}`, value), text);
  const say = (text) => { const place = document.getElementById("import-chosen"); if (place) place.textContent = text; };
  function problem(text) {
    const place = document.getElementById("import-problem");
    if (!place) return;
    place.textContent = text;
    place.hidden = !text;
  }

  // --- what was chosen: {name, file}; hidden files are nobody's invoices
  function chosen() {
    const inputs = [...form().querySelectorAll("input[type=file]")].flatMap((input) => [...input.files]);
    const named = inputs.map((file) => ({ name: file.webkitRelativePath || file.name, file }));
    const wanted = [...named, ...dropped].filter((one) => !one.name.split("/").pop().startsWith("."));
    return wanted.sort((one, other) => (one.name < other.name ? -1 : one.name > other.name ? 1 : 0)); // browsers give folders in any order
  }
  function sayChosen() {
    if (form() && !sending) say(chosen().length ? fill(form().dataset.saidChosen, chosen().length) : "");
  }
  document.addEventListener("change", (event) => { if (event.target.closest("#import-form")) { problem(""); sayChosen(); } });

  // --- dropping: files, and folders read to any depth, anywhere on the list or on the dialog
  const takesDrops = () => form() || document.getElementById("invoice-list");
  const hasFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  async function entriesOf(directory) {
    const reader = directory.createReader();
    const found = [];
    for (;;) {
      const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!some.length || found.length > ENTRIES_AT_ONCE_MAX) return found;
      found.push(...some);
    }
  }
  async function filesBelow(entries, max) {
    const found = [];
    const waiting = [...entries];
    while (waiting.length && found.length <= max) {
      const entry = waiting.shift();
      if (entry.isDirectory) waiting.push(...await entriesOf(entry));
      else {
        const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
        found.push({ name: entry.fullPath.replace(/^\//, ""), file });
      }
    }
    return found;
  }
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event) || !takesDrops()) return;
    event.preventDefault();
    document.body.classList.add("is-dropping");
  });
  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("is-dropping");
  });
  document.addEventListener("drop", async (event) => {
    document.body.classList.remove("is-dropping");
    if (!hasFiles(event) || !takesDrops() || sending) return;
    event.preventDefault();
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const plain = [...event.dataTransfer.files].map((file) => ({ name: file.name, file }));
    if (!form()) await htmx.ajax("GET", box.dataset.importUrl, { target: "#dialog-body" });
    say(form().dataset.saidLooking);
    const max = Number(form().dataset.filesMax);
    dropped = [...dropped, ...(entries.length ? await filesBelow(entries, max) : plain)];
    sayChosen();
    await send();
  });
  box.addEventListener("close", () => { dropped = []; sending = false; });

  // --- sending: parts of so many files or bytes; a large archive goes in pieces, one after the other
  function* parts(files, limits) {
    let part = { files: [], unsent: [], bytes: 0 };
    const isFull = (size) => part.files.length + part.unsent.length >= limits.files || (part.bytes && part.bytes + size > limits.bytes);
    for (const { name, file } of files) {
      const max = /\.zip$/i.test(name) ? limits.archive : limits.file;
      const goes = NAME.test(name) && file.size <= max;
      const size = goes ? file.size : 0;
      if (isFull(size)) { yield part; part = { files: [], unsent: [], bytes: 0 }; }
      if (!goes) part.unsent.push(name);
      else if (size <= limits.bytes) { part.files.push({ name, blob: file, offset: 0 }); part.bytes += size; }
      else {
        if (part.files.length || part.unsent.length) { yield part; part = { files: [], unsent: [], bytes: 0 }; }
        for (let offset = 0; offset < size; offset += limits.bytes) {
          const last = offset + limits.bytes >= size;
          yield { files: [{ name, blob: file.slice(offset, offset + limits.bytes), offset }], unsent: [], bytes: 0, piece: !last };
        }
      }
    }
    if (part.files.length || part.unsent.length) yield part;
  }
  async function post(url, values) {
    const body = new FormData();
    for (const [name, value, fileName] of values) { if (fileName) body.append(name, value, fileName); else body.append(name, value); }
    const answer = await fetch(url, { method: "POST", body, headers: headers() });
    const said = await answer.json();
    if (!answer.ok) throw new Error(said.message, { cause: "refused" });
    return said;
  }
  async function send() {
    const files = chosen();
    const texts = form().dataset;
    if (sending) return;
    if (!files.length) { problem(texts.saidNone); return; }
    if (files.length > Number(texts.filesMax)) { problem(fill(texts.saidTooMany, texts.filesMax)); return; }
    problem("");
    sending = true;
    const button = document.getElementById("import-go");
    const bar = document.getElementById("import-sending");
    button.disabled = true;
    bar.hidden = false;
    try { await sendAll(files, texts, bar); } catch (failure) {
      sending = false;
      if (!form()) return;
      problem(failure.cause === "refused" ? failure.message : texts.saidFailed);
      button.disabled = false;
      bar.hidden = true;
    }
  }
  async function sendAll(files, texts, bar) {
    const limits = { files: Number(texts.partFiles), bytes: Number(texts.partBytes), file: Number(texts.fileBytes), archive: Number(texts.archiveBytes) };
    const urls = await post(form().action, [["begin", "1"]]);
    let sent = 0;
    bar.max = files.length;
    for (const part of parts(files, limits)) {
      if (!sending || !form()) return; // closed: what came is given up by the Desk after a while
      const values = part.files.flatMap((one) => [["files", one.blob, "file"], ["names", one.name], ["offsets", one.offset]]);
      await post(urls.part, [...values, ...part.unsent.map((name) => ["unsent", name])]);
      sent += part.piece ? 0 : part.files.length + part.unsent.length;
      bar.value = sent;
      say(fill(texts.saidSending, sent, files.length));
    }
    if (!sending || !form()) return;
    location.href = (await post(urls.received, [])).page;
  }
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "import-form") return;
    event.preventDefault();
    send();
  });

  // --- the page of an import: say progress by tenths, and every new state; keep the focus somewhere sensible
  let lastSaid = "";
  document.body.addEventListener("htmx:afterSwap", () => {
    const live = document.getElementById("import-live");
    const progress = document.getElementById("import-progress");
    if (!live) return;
    const bar = progress && progress.querySelector("progress");
    const state = document.querySelector("[data-import-state]");
    const notice = document.querySelector("#import-page .notice");
    const tenth = bar ? Math.floor((10 * bar.value) / bar.max) : "";
    const mark = `${state && state.dataset.importState}${tenth}`;
    if (mark === lastSaid) return;
    lastSaid = mark;
    live.textContent = bar ? progress.dataset.say : (notice ? notice.textContent : "");
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    const title = document.getElementById("import-title");
    if (!title || box.open || (document.activeElement && document.activeElement !== document.body)) return;
    (document.querySelector("#import-page [data-first]") || title).focus({ preventScroll: true });
  });
})();
