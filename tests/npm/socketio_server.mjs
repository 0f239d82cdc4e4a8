// npm's socket.io as a test peer. Options come as JSON in the first argument:
//   { "server": {…options of socket.io…}, "refuse": "token" }   (a client with this token is refused)
// Orders come as JSON lines on stdin, reports leave as JSON lines on stdout. It ends when stdin does.
import { createServer } from "node:http";
import { createInterface } from "node:readline";
import { Server } from "socket.io";

const options = JSON.parse(process.argv[2] ?? "{}");
const report = (line) => process.stdout.write(JSON.stringify(line) + "\n");

const http = createServer();
const io = new Server(http, options.server);

io.use((socket, next) => {
  const { token } = socket.handshake.query;
  next(token === options.refuse ? new Error("Authentication error") : undefined);
});

io.engine.on("connection", (engine) => {
  engine.on("close", (reason) => report({ is: "engine_closed", reason }));
});

io.on("connection", (socket) => {
  report({ is: "connected", sid: socket.id, recovered: socket.recovered, query: socket.handshake.query });
  socket.on("disconnect", (reason) => report({ is: "disconnected", sid: socket.id, reason }));
});

// Revives what JSON cannot carry: {"$bytes": "base64"}.
const revive = (_, value) =>
  value && typeof value === "object" && "$bytes" in value ? Buffer.from(value.$bytes, "base64") : value;

const orders = {
  emit: ({ name, args }) => io.emit(name, ...args),
  // Through the socket and with an acknowledgement, which nobody will give.
  ask: ({ name, args }) => io.fetchSockets().then(([socket]) => io.sockets.sockets.get(socket.id).emit(name, ...args, () => {})),
  // Numbered events at a rate, in ticks of ten milliseconds.
  flood: ({ rate, count, size }) =>
    new Promise((resolve) => {
      const filler = "x".repeat(size);
      let sent = 0;
      const started = Date.now();
      const timer = setInterval(() => {
        const due = Math.min(count, Math.floor(((Date.now() - started) * rate) / 1000));
        for (; sent < due; sent += 1) io.emit("numbered", { n: sent, filler });
        if (sent === count) resolve(clearInterval(timer));
      }, 10);
    }),
  // Ends the session and leaves the engine's connection open.
  leave: () => io.local.disconnectSockets(false),
  // Ends the session and the connection.
  drop: () => io.local.disconnectSockets(true),
  // Closes the engine's connections without a word of Socket.IO.
  close: () => io.engine.close(),
  sockets: () => {},
};

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const order = JSON.parse(line, revive);
    await orders[order.do](order);
    report({ is: "done", did: order.do, sockets: io.sockets.sockets.size, engines: io.engine.clientsCount });
  })
  .on("close", () => process.exit(0));

http.listen(options.port ?? 0, "127.0.0.1", () => report({ is: "listening", port: http.address().port }));
