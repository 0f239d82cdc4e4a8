// What is live: one stream of server-sent events for a page, which outlives a restart of the server, a network that goes
// away without a word, and a laptop that slept.
//
// What must hold here:
//
// - Figures are never shown as new when they are old: who has heard nothing for longer than some ticks of the server, or
//   was asleep, says of when its figures are until it has heard something that was asked for afterwards.
// - It comes back by itself, with growing pauses, and never so that all pages of a server that is back ask at once.
// - A page that nobody looks at costs nothing after a while.
// - What changes is changed in place: what has the focus keeps it, and what turns goes on turning.
"use strict";

// The server says at each tick (2 s) that it is there.
const SILENT_MS = 7000;
// A page that has not looked at its clock for so long was asleep.
const ASLEEP_MS = 5000;
const FIRST_PAUSE_MS = 300;
const LAST_PAUSE_MS = 5000;
// How long a page that is hidden goes on listening.
const HIDDEN_MS = 60000;
// A page that has begun to leave is gone within this, or stays.
const LEAVES_WITHIN_MS = 5000;

// --- a word about it ---------------------------------------------------------------------------------------------------

const banner = document.getElementById("offline");
// When the newest figures of the page were made.
let heard = Date.now();

// `how` is "again" while it is tried, "lost" once that has failed.
const say = (how) => {
  if (!banner) return;
  const text = how ? banner.dataset[how].replace("#", new Date(heard).toLocaleTimeString(document.documentElement.lang)) : "";
  const words = banner.querySelector("span");
  // Said once, not at every try.
  if (words.textContent !== text) words.textContent = text;
  banner.hidden = !how;
};

// --- a stream ----------------------------------------------------------------------------------------------------------

// Listens to the address that `url` makes, at each connection from the last id that was heard, and for every event that `on`
// names calls what stands there with its data and the last id.
const listen = (url, on) => {
  let source;
  let passed;
  let tries = 0;
  let pause;
  let begun;
  let leaving = false;
  let looked = Date.now();
  let hidden = document.hidden ? Date.now() : undefined;

  const rest = () => {
    clearTimeout(pause);
    pause = undefined;
    source?.close();
    source = undefined;
  };
  const begin = () => {
    rest();
    begun = Date.now();
    const mine = new EventSource(url(passed));
    source = mine;
    const hear = (name, act) =>
      mine.addEventListener(name, ({ data, lastEventId }) => {
        // What lay in the wire while this machine slept is old.
        if (mine !== source || wakes()) return;
        heard = Date.now();
        passed = lastEventId || passed;
        tries = 0;
        say();
        act?.(data, passed);
      });
    hear("alive");
    for (const [name, act] of Object.entries(on)) hear(name, act);
    // Whoever looks is signed out, or may see less now: the page itself says what to do next. One that is being left, as by
    // signing out, is not loaded again beneath that.
    mine.addEventListener("gone", () => {
      rest();
      setTimeout(() => location.reload(), leaving ? LEAVES_WITHIN_MS : 0);
    });
    mine.addEventListener("error", () => {
      if (mine !== source) return;
      rest();
      tries += 1;
      // A stream that ends after its time is no news: only one that cannot be had again.
      if (tries > 1) say("lost");
      const most = Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
      pause = setTimeout(begin, most * (0.5 + Math.random() / 2));
    });
  };
  const again = () => {
    looked = Date.now();
    if (document.hidden) return;
    say("again");
    begin();
  };
  // Whether it was asleep, and has begun anew for that.
  const wakes = () => {
    const now = Date.now();
    const asleep = now - looked > ASLEEP_MS;
    looked = now;
    if (asleep && !document.hidden) again();
    return asleep && !document.hidden;
  };

  setInterval(() => {
    const now = Date.now();
    if (document.hidden) {
      hidden ??= now;
      looked = now;
      if (source && now - hidden > HIDDEN_MS) rest();
      return;
    }
    if (wakes() || pause) return;
    if (now - Math.max(heard, begun) > SILENT_MS) {
      say("lost");
      begin();
    }
  }, 1000);
  document.addEventListener("visibilitychange", () => {
    looked = Date.now();
    if (document.hidden) hidden = looked;
    else {
      hidden = undefined;
      if (!source || looked - heard > SILENT_MS) again();
    }
  });
  document.addEventListener("resume", again);
  addEventListener("online", again);
  addEventListener("offline", again);
  addEventListener("pageshow", ({ persisted }) => persisted && again());
  addEventListener("beforeunload", () => {
    leaving = true;
    setTimeout(() => (leaving = false), LEAVES_WITHIN_MS);
  });
  addEventListener("pagehide", rest);
  streams += 1;
  begin();
};

// Pages without a stream learn of it from what they ask for.
let streams = 0;
document.addEventListener("htmx:sendError", () => say("lost"));
document.addEventListener("htmx:afterOnLoad", () => streams || say());

// --- parts of the page -------------------------------------------------------------------------------------------------

