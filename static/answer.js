// Atender: the page that answers what rings (ringing.js) with a voice (phone.js).
//
// What must hold here:
//
// - Nothing is told to the provider before there is a microphone and a whole answer.
// - A call that has ended is over here as well, at once; one that somebody else has does not look as if it could be answered.
// - Who leaves the page while they talk is warned, and the call is ended.
"use strict";

(() => {
  const root = document.getElementById("answer");
  if (!root || !globalThis.ringing) return;
  const { calls, now, shown, phone: written, ask } = ringing;
  const names = JSON.parse(root.dataset.companies);
  const words = JSON.parse(root.dataset.words);
  // An agent has so long, by the provider's documents; afterwards the caller's telephone may give up at any moment.
  const COUNTDOWN_S = 30;
  const BARS = 25;
  const MOST_ENDED = 20;
  const MOST_LINES = 300;

  const say = (word, a = "", b = "") => words[word].replace("#a", () => a).replace("#b", () => b);
  const at = (selector, within = root) => within.querySelector(selector);
  const panes = { quiet: at("#quiet"), call: at("#call"), others: at("#others"), without: at("#without") };
  const heading = at("h1");
  const number = (call) => written(call.from) || say("no-number");
  const clock = (ms) => `${Math.floor(ms / 60000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, "0")}`;
  const time = (date = new Date()) => date.toLocaleTimeString(document.documentElement.lang, { timeZone: root.dataset.zone });

  // The call that is looked at, and the one that is talked in: { id, call, phone, state, since, attempt }.
  let chosen;
  let talk;
  let noMicrophone;
  let contextOf;

  // --- log -----------------------------------------------------------------------------------------------------------------

  const lines = at("#log .lines");
  // The calls whose passwords somebody has asked to see; each is a line of the audit log.
  const unmasked = new Set();
  const masked = (sdp, call) => (unmasked.has(call) ? sdp : sdp.replace(/^(a=ice-pwd:).*$/gm, "$1•••"));
  const note = (text, sdp) => {
    const line = document.createElement("li");
    line.textContent = `${time()} ${text}`;
    if (sdp) {
      const session = document.createElement("pre");
      const call = talk?.id ?? "";
      session.textContent = masked(sdp, call);
      line.append(session);
      line.addEventListener("unmask", () => { session.textContent = masked(sdp, call); });
      const button = at("#unmask");
      if (button && !unmasked.has(call)) button.hidden = false;
      line.dataset.call = call;
    }
    lines.append(line);
    if (lines.children.length > MOST_LINES) lines.firstElementChild.remove();
  };
  at("#unmask")?.addEventListener("click", async () => {
    const all = new Set([...lines.querySelectorAll("[data-call]")].map((line) => line.dataset.call));
    for (const call of all) {
      if (!unmasked.has(call) && (await post(`/answer/calls/${call}/unmasked`)).ok) unmasked.add(call);
    }
    at("#unmask").hidden = [...all].every((call) => unmasked.has(call));
    for (const line of lines.children) line.dispatchEvent(new Event("unmask"));
  });

  const token = () => JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRF-Token"];
  const post = (url) => fetch(url, { method: "POST", keepalive: true, redirect: "manual", headers: { "X-CSRF-Token": token() } });

  // --- microphone ----------------------------------------------------------------------------------------------------------

  const microphone = () => Phone.microphone(localStorage.getItem("ramal-microphone") || undefined);
  const whyNone = ({ name }) => say(name === "SecurityError" || name === "TypeError" ? "microphone-insecure" : name === "NotFoundError" ? "microphone-none" : "microphone-denied");

  const listDevices = async () => {
    const all = (await navigator.mediaDevices?.enumerateDevices().catch(() => [])) ?? [];
    for (const [select, kind, key] of [[at("#microphone"), "audioinput", "ramal-microphone"], [at("#speaker"), "audiooutput", "ramal-speaker"]]) {
      const options = all.filter((device) => device.kind === kind && device.deviceId && device.deviceId !== "default");
      select.replaceChildren(new Option(say("microphone-usual"), ""), ...options.map((device) => new Option(device.label || device.deviceId.slice(0, 8), device.deviceId)));
      select.value = localStorage.getItem(key) ?? "";
      if (select.selectedIndex < 0) select.value = "";
      select.closest(".field").hidden = kind === "audiooutput" && !("setSinkId" in HTMLMediaElement.prototype);
    }
  };
  const useSpeaker = () => at("#voice").setSinkId?.(localStorage.getItem("ramal-speaker") ?? "").catch(() => {});
  at("#microphone").addEventListener("change", async ({ target }) => {
    localStorage.setItem("ramal-microphone", target.value);
    if (talk?.phone) await microphone().then((stream) => talk.phone.replace(stream), (error) => fault(whyNone(error)));
  });
  at("#speaker").addEventListener("change", ({ target }) => {
    localStorage.setItem("ramal-speaker", target.value);
    useSpeaker();
  });
  navigator.mediaDevices?.addEventListener("devicechange", listDevices);
  listDevices();
  useSpeaker();

  let trial;
  at("#try-microphone").addEventListener("click", async () => {
    if (trial) return endTrial();
    try {
      const stream = await microphone();
      trial = { stream, level: Phone.meter(stream) };
      at("#try-level").hidden = false;
      listDevices();
    } catch (error) {
      fault(whyNone(error));
    }
  });
  const endTrial = () => {
    trial?.stream.getTracks().forEach((track) => track.stop());
    trial = undefined;
    at("#try-level").hidden = true;
  };
  at("#try-ring").addEventListener("click", () => ringing.strike());

  const [rings, notifies] = [at("#rings"), at("#notifies")];
  rings.checked = ringing.wants.ring;
  rings.addEventListener("change", () => { ringing.wants.ring = rings.checked; });
  const showNotices = () => {
    const state = globalThis.Notification?.permission ?? "denied";
    notifies.checked = ringing.wants.notices && state === "granted";
    at("#notify-denied").hidden = state !== "denied";
    notifies.disabled = state === "denied";
  };
  notifies.addEventListener("change", async () => {
    ringing.wants.notices = notifies.checked;
    if (notifies.checked) await Notification.requestPermission();
    showNotices();
  });
  showNotices();

  // --- levels --------------------------------------------------------------------------------------------------------------

  for (const meter of root.querySelectorAll(".level")) meter.append(...Array.from({ length: BARS }, () => document.createElement("i")));
  const draw = (meter, level) => {
    const lit = Math.round(level * BARS);
    [...meter.children].forEach((bar, n) => bar.classList.toggle("on", n < lit));
  };
  setInterval(() => {
    if (trial) draw(at("#try-level"), trial.level());
    if (!talk?.phone) return;
    draw(at(".level.mine"), talk.phone.muted ? 0 : talk.phone.levels.mine());
    draw(at(".level.theirs"), talk.phone.levels.theirs());
  }, 100);

  // --- doing ---------------------------------------------------------------------------------------------------------------

  // What went wrong with a call is said until another one is looked at.
  let faulty;
  const fault = (text, of = chosen) => {
    faulty = text ? of : undefined;
    at("#fault p").textContent = text ?? "";
    at("#fault").hidden = !text;
  };

  const accept = async () => {
    const call = calls.get(chosen);
    if (talk || !call || call.state !== "ringing" || call.by) return;
    fault();
    const mine = { id: call.id, call, state: "answering", attempt: ringing.attempt() };
    talk = mine;
    ringing.busy = true;
    show();
    const stop = (text) => {
      mine.phone?.end();
      if (talk !== mine) return;
      talk = undefined;
      ringing.busy = false;
      fault(text, call.id);
      show();
    };
    mine.stop = stop;
    let stream;
    try {
      endTrial();
      stream = await microphone();
      if (talk !== mine) return stream.getTracks().forEach((track) => track.stop());
      noMicrophone = undefined;
      listDevices();
    } catch (error) {
      noMicrophone = whyNone(error);
      return stop();
    }
    mine.phone = new Phone(stream, at("#voice"), () => {
      note(say("log-state", mine.phone?.state ?? ""));
      show();
    });
    const offer = await ask({ ask: "offer", call: call.id });
    if (talk !== mine) return;
    if (offer.is !== "offer") return stop(offer.said ?? say("unheard"));
    note(say("log-offer", call.id), offer.sdp);
    let sdp;
    try {
      sdp = await mine.phone.answer(offer.sdp, offer.ice);
    } catch (error) {
      return stop(say("session", error.message));
    }
    // It may have ended, or gone to somebody else, while the answer was made.
    if (talk !== mine) return mine.phone.end();
    note(say("log-answer", call.id), sdp);
    note(say("log-act", offer.action));
    mine.sent = true;
    const done = await ask({ ask: "act", call: call.id, attempt: mine.attempt, action: offer.action, sdp });
    if (talk !== mine) return;
    note(say("log-done", done.state ?? done.said ?? done.is));
    if (done.is !== "done" || done.state !== "sent") {
      // Nobody knows whether the provider has taken it: then it is over there as well.
      if (done.is === "late" || done.unknown) act("hangup", call.id);
      return stop(done.said ?? say("unheard"));
    }
    mine.state = "talking";
    mine.since = now();
    mine.rang = mine.since - (call.rings_since ?? mine.since);
    show();
  };

  const act = async (action, id) => {
    note(say("log-act", action));
    const done = await ask({ ask: "act", call: id, action });
    note(say("log-done", done.state ?? done.said ?? done.is));
    if (done.is !== "done" || done.state !== "sent") fault(done.said ?? say("unheard"));
  };

  const hangUp = () => {
    const ended = talk;
    if (!ended) return;
    finish(ended);
    // What was not answered yet rings on for the others.
    if (ended.sent) act("hangup", ended.id);
  };

  // The call is over on this page.
  const finish = (ended) => {
    ended.phone?.end();
    if (ended.since) remember(say("talked", number(ended.call), clock(now() - ended.since)));
    if (talk === ended) talk = undefined;
    ringing.busy = false;
    show();
  };

  const refusing = new Set();
  const deeds = {
    accept,
    hangup: hangUp,
    reject: async () => {
      const id = chosen;
      if (refusing.has(id)) return;
      refusing.add(id);
      show();
      await act("reject", id);
      refusing.delete(id);
      show();
    },
    mute: () => {
      talk.phone.muted = !talk.phone.muted;
      show();
    },
  };
  for (const button of root.querySelectorAll("[data-act]")) button.addEventListener("click", () => deeds[button.dataset.act]());
  at("#again").addEventListener("click", accept);
  addEventListener("keydown", (event) => {
    if (event.target.closest("input, select, textarea, button, a, summary, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Enter" && !talk) accept();
    if (event.key === "Escape" && chosen) ringing.hush(chosen);
  });

  addEventListener("beforeunload", (event) => {
    if (talk) event.preventDefault();
  });
  addEventListener("pagehide", () => {
    if (!talk) return;
    if (talk.sent) post(`/answer/calls/${talk.id}/hangup`);
    talk.phone?.end();
    talk = undefined;
  });

  // --- what is shown -------------------------------------------------------------------------------------------------------

  const remember = (text) => {
    const line = at("#ended").content.cloneNode(true);
    at("span", line).textContent = text;
    at("time", line).textContent = time();
    const list = at("ul", panes.without);
    list.prepend(line);
    while (list.children.length > MOST_ENDED) list.lastElementChild.remove();
    panes.without.hidden = false;
  };

  const context = async (id) => {
    if (contextOf === id) return;
    contextOf = id;
    const side = at(".context", panes.call);
    side.replaceChildren();
    const answer = await fetch(`/answer/calls/${id}`).catch(() => undefined);
    if (contextOf !== id || !answer?.ok) return;
    side.innerHTML = await answer.text();
  };

  const voice = () => {
    if (talk.state === "answering") return say("answering");
    if (["failed", "disconnected"].includes(talk.phone.state)) return say("broken");
    if (talk.phone.state !== "connected") return say("connecting");
    // Once it has come, silence is a pause.
    talk.heard ||= talk.phone.levels.theirs() > 0.15;
    return say(talk.heard ? "voices" : "voices-none");
  };

  const show = () => {
    const rung = (call) => call.rings_since ?? 0;
    const all = [...calls.values()].filter((call) => call.state === "ringing").sort((one, other) => rung(one) - rung(other));
    const loud = ringing.loud();
    if (talk) chosen = talk.id;
    else if (!all.some((call) => call.id === chosen)) chosen = (loud[0] ?? all[0])?.id;
    if (faulty && chosen && faulty !== chosen) fault();
    const call = talk?.call ?? calls.get(chosen);
    heading.textContent = talk ? say("talking") : loud.length > 1 ? say("ringing-many", loud.length) : loud.length ? say("ringing") : say("waiting");
    at("#unheard").hidden = ringing.isHeard();
    panes.quiet.hidden = Boolean(call);
    panes.call.hidden = !call;
    if (call) {
      pane(call);
      context(call.id);
    } else contextOf = undefined;
    others(all.filter((other) => other.id !== chosen));
    tick();
  };

  const pane = (call) => {
    const within = (selector) => at(selector, panes.call);
    within(".tel").textContent = number(call);
    within(".about").textContent = [names[call.company], call.to && say("for", written(call.to))].filter(Boolean).join(" · ");
    within(".tags").replaceChildren(...(call.tag ? [Object.assign(document.createElement("span"), { className: "tag", textContent: call.tag })] : []));
    const talks = talk?.state === "talking";
    const held = !talk && call.by ? (call.by === ringing.me ? say("elsewhere") : say("held", shown(call.by))) : !talk && !call.offers ? say("no-offer") : "";
    within("svg.ring").toggleAttribute("hidden", Boolean(talk));
    within(".timer").hidden = !talks;
    within(".voice").textContent = talk ? voice() : held;
    for (const level of panes.call.querySelectorAll(".level")) level.hidden = !talks;
    const show = { reject: !talk, accept: !talk, mute: talks, hangup: Boolean(talk) };
    for (const button of panes.call.querySelectorAll("[data-act]")) button.hidden = !show[button.dataset.act];
    within("[data-act=accept]").disabled = Boolean(held) || !ringing.isHeard();
    within("[data-act=reject]").disabled = Boolean(call.by) || !ringing.isHeard() || refusing.has(call.id);
    const mute = within("[data-act=mute]");
    mute.setAttribute("aria-pressed", String(Boolean(talk?.phone?.muted)));
    at("span", mute).textContent = say(talk?.phone?.muted ? "muted" : "mute");
    within(".keyed").hidden = Boolean(talk) || Boolean(held);
    within(".no-microphone").hidden = !noMicrophone || Boolean(talk);
    within(".no-microphone h2").textContent = noMicrophone ?? "";
    within(".session").hidden = !talks;
  };

  const choose = (id) => {
    chosen = id;
    noMicrophone = undefined;
    show();
    panes.call.scrollIntoView({ block: "start", behavior: "smooth" });
  };

  const others = (all) => {
    panes.others.hidden = all.length === 0;
    const list = at("ul", panes.others);
    // A row stays what it is while its call rings: it may have the focus.
    for (const row of [...list.children]) if (!all.some((call) => call.id === row.dataset.id)) row.remove();
    for (const call of all) {
      let row = [...list.children].find((one) => one.dataset.id === call.id);
      if (!row) {
        row = at("#other").content.firstElementChild.cloneNode(true);
        row.dataset.id = call.id;
        at("button", row).addEventListener("click", () => choose(call.id));
        list.append(row);
      }
      at("button", row).textContent = number(call);
      at("button", row).disabled = Boolean(talk);
      at(".muted", row).textContent = [names[call.company], call.by && say("held", shown(call.by))].filter(Boolean).join(" · ");
    }
  };

  // What changes by itself.
  const tick = () => {
    const call = talk?.call ?? calls.get(chosen);
    if (!call || panes.call.hidden) return;
    if (talk) {
      if (talk.since) at(".timer").textContent = clock(now() - talk.since);
      const said = voice();
      if (at(".voice", panes.call).textContent !== said) at(".voice", panes.call).textContent = said;
      return;
    }
    const rung = Math.max(0, Math.floor((now() - (call.rings_since ?? now())) / 1000));
    const left = COUNTDOWN_S - rung;
    const ring = at("svg.ring");
    const text = left > 0 ? say("left", left) : say("late", rung);
    at("text", ring).textContent = left > 0 ? text : `${rung} s`;
    ring.setAttribute("aria-label", text);
    at(".ar", ring).setAttribute("stroke-dasharray", `${Math.max(0, (left / COUNTDOWN_S) * 100)} 100`);
  };
  setInterval(tick, 250);

  setInterval(async () => {
    if (talk?.state !== "talking" || talk.phone.state !== "connected") return;
    const mine = talk;
    const known = await mine.phone.session();
    if (talk !== mine) return;
    const kilo = (value) => Math.round(value / 1000);
    const decimal = (value) => value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: 1 });
    const rate = known.signalled ?? (known.bitRate === undefined ? undefined : Math.round(known.bitRate));
    const put = (of, text) => { at(`[data-of=${of}]`).textContent = text; };
    put("sound", [known.codec, known.rate && `${kilo(known.rate)} kHz`, rate === undefined ? say("unsignalled") : `${rate} kbit/s`].filter(Boolean).join(", "));
    put("net", known.roundTripMs === undefined || known.lost === undefined ? "—" : say("lost", Math.round(known.roundTripMs), decimal(known.lost)));
    put("way", known.protocol ? say(known.relayed ? "relayed" : "direct", known.protocol) : "—");
    put("answered", say("answered", time(new Date(mine.since - (now() - Date.now()))), Math.round(mine.rang / 1000)));
  }, 1000);

  // From a click on the browser lets the page ring.
  addEventListener("pointerdown", () => { at("#hushed").hidden = true; });

  ringing.on(({ ended, went, socket, sounds }) => {
    if (sounds !== undefined) at("#hushed").hidden = sounds;
    if (socket) note(say("log-socket", socket));
    if (went && talk?.id !== went.id && went.by) remember(say("over-answered", number(went), shown(went.by)));
    if (ended) {
      const { call } = ended;
      if (talk?.id === ended.id) {
        const mine = talk;
        const talked = Boolean(mine.since);
        finish(mine);
        if (!talked) fault(say("over", number(call)), ended.id);
      } else if (call.state === "ringing") {
        const by = ended.by && ended.outcome !== "missed" ? shown(ended.by) : "";
        remember(ended.outcome === "missed" ? say("over-missed", number(call)) : ended.outcome === "rejected" ? say("over-rejected", number(call)) : by ? say("over-answered", number(call), by) : say("over", number(call)));
      }
    }
    const mine = talk && calls.get(talk.id);
    if (mine) talk.call = { ...mine };
    // Somebody else was first.
    if (talk && !talk.since && mine?.by && mine.by !== ringing.me) talk.stop(say("over-answered", number(mine), shown(mine.by)));
    show();
  });
  show();
})();
