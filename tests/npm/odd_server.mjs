// npm socket.io as 3C Plus's side: every company's socket gets its numbered events, as raw text that no JSON
// serialiser has touched. Commands on stdin, answers on stdout, a JSON object per line.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Server } from 'socket.io';
import { event } from './odd_payloads.mjs';

const http = createServer();
const io = new Server(http, { transports: ['websocket'], maxHttpBufferSize: 64 * 1024 * 1024 });
const sockets = new Map();
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

io.use((socket, next) => {
  const company = /^company-token-(\d+)-/.exec(socket.handshake.query.token ?? '');
  if (!company) return next(new Error('Authentication error'));
  socket.data.company = Number(company[1]);
  next();
});
io.on('connection', (socket) => {
  sockets.set(socket.data.company, socket);
  say({ is: 'connected', company: socket.data.company });
});

const drained = (socket) => socket.conn.transport.writable && socket.conn.writeBuffer.length < 200;

async function emit(company, from, to) {
  const socket = sockets.get(company);
  for (let n = from; n <= to; n++) {
    const { name, args } = event(company, n);
    socket.conn.write(`2[${[JSON.stringify(name), ...args].join(',')}]`);
    while (!drained(socket)) await new Promise((resolve) => setImmediate(resolve));
  }
  say({ is: 'emitted', company });
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const command = JSON.parse(line);
  if (command.emit) for (const company of command.emit.companies) emit(company, command.emit.from, command.emit.to);
}).on('close', () => process.exit(0));

http.listen(0, '127.0.0.1', () => say({ is: 'listening', port: http.address().port }));
