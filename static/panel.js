// What pages do beyond links, forms and htmx: menus and dialogs that close, keys, copying. What is live stands in
// `live.js`. Everything here is an addition: pages work without it.
"use strict";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

// --- what was done -----------------------------------------------------------------------------------------------------

// What is said of a deed that succeeded goes by itself, unless somebody is reading it; what failed stays.
const SAID_FOR = 12000;

const fade = () => {
  const said = document.querySelector("#said > .notice.ok");
  if (!said) return;
  if (said.matches(":hover, :focus-within")) setTimeout(fade, SAID_FOR);
  else said.remove();
};

setTimeout(fade, SAID_FOR);

// --- menus and dialogs -------------------------------------------------------------------------------------------------

const closeMenus = (except) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (menu !== except) menu.open = false;
};

document.addEventListener("click", (event) => {
  const target = event.target;
  closeMenus(target.closest("details.menu"));
  const opens = target.closest("[data-opens]");
  if (opens) {
    closeMenus();
    document.getElementById(opens.dataset.opens)?.showModal();
  }
  const closes = target.closest("[data-closes]");
  const dialog = closes?.closest("dialog");
  if (dialog) {
    event.preventDefault();
    dialog.close();
  }
  // A click beside the dialog is on its backdrop.
  if (target instanceof HTMLDialogElement) target.close();
  const copies = target.closest("[data-copies]");
  if (copies) copy(copies);
});

// A menu that is searched has the focus in its field.
document.addEventListener("toggle", ({ target }) => target.matches("details.menu[open]") && target.querySelector("input[type=search]")?.focus(), true);

// What is asked for with `hx-target="#asks"` opens as a dialog over the page.
document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id === "asks") event.detail.target.showModal();
});

// A refused form of a dialog (422) is shown like any other answer.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

const copy = async (button) => {
  const text = button.dataset.copies || document.getElementById(button.dataset.from)?.textContent || "";
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Without TLS there is no clipboard: the text is marked, ready to be copied by hand.
    const source = document.getElementById(button.dataset.from);
    if (source) getSelection().selectAllChildren(source);
    return;
  }
  button.classList.add("copied");
  setTimeout(() => button.classList.remove("copied"), 1500);
};

// --- long lists of boxes: what is typed into `data-filters` leaves those that hold it, and opens the groups they are in ---

document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset?.filters);
  if (!list) return;
  const words = event.target.value.trim().toLowerCase();
  const groups = [...list.children].filter((row) => row.matches("details"));
  const rows = groups.length ? list.querySelectorAll(".members > *") : list.children;
  for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(words);
  for (const group of groups) {
    group.hidden = !group.querySelector(".members > :not([hidden])");
    group.open ||= words !== "";
  }
});

// A search inside a form is no reason to send it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset?.filters) event.preventDefault();
});

// --- forms that were refused: the first wrong field has the focus, and a mark goes once its field is changed ------------

// An address that names a part of the page keeps the browser from doing it.
document.querySelector("main .wrong [autofocus]")?.focus();

document.addEventListener("input", (event) => {
  const field = event.target.closest(".wrong");
  if (!field) return;
  field.classList.remove("wrong");
  field.querySelector(".error")?.remove();
  for (const part of field.querySelectorAll("[aria-invalid]")) part.removeAttribute("aria-invalid");
  for (const part of [field, ...field.querySelectorAll("[aria-describedby]")]) {
    const left = (part.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => document.getElementById(id));
    if (left.length) part.setAttribute("aria-describedby", left.join(" "));
    else part.removeAttribute("aria-describedby");
  }
});

// --- keys: `/` search, `?` help, `g` and a letter to go somewhere ------------------------------------------------------

let going = -Infinity;

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") closeMenus();
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.timeStamp - going < 1000) {
    going = -Infinity;
    const link = document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    if (link) link.click();
    return;
  }
  if (event.key === "g") going = event.timeStamp;
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (event.key === "/") {
    event.preventDefault();
    search();
  }
});

// What a page is searched with: a field made for that, else the first of its filters. A page that has neither leads to
// the search of the events.
const search = () => {
  const fold = document.querySelector("main .fold");
  if (fold) fold.open = true;
  const fields = [...document.querySelectorAll("main input[type=search]"), ...document.querySelectorAll("main [role=search] :is(input, select)")];
  const field = fields.find((field) => field.checkVisibility());
  const events = document.querySelector('[data-go="e"]');
  if (field) field.focus();
  else if (events) location.assign(`${events.href}#text`);
};

// --- how many things are wrong, in the rail and in the tab, of a page that stands open ----------------------------------

const COUNT_EVERY_MS = 20000;
const count = document.getElementById("incident-count");
const tab = document.querySelector("link[rel=icon]");
const showCount = ({ n, losing, words }) => {
  count.hidden = n === 0;
  count.classList.toggle("late", losing === 0);
  count.querySelector("[aria-hidden]").textContent = n;
  count.querySelector(".unseen").textContent = words;
  document.title = (n > 0 ? `(${n}) ` : "") + document.title.replace(/^\(\d+\) /, "");
  const href = n > 0 ? tab.dataset.wrong : tab.dataset.well;
  if (tab.getAttribute("href") !== href) tab.href = href;
};
const askCount = async () => {
  if (document.hidden) return;
  try {
    const answer = await fetch("/incidents/count", { headers: { accept: "application/json" } });
    if (answer.ok && !answer.redirected) showCount(await answer.json());
  } catch {
    // The page says by itself when the program is not there; the number is asked for again.
  }
};
if (count) {
  setInterval(askCount, COUNT_EVERY_MS);
  document.addEventListener("visibilitychange", askCount);
  // What this page shows of them has changed.
  document.addEventListener("ramal:incidents", askCount);
}
// --- tabs: the one that is shown is in sight where the row of them is too long for the page -------------------------------

const tabs = document.querySelector(".tabs");
const shown = tabs?.querySelector("[aria-current]");
if (shown) tabs.scrollLeft = shown.offsetLeft - (tabs.clientWidth - shown.offsetWidth) / 2;
