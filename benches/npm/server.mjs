// The benchmark's Socket.IO server: npm socket.io 4.8, fed by commands on stdin, one JSON object a line, each
// answered by one line on stdout. Ends when stdin closes, so that it never outlives the benchmark.
//
// Handshake, heartbeat and connections are the library's own. The events are the very bytes it would send, but they
// are laid into a buffer of ready-made frames and written to the socket at once: with `socket.emit` the server alone
// would take one of the two cores and set the pace of everything that is measured.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connect } from "node:net";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

/** A call's life. Each call sends these in this order; see `LIVE_CALLS` in tally.rs for how numbers become calls. */
const STEPS = [
  "call-was-created",
  "call-was-answered",
  "call-was-amd",
  "call-was-connected",
  "call-was-ended",
  "call-was-finished",
];
const LIVE_CALLS = 200;
const TICK_MS = 1;
/** Events written in one tick at most, so that pings and commands are not kept waiting. */
const TICK_EVENTS = 2000;
/** A client that reads more slowly than it is written to is left alone until it has caught up (bytes). */
const BACKLOG_LIMIT = 4 << 20;

const WIDTHS = { company: 4, call: 10, number: 10, stamp: 16 };
const template = readFileSync(new URL("../event.json.template", import.meta.url), "utf8").trim();
const frames = STEPS.map(frameOf);

const companies = new Map(); // number -> { number, sent, sockets, token digits }
let ring = []; // companies with a socket, in turn
let turn = 0;
let emitted = 0;
let delivered = 0;
let mode = { kind: "stopped" };
let waiting = null; // a pending `expect`

/** One event as a WebSocket text frame of a server (unmasked), with the places of what changes from event to event. */
function frameOf(name, step) {
  const text = `42["${name}",${template.replaceAll("$(status)", String(step + 1))}]`;
  const places = { company: [], call: [], number: [], stamp: [] };
  let plain = "";
  for (const part of text.split(/(\$\(\w+\))/)) {
    const field = part.match(/^\$\((\w+)\)$/)?.[1];
    if (field) places[field].push(plain.length);
    plain += field ? "0".repeat(WIDTHS[field]) : part;
  }
  const payload = Buffer.from(plain, "latin1"); // the template is ASCII, so places in text are places in bytes
  if (payload.length < 126 || payload.length > 65535) throw new Error(`a frame of ${payload.length} bytes`);
  const bytes = Buffer.concat([Buffer.from([0x81, 126, payload.length >> 8, payload.length & 255]), payload]);
  for (const list of Object.values(places)) for (const i in list) list[i] += 4;
  return { bytes, places };
}

function digits(buffer, places, base, width, value) {
  for (const place of places) {
    let rest = value;
    for (let i = base + place + width - 1; i >= base + place; i--) {
      const above = Math.floor(rest / 10);
      buffer[i] = 48 + (rest - above * 10);
      rest = above;
    }
  }
}

/** Microseconds of CLOCK_MONOTONIC, which every process of this machine shares. */
function stamp() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanoseconds / 1e3);
}

/** Writes the next `count` events of a company as one write. */
function send(company, count) {
  const first = company.sent;
  let length = 0;
  for (let k = 0; k < count; k++) length += frames[stepOf(first + k)].bytes.length;
  const buffer = Buffer.allocUnsafe(length);
  const now = stamp();
  let at = 0;
  for (let k = 0; k < count; k++) {
    const index = first + k;
    const { bytes, places } = frames[stepOf(index)];
    bytes.copy(buffer, at);
    digits(buffer, places.company, at, WIDTHS.company, company.number);
    digits(buffer, places.call, at, WIDTHS.call, callOf(index));
    digits(buffer, places.number, at, WIDTHS.number, index + 1);
    digits(buffer, places.stamp, at, WIDTHS.stamp, now);
    at += bytes.length;
  }
  company.sent += count;
  emitted += count;
  company.tcp.write(buffer);
}

const round = LIVE_CALLS * STEPS.length;
const stepOf = (index) => Math.floor((index % round) / LIVE_CALLS);
const callOf = (index) => Math.floor(index / round) * LIVE_CALLS + (index % LIVE_CALLS);

/** Shares `count` events among the connected companies, going on where the last turn ended. */
function share(count) {
  if (ring.length === 0 || count <= 0) return;
  const each = Math.floor(count / ring.length);
  let more = count - each * ring.length;
  for (let k = 0; k < ring.length; k++) {
    const company = ring[(turn + k) % ring.length];
    const own = each + (more > 0 ? 1 : 0);
    if (own === 0) break;
    if (company.tcp.writableLength > BACKLOG_LIMIT) continue;
    more -= own - each;
    send(company, own);
  }
  turn = (turn + (count % ring.length)) % ring.length;
}

function due() {
  switch (mode.kind) {
    case "rate":
      return Math.floor(((stamp() - mode.since) * mode.rate) / 1e6) - (emitted - mode.base);
    case "window":
      return mode.window - (emitted - delivered);
    case "flood":
      return mode.until - emitted;
    default:
      return 0;
  }
}

setInterval(() => share(Math.min(due(), TICK_EVENTS)), TICK_MS);

const http = createServer();
const io = new Server(http, { transports: ["websocket"], serveClient: false });
io.use((socket, next) => {
  const number = Number(/^bench-token-(\d{4})$/.exec(socket.handshake.query.token)?.[1]);
  if (!number) return next(new Error("Authentication error"));
  socket.data.number = number;
  next();
});
io.on("connection", (socket) => {
  const number = socket.data.number;
  const company = companies.get(number) ?? { number, sent: 0 };
  companies.set(number, company);
  company.tcp = socket.conn.transport.socket._socket; // under the ws library: see the top of the file
  company.id = socket.id;
  ring = ring.filter((other) => other !== company).concat(company);
  socket.on("disconnect", () => {
    if (company.id === socket.id) ring = ring.filter((other) => other !== company);
  });
  meet();
});

/** Answers a pending `expect` when as many companies are connected as it waits for. */
function meet() {
  if (waiting === null || ring.length < waiting) return;
  waiting = null;
  answer({ connected: ring.length });
}

function answer(value) {
  process.stdout.write(JSON.stringify(value) + "\n");
}

/** Follows the receiver's count of deliveries: a growing number on each line. */
function follow(port) {
  const stream = connect(port, "127.0.0.1", () => stream.write("GET /progress HTTP/1.1\r\n\r\n"));
  stream.setNoDelay(true);
  createInterface({ input: stream }).on("line", (line) => {
    delivered = Number(line);
    if (mode.kind === "window") share(Math.min(due(), TICK_EVENTS));
  });
}

const commands = {
  follow: ({ port }) => (follow(port), {}),
  rate: ({ rate }) => ((mode = { kind: "rate", rate, since: stamp(), base: emitted }), { emitted }),
  window: ({ window }) => ((mode = { kind: "window", window }), { emitted }),
  flood: ({ count }) => ((mode = { kind: "flood", until: emitted + count }), { emitted }),
  stop: () => ((mode = { kind: "stopped" }), { emitted }),
  stats: () => ({ emitted, connected: ring.length }),
  expect: ({ count }) => ((waiting = count), meet(), null),
  reset: () => {
    mode = { kind: "stopped" };
    emitted = delivered = 0;
    for (const company of companies.values()) company.sent = 0;
    return {};
  },
};

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const command = JSON.parse(line);
    const reply = commands[command.do](command);
    if (reply) answer(reply);
  })
  .on("close", () => process.exit(0));

http.listen(0, "127.0.0.1", () => answer({ port: http.address().port, event_bytes: frames[0].bytes.length - 4 }));
