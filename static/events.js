// The pages of events: the live tail, and looking for something in a payload's tree. Both are additions.
"use strict";

// --- the live tail: rows as they come; while the list is read it stands still and a bounded number waits ------------------

const MOST_ROWS = 200;
const MOST_WAITING = 200;
// The rate is that of the last seconds.
const RATE_MS = 10000;
const RATED_FROM_MS = 2000;

const lang = document.documentElement.lang;

const follow = (box) => {
  const rows = document.getElementById("rows");
  const list = document.getElementById("found");
  const said = box.querySelector("[role=status]");
  const rate = box.querySelector("[data-live-rate]");
  const start = box.querySelector("[data-live-start]");
  const pause = box.querySelector("[data-live-pause]");
  const mark = box.querySelector("[data-live-mark]");
  const fresh = document.querySelector("[data-live-fresh]");
  const waiting = [];
  // What waited and had to make room, and what nobody was shown.
  let dropped = 0;
  let missed = 0;
  let begun = false;
  let running = false;
  let heardOf = [];

  // Nobody reads an empty list.
  const stands = () => !running || (rows.children.length > 0 && isRead(list));
  const say = () => {
    const count = waiting.length + dropped;
    const words = count === 1 ? fresh.dataset.one : fresh.dataset.many;
    fresh.textContent = words.replace("#", count.toLocaleString(lang));
    fresh.hidden = count === 0;
    const parts = [];
    if (running && count > 0) parts.push(box.dataset.held);
    if (missed > 0) parts.push(box.dataset.missed.replace("#", missed.toLocaleString(lang)));
    const text = parts.join(" · ");
    if (said.textContent !== text) said.textContent = text;
  };
  const show = (html) => {
    document.getElementById("nothing")?.remove();
    list.hidden = false;
    rows.insertAdjacentHTML("afterbegin", html);
    while (rows.children.length > MOST_ROWS) rows.lastElementChild.remove();
    askOutcomesSoon();
  };
  const release = () => {
    missed += dropped;
    dropped = 0;
    for (const html of waiting.splice(0)) show(html);
    say();
  };
  const releaseUnread = () => {
    if (waiting.length > 0 && !stands()) release();
  };
  const run = (on) => {
    running = on;
    start.hidden = on;
    pause.hidden = !on;
    mark.hidden = !on;
    (on ? pause : start).focus();
    if (on) releaseUnread();
    say();
  };
  // How many events the company gets, whether they are looked for or not: places in its journal, one after another.
  const hear = (seq) => {
    const now = performance.now();
    heardOf = [...heardOf.filter(([at]) => now - at < RATE_MS), [now, Number(seq)]];
    const [from, first] = heardOf[0];
    if (now - from < RATED_FROM_MS) return;
    const each = (Number(seq) - first) / ((now - from) / 1000);
    const written = each.toLocaleString(lang, { maximumFractionDigits: each < 100 ? 1 : 0 });
    rate.textContent = each > 0 ? box.dataset.rate.replace("#", written) : box.dataset.rateNone;
  };
  const row = (html, seq) => {
    hear(seq);
    if (!stands()) return show(html);
    waiting.push(html);
    if (waiting.length > MOST_WAITING) {
      waiting.shift();
      dropped += 1;
    }
    say();
  };
  const pass = (count, seq) => {
    hear(seq);
    missed += Number(count);
    say();
  };
  const alive = (_, seq) => hear(seq);
  // After an interruption it goes on from where it was.
  const from = (passed) => {
    const url = new URL(box.dataset.live, location);
    if (passed) url.searchParams.set("after", passed);
    return url;
  };
  start.addEventListener("click", () => {
    if (!begun) listen(from, { row, missed: pass, alive });
    begun = true;
    run(true);
  });
  pause.addEventListener("click", () => run(false));
  fresh.addEventListener("click", () => {
    document.activeElement.blur();
    release();
    scrollTo({ top: 0 });
  });
  document.addEventListener("pointerover", releaseUnread);
  document.addEventListener("focusout", () => setTimeout(releaseUnread));
  document.addEventListener("scroll", releaseUnread, { passive: true });
};

// --- what becomes of the rows that are shown --------------------------------------------------------------------------------

// So soon after something has changed; the longer nothing does, the more rarely.
const ASKS_MS = 1500;
const ASKS_RARELY_MS = 30000;
let asks;
let asksAfter = ASKS_MS;

const askOutcomes = async () => {
  asks = undefined;
  const rows = document.getElementById("rows");
  const open = [...rows.querySelectorAll("[data-open]")].slice(0, MOST_ROWS);
  if (open.length === 0) return;
  asksAfter = Math.min(asksAfter * 1.5, ASKS_RARELY_MS);
  if (!document.hidden) await bringUpToDate(rows, open);
  asks ??= setTimeout(askOutcomes, asksAfter);
};
const bringUpToDate = async (rows, open) => {
  const url = new URL(rows.dataset.outcomes, location);
  url.searchParams.set("of", open.map((row) => row.dataset.row).join(","));
  const answer = await fetch(url, { headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const row of page.querySelectorAll("[data-row]")) {
    const there = rows.querySelector(`[data-row="${row.dataset.row}"]`);
    if (!there || there.lastElementChild.innerHTML === row.lastElementChild.innerHTML) continue;
    asksAfter = ASKS_MS;
    become(there, row);
  }
  contents(document.getElementById("outcomes-at"), page.getElementById("outcomes-at"));
};
const askOutcomesSoon = () => {
  if (!document.querySelector("#rows[data-outcomes]")) return;
  asksAfter = ASKS_MS;
  asks ??= setTimeout(askOutcomes, ASKS_MS);
};

for (const box of document.querySelectorAll("[data-live]")) follow(box);
askOutcomesSoon();

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
