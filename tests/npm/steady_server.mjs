// npm socket.io emitting at a steady rate to whoever is connected, for as long as it lives: calls of a few events
// each, over fifty lanes. What is emitted while nobody listens is gone, as with the real service.
import { createServer } from 'node:http';
import { Server } from 'socket.io';

const { rate } = JSON.parse(process.argv[2]);
const http = createServer();
const io = new Server(http, { transports: ['websocket'], pingInterval: 2000, pingTimeout: 1000 });
const filler = 'x'.repeat(600);
let n = 0;

io.use((socket, next) => {
  const known = (socket.handshake.query.token ?? '').startsWith('company-token-');
  next(known ? undefined : new Error('Authentication error'));
});

const started = process.hrtime.bigint();
setInterval(() => {
  const due = Number(process.hrtime.bigint() - started) * rate / 1e9;
  for (; n < due; n++) {
    const lane = `t${n % 50}`;
    io.emit('call-was-answered', { call: { telephony_id: lane, company_id: 9001, phone: '5511900001234' }, n, filler });
  }
}, 2);

process.stdin.on('end', () => process.exit(0)).resume();
http.listen(0, '127.0.0.1', () => process.stdout.write(`${JSON.stringify({ is: 'listening', port: http.address().port })}\n`));
