// What pages do beyond links, forms and htmx: menus and dialogs that close, keys, copying. What is live stands in
// `live.js`. Everything here is an addition: pages work without it.
"use strict";

const typing = (element) => element.closest("input, textarea, select, [contenteditable]") !== null;

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

// --- long lists of boxes: what is typed into `data-filters` leaves those that hold it ------------------------------------

document.addEventListener("input", (event) => {
  const list = document.getElementById(event.target.dataset?.filters);
  if (!list) return;
  const words = event.target.value.trim().toLowerCase();
  for (const row of list.children) row.hidden = !row.textContent.toLowerCase().includes(words);
});

// A search inside a form is no reason to send it.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.dataset?.filters) event.preventDefault();
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
  const search = document.querySelector("[data-search]");
  if (event.key === "g") going = event.timeStamp;
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (event.key === "/" && search) {
    event.preventDefault();
    search.focus();
  }
});
