// What rings, on every page of who may answer: a count beside Atender, the title, a sound, a notification.
//
// What must hold here:
//
// - What rings is what the server said last; while it cannot be heard, nothing rings, and the page says so.
// - A connection that ends is made anew by itself, with growing pauses, and everything is told again at its beginning. What was asked
//   meanwhile is asked again under the same name, which the server knows.
// - Of several pages of one browser one makes the sound, where browsers can agree on that (over HTTPS).
"use strict";

globalThis.ringing = (() => {
  const FIRST_PAUSE_MS = 250;
  const LAST_PAUSE_MS = 5000;
  // The server says every 20 s that it is there.
  const SILENT_MS = 45000;
  // After so many tries it is asked whether the page may be shown at all.
  const ASK_AGAIN = 4;
  // A renewal takes no time: nobody is told of it.
  const RENEWED_WITHIN_MS = 2000;
  // What is not answered by then was lost: an action takes 25 s at most.
  const ANSWERED_WITHIN_MS = 35000;

  const link = document.getElementById("ringing");
  if (!link) return undefined;

  const calls = new Map();
  const companies = new Set();
  const listeners = [];
  const asked = new Map();
  let socket;
  let spoken = Date.now();
  let tries = 0;
  let offset = 0;
  let heard = false;
  let over = false;

  const now = () => Date.now() + offset;
  const shown = (by) => (by ?? "").replace(/^\S+ /, "");
  const attempt = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  // --- the connection ----------------------------------------------------------------------------------------------------

  const tell = (what) => {
    for (const listener of listeners) listener(what);
    mark();
  };

  const hear = {
    calls: (told) => {
      offset = told.now - Date.now();
      // The first message of a connection says which companies there are, and everything of all of them.
      // While no company is followed yet, as just after a start, nothing is known.
      heard ||= told.companies.length > 0;
      for (const company of told.companies) companies.add(company);
      // Of a company that is not named nothing is known just now, which ends nothing.
      for (const [id, call] of calls) {
        if (told.companies.includes(call.company) && !told.calls.some((other) => other.id === id)) {
          calls.delete(id);
          tell({ ended: { id, call } });
        }
      }
      for (const call of told.calls) calls.set(call.id, call);
      tell({});
    },
    call: (told) => {
      offset = told.now - Date.now();
      const before = calls.get(told.call.id);
      calls.set(told.call.id, told.call);
      // Somebody has it: that is told once, to who could have answered.
      const went = before?.state === "ringing" && told.call.state === "ongoing";
      tell(went ? { went: told.call } : {});
    },
    unfollowed: (told) => {
      for (const company of told.companies) companies.delete(company);
      for (const [id, call] of calls) if (told.companies.includes(call.company) && call.state === "ringing") calls.delete(id);
      tell({});
    },
    ended: (told) => {
      const call = calls.get(told.id);
      calls.delete(told.id);
      if (call) tell({ ended: { ...told, call } });
    },
    offer: (told) => settle(told),
    done: (told) => settle(told),
    refused: (told) => settle(told),
  };

  const settle = (told) => {
    const question = asked.get(told.attempt);
    if (!question) return;
    asked.delete(told.attempt);
    clearTimeout(question.late);
    question.resolve(told);
  };

  const open = () => {
    const mine = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/answer/socket`);
    socket = mine;
    mine.addEventListener("open", () => {
      spoken = Date.now();
      for (const { question } of asked.values()) mine.send(JSON.stringify(question));
      tell({ socket: "open" });
    });
    mine.addEventListener("message", ({ data }) => {
      tries = 0;
      spoken = Date.now();
      const told = JSON.parse(data);
      hear[told.is]?.(told);
    });
    mine.addEventListener("close", ({ code }) => {
      if (mine !== socket || over) return;
      const renews = code === 1013;
      const lost = () => {
        heard = false;
        tell({ socket: "closed" });
      };
      // The server asks anew who is there; that takes no time, and nobody is told of it.
      if (!renews) lost();
      else setTimeout(() => mine !== socket && socket.readyState !== WebSocket.OPEN && lost(), RENEWED_WITHIN_MS);
      // Who looks is signed out, or may do less now. While they talk, that is left to them; else the page itself says what to do next.
      if (code === 4401 || (tries > 0 && tries % ASK_AGAIN === 0)) stillSignedIn();
      const pause = renews ? 0 : Math.min(LAST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random());
      tries += 1;
      setTimeout(open, pause);
    });
  };

  // Asks something of the server, and gives its answer: also one that comes over the next connection.
  const ask = (question) => {
    const named = { ...question, attempt: question.attempt ?? attempt() };
    return new Promise((resolve) => {
      const late = setTimeout(() => settle({ is: "late", attempt: named.attempt }), ANSWERED_WITHIN_MS);
      asked.set(named.attempt, { question: named, resolve, late });
      if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(named));
    });
  };

  // Whoever may not see this page any more is led to where one signs in; not in the middle of a call.
  const stillSignedIn = async () => {
    const answer = await fetch(location.href, { method: "HEAD", redirect: "manual" }).catch(() => undefined);
    if (answer && (answer.type === "opaqueredirect" || answer.status === 403) && !busy) location.reload();
  };

  // A connection that died without a word, or a machine that slept: what is shown is old until the next one has told it.
  const listens = () => {
    if (Date.now() - spoken < SILENT_MS || socket?.readyState !== WebSocket.OPEN) return;
    const dead = socket;
    socket = undefined;
    dead.close();
    heard = false;
    tell({ socket: "closed" });
    open();
  };
  setInterval(listens, 5000);
  document.addEventListener("visibilitychange", listens);
  addEventListener("online", listens);
  // What rings ends by itself.
  setInterval(() => { if ([...calls.values()].some((call) => call.until <= now())) tell({}); }, 1000);

  addEventListener("pagehide", () => {
    over = true;
    socket?.close();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    over = false;
    heard = false;
    open();
  });

  // --- what rings --------------------------------------------------------------------------------------------------------

  // Those that anybody may answer just now, the one that has rung longest first.
  const loud = () =>
    [...calls.values()].filter((call) => call.state === "ringing" && !call.by && call.offers && !(call.until <= now())).sort((one, other) => (one.rings_since ?? 0) - (other.rings_since ?? 0));

  const title = document.title;
  const mark = () => {
    const ring = heard ? loud() : [];
    const count = link.querySelector(".count");
    count.hidden = ring.length === 0;
    count.textContent = ring.length || "";
    document.title = ring.length ? `(${ring.length}) ${title}` : title;
    sound(ring.some((call) => !hushed.has(call.id)) && !busy && !elsewhere());
    notify(ring);
  };

  // A Brazilian number as people write it; any other as it is.
  const phone = (digits) => {
    if (!/^\d+$/.test(digits ?? "")) return digits ?? "";
    const national = /^55\d{10,11}$/.test(digits) ? digits.slice(2) : /^0\d{10,11}$/.test(digits) ? digits.slice(1) : digits;
    return national.replace(/^([1-9]{2})(\d{4,5})(\d{4})$/, "($1) $2-$3");
  };

  // --- heard and seen ----------------------------------------------------------------------------------------------------

  const wants = {
    get ring() { return localStorage.getItem("ramal-ring") !== "off"; },
    set ring(on) { localStorage.setItem("ramal-ring", on ? "on" : "off"); mark(); },
    get notices() { return localStorage.getItem("ramal-notices") === "on"; },
    set notices(on) { localStorage.setItem("ramal-notices", on ? "on" : "off"); },
  };
  const hushed = new Set();
  let busy = false;
  // What is hushed on one page of this browser is hushed on all, and while somebody talks on one the others are silent.
  const pages = new BroadcastChannel("ramal-rings");
  const talking = new Map();
  const me = attempt();
  pages.addEventListener("message", ({ data }) => {
    if (data.hush) hushed.add(data.hush);
    if (data.page) {
      if (data.talks) talking.set(data.page, Date.now());
      else talking.delete(data.page);
    }
    mark();
  });
  // A page that is gone says nothing any more.
  const TALKS_FOR_MS = 5000;
  const elsewhere = () => [...talking.values()].some((at) => Date.now() - at < TALKS_FOR_MS);
  setInterval(() => { if (busy) pages.postMessage({ page: me, talks: true }); }, 1000);
  let audio;
  let bell;
  let release;

  // Two tones, as a telephone's.
  const strike = () => {
    audio ??= new AudioContext();
    // What is struck while it is suspended would all sound at once later.
    if (audio.state !== "running") {
      audio.resume().catch(() => {});
      return;
    }
    const volume = audio.createGain();
    volume.connect(audio.destination);
    for (const [frequency, at] of [[660, 0], [880, 0.22], [660, 0.5], [880, 0.72]]) {
      const tone = audio.createOscillator();
      tone.frequency.value = frequency;
      const own = audio.createGain();
      const from = audio.currentTime + at;
      own.gain.setValueAtTime(0, from);
      own.gain.linearRampToValueAtTime(0.18, from + 0.02);
      own.gain.exponentialRampToValueAtTime(0.001, from + 0.2);
      tone.connect(own).connect(volume);
      tone.start(from);
      tone.stop(from + 0.22);
    }
  };

  const sound = (on) => {
    if (on && wants.ring && !bell) {
      const ring = () => {
        strike();
        for (const listener of listeners) listener({ sounds: audio.state === "running" });
      };
      bell = setInterval(ring, 2500);
      if (navigator.locks) {
        // The page that has the lock rings; the others wait for it, should it be closed.
        const mine = bell;
        clearInterval(bell);
        const ended = new Promise((resolve) => { release = resolve; });
        navigator.locks.request("ramal-rings", async () => {
          if (bell !== mine) return;
          ring();
          bell = setInterval(ring, 2500);
          await ended;
        });
      } else ring();
    } else if (bell && !(on && wants.ring)) {
      clearInterval(bell);
      bell = undefined;
      release?.();
      release = undefined;
    }
  };

  const noticed = new Map();
  const notify = (ring) => {
    if (!("Notification" in globalThis) || Notification.permission !== "granted" || !wants.notices) return;
    for (const [id, notice] of noticed) {
      if (ring.some((call) => call.id === id)) continue;
      notice?.close();
      noticed.delete(id);
    }
    for (const call of ring) {
      if (noticed.has(call.id) || !document.hidden) continue;
      const notice = new Notification(link.dataset.notice.replace("#a", phone(call.from)), { tag: call.id });
      notice.addEventListener("click", () => {
        focus();
        if (!document.getElementById("answer")) location.assign("/answer");
      });
      noticed.set(call.id, notice);
    }
  };

  open();
  return {
    me: link.dataset.me, calls, companies, now, shown, phone, ask, attempt, loud, wants, strike,
    isHeard: () => heard,
    on: (listener) => listeners.push(listener),
    hush: (id) => {
      hushed.add(id);
      pages.postMessage({ hush: id });
      mark();
    },
    // While somebody talks nothing else makes a sound.
    set busy(is) {
      busy = is;
      pages.postMessage({ page: me, talks: is });
      mark();
    },
  };
})();