// Makes `there` like `wanted`, with as few changes as can be.
const become = (there, wanted) => {
  // What somebody has opened stays open.
  const kept = (name) => name === "open";
  for (const { name } of [...there.attributes]) if (!wanted.hasAttribute(name) && !kept(name)) there.removeAttribute(name);
  for (const { name, value } of wanted.attributes) if (there.getAttribute(name) !== value && !kept(name)) there.setAttribute(name, value);
  contents(there, wanted);
};
// What has a key is itself and no other, wherever it stands: whoever is about to press a button of it presses no other one's,
// and what has the focus keeps it when something new comes before it.
const keyOf = (node) => node.dataset?.key;
const isSame = (one, other) => one.nodeName === other.nodeName && keyOf(one) === keyOf(other);
const contents = (there, wanted) => {
  const fresh = [...wanted.childNodes];
  const stays = new Set(fresh.map(keyOf));
  const known = new Map([...there.children].filter(keyOf).map((node) => [keyOf(node), node]));
  let at = there.firstChild;
  const drop = () => {
    const gone = at;
    at = at.nextSibling;
    gone.remove();
  };
  for (const node of fresh) {
    const same = keyOf(node) && known.get(keyOf(node));
    if (same) while (at && at !== same && !(keyOf(at) && stays.has(keyOf(at)))) drop();
    if (same && at !== same) moveBefore(there, same, at);
    const now = same || at;
    if (now && isSame(now, node)) {
      if (now === at) at = at.nextSibling;
      if (now.nodeType === Node.ELEMENT_NODE) become(now, node);
      else if (now.data !== node.data) now.data = node.data;
    } else {
      there.insertBefore(node, at);
      if (at && !keyOf(at)) drop();
    }
  }
  while (at) drop();
};
const moveBefore = (there, node, at) => {
  const focused = node.contains(document.activeElement) && document.activeElement;
  there.insertBefore(node, at);
  if (focused) focused.focus({ preventScroll: true });
};

// Asks for a page, or a part of one, and makes the elements with these ids like those in it.
const askFor = async (path, ids) => {
  // As a part, so that what another page of this browser is about to say is not taken away from it.
  const answer = await fetch(path, { headers: { "HX-Request": "true" } }).catch(() => undefined);
  if (!answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ids) {
    const [there, wanted] = [document.getElementById(id), page.getElementById(id)];
    if (!there || !wanted) continue;
    if ("holds" in there.dataset && isRead(there)) hold(there, wanted);
    else put(there, wanted);
  }
};
const put = (there, wanted) => {
  waiting.delete(there);
  become(there, wanted);
  htmx.process(there);
};

// --- a list that is read ------------------------------------------------------------------------------------------------

// It stands still: what is in it is brought up to date in its place, what is new is counted until somebody asks for it.
const waiting = new Map();
const isRead = (list) => scrollY > 0 || list.matches(":hover") || list.contains(document.activeElement);
const rowsOf = (list) => [...list.querySelectorAll("[data-row]")];
const hold = (list, wanted) => {
  const shown = new Map(rowsOf(list).map((row) => [row.dataset.row, row]));
  const all = rowsOf(wanted);
  const fresh = all.filter((row) => !shown.has(row.dataset.row)).length;
  // Nobody reads an empty list.
  if (shown.size === 0) return put(list, wanted);
  // Read before its rows are taken over one by one: all of it is put in their place later.
  waiting.set(list, wanted.cloneNode(true));
  for (const row of all) if (shown.has(row.dataset.row)) become(shown.get(row.dataset.row), row.cloneNode(true));
  const button = list.querySelector("[data-fresh]");
  const { one, many, all: every } = button.dataset;
  const words = fresh === all.length ? every : fresh === 1 ? one : many;
  button.textContent = words.replace("#", fresh);
  button.hidden = fresh === 0;
};
const release = (list) => {
  const wanted = waiting.get(list);
  if (wanted) put(list, wanted);
};
document.addEventListener("click", ({ target }) => {
  const list = target.closest("[data-fresh]")?.closest("[data-holds]");
  if (!list) return;
  document.activeElement.blur();
  release(list);
  scrollTo({ top: 0 });
});
const releaseUnread = () => {
  for (const list of waiting.keys()) if (!isRead(list)) release(list);
};
document.addEventListener("pointerover", releaseUnread);
document.addEventListener("scroll", releaseUnread, { passive: true });

// What has moved further than its part of the stream can say is asked for again: charts, and what is marked for it.
// All who look on are told at the same moment; they ask one after another, the more of them the slower.
const EACH_ASKS_MS = 100;
const ASKED_WITHIN_MS = 120000;
let viewers = 1;
let asking;
let chartsToo = false;
const moved = (charts) => {
  chartsToo ||= charts;
  // What moves on meanwhile is seen then too.
  asking ??= setTimeout(() => {
    asking = undefined;
    const chart = chartsToo && document.querySelector("#charts [aria-current]");
    chartsToo = false;
    if (chart) askFor(chart.getAttribute("hx-get"), ["charts"]);
    const ids = [...document.querySelectorAll("[data-follows]")].map(({ id }) => id);
    if (ids.length) askFor(location.href, ids);
  }, Math.random() * Math.min(ASKED_WITHIN_MS, viewers * EACH_ASKS_MS));
};

for (const box of document.querySelectorAll("[data-stream]")) {
  const on = {};
  for (const part of box.querySelectorAll("[data-part]")) {
    on[part.dataset.part] = (html) => {
      const wanted = document.createElement("template");
      wanted.innerHTML = html;
      const before = part.querySelectorAll(".inc").length;
      contents(part, wanted.content);
      if (part.querySelectorAll(".inc").length !== before) document.dispatchEvent(new Event("ramal:incidents"));
    };
  }
  on.moved = (state) => {
    const before = box.dataset.moved;
    box.dataset.moved = state;
    // What stands behind a bar the charts do not follow.
    if (before !== undefined && before !== state) moved(before.split("|")[0] !== state.split("|")[0]);
  };
  on.viewers = (count) => (viewers = Number(count));
  listen(() => box.dataset.stream, on);
}
