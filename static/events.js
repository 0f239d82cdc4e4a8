// The pages of events: the live tail, and looking for something in a payload's tree. Both are additions.
"use strict";

// --- the live tail: rows as they come; while it is paused a bounded number waits -----------------------------------------

const MOST_ROWS = 200;
const MOST_WAITING = 200;

const follow = (box) => {
  const rows = document.getElementById("rows");
  const said = box.querySelector("[role=status]");
  const start = box.querySelector("[data-live-start]");
  const pause = box.querySelector("[data-live-pause]");
  const mark = box.querySelector("[data-live-mark]");
  let begun = false;
  let running = false;
  const waiting = [];
  let missed = 0;

  const say = () => {
    const parts = [];
    if (waiting.length) parts.push(box.dataset.waiting.replace("#", waiting.length));
    if (missed) parts.push(box.dataset.missed.replace("#", missed));
    said.textContent = parts.join(" · ");
  };
  const show = (html) => {
    document.getElementById("nothing")?.remove();
    document.getElementById("found").hidden = false;
    rows.insertAdjacentHTML("afterbegin", html);
    while (rows.children.length > MOST_ROWS) rows.lastElementChild.remove();
  };
  const run = (on) => {
    running = on;
    start.hidden = on;
    pause.hidden = !on;
    mark.hidden = !on;
    (on ? pause : start).focus();
    if (on) for (const html of waiting.splice(0)) show(html);
    say();
  };
  const row = (html) => {
    if (running) return show(html);
    waiting.push(html);
    if (waiting.length > MOST_WAITING) {
      waiting.shift();
      missed += 1;
    }
    say();
  };
  const pass = (count) => {
    missed += Number(count);
    say();
  };
  // After an interruption it goes on from where it was.
  const from = (passed) => {
    const url = new URL(box.dataset.live, location);
    if (passed) url.searchParams.set("after", passed);
    return url;
  };
  start.addEventListener("click", () => {
    if (!begun) listen(from, { row, missed: pass });
    begun = true;
    run(true);
  });
  pause.addEventListener("click", () => run(false));
};
for (const box of document.querySelectorAll("[data-live]")) follow(box);

// --- looking for something in the tree -----------------------------------------------------------------------------------

const field = document.getElementById("tree-search");
field?.addEventListener("input", () => {
  const tree = document.getElementById("tree");
  const found = document.getElementById("tree-found");
  const wanted = field.value.trim().toLowerCase();
  let count = 0;
  for (const item of tree.querySelectorAll("li")) {
    // What stands in this line itself: its key, and its value when it is no object.
    const line = item.querySelector(":scope > details > summary") ?? item;
    const hit = wanted !== "" && line.textContent.toLowerCase().includes(wanted);
    line.classList.toggle("hit", hit);
    if (!hit) continue;
    if (count === 0) line.scrollIntoView({ block: "nearest" });
    count += 1;
    for (let up = item.parentElement?.closest("details"); up && tree.contains(up); up = up.parentElement.closest("details")) up.open = true;
  }
  found.textContent = wanted ? found.dataset.found.replace("#", count) : "";
});
