// The search for everything: Ctrl K (or Command K) opens it over any page. What is found comes by htmx and is links; here the keys
// go among them. Without this the link in the rail leads to the page of the search.
"use strict";

const palette = document.getElementById("palette");
const sought = document.getElementById("palette-q");
const links = () => [...palette.querySelectorAll(".finds a")];

const openPalette = () => {
  if (document.querySelector("dialog[open]:not(#palette)")) return;
  if (!palette.open) palette.showModal();
  sought.select();
  // What can be opened stands there before anything is typed.
  if (!links().length) sought.dispatchEvent(new Event("input", { bubbles: true }));
};

// For which words Enter was pressed: the answer may still be on its way.
let wanted = null;
const openWanted = () => {
  if (wanted?.words !== palette.dataset.shows) return;
  const [first] = links();
  if (!first) sought.form.submit();
  else if (wanted.beside) open(first.href);
  else first.click();
  wanted = null;
};
sought.addEventListener("input", () => (wanted = null));

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  }
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-palette]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  openPalette();
});

palette.addEventListener("keydown", (event) => {
  const all = links();
  const at = all.indexOf(document.activeElement);
  const go = (to) => {
    event.preventDefault();
    (all[to] ?? sought).focus();
  };
  if (event.key === "ArrowDown") go(Math.min(at + 1, all.length - 1));
  else if (event.key === "ArrowUp") go(at - 1);
  else if (event.key === "Home" && at >= 0) go(0);
  else if (event.key === "End" && at >= 0) go(all.length - 1);
  // Enter in the field opens what stands first, at once or as soon as it is found for these words.
  else if (event.key === "Enter" && at < 0) {
    event.preventDefault();
    wanted = { words: sought.value.trim(), beside: event.ctrlKey || event.metaKey };
    openWanted();
  } else if (at >= 0 && event.key.length === 1 && !event.ctrlKey && !event.metaKey) sought.focus();
});

// Whose answer it is that stands there: Enter opens nothing that was found for other words.
palette.addEventListener("htmx:afterSwap", (event) => {
  palette.dataset.shows = (new URLSearchParams(event.detail.pathInfo.finalRequestPath.split("?")[1]).get("q") ?? "").trim();
  openWanted();
});

// Where nothing can be found just now, the page of the search says why.
for (const failed of ["htmx:sendError", "htmx:responseError"]) palette.addEventListener(failed, () => wanted && sought.form.submit());
