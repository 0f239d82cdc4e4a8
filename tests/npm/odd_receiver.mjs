// The company's URL in the end-to-end test. Compares every body byte for byte with what was emitted, checks both
// signatures with code that Ramal did not write, and counts; a JSON object per line on stdout when asked.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';
import { event, hasLane, laneOf, payloadOf } from './odd_payloads.mjs';

const { secret } = JSON.parse(process.argv[2]);
const standard = new Webhook(secret, { format: 'raw' });
const companies = new Map();
const faults = [];
const fault = (text) => { if (faults.length < 20) faults.push(text); };
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

function check(request, body) {
  const text = body.toString('utf8');
  const meta = JSON.parse(text.slice(text.lastIndexOf(',"meta":') + 8, -1));
  const company = Number(request.headers['x-company']);
  const n = meta.seq;
  const seen = companies.get(company) ?? { count: 0, seqs: new Set(), lanes: new Map(), duplicates: 0 };
  companies.set(company, seen);

  const { name, args } = event(company, n);
  const expected = `{"event":${JSON.stringify(name)},"payload":${payloadOf(args)},"meta":`;
  if (!text.startsWith(expected)) fault(`company ${company} event ${n}: bytes differ: ${text.slice(0, 200)}`);
  if (seen.seqs.has(n)) { seen.duplicates++; return; }
  seen.seqs.add(n);
  seen.count++;
  if (hasLane(n)) {
    const last = seen.lanes.get(laneOf(n)) ?? 0;
    if (last > n) fault(`company ${company}: ${n} came after ${last} in ${laneOf(n)}`);
    seen.lanes.set(laneOf(n), n);
  }
  const hex = createHmac('sha256', secret).update(body).digest();
  const given = Buffer.from(request.headers['x-signature-sha256'] ?? '', 'hex');
  if (given.length !== 32 || !timingSafeEqual(given, hex)) fault(`company ${company} event ${n}: X-Signature-SHA256`);
  // The library's JavaScript hashing is slow: every event up to 300, then each hundredth, and nothing of megabytes.
  if ((n <= 300 || n % 100 === 0) && body.length < 100_000) {
    try { standard.verify(text, request.headers); } catch (error) { fault(`company ${company} event ${n}: ${error}`); }
  }
}

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    try { check(request, Buffer.concat(parts)); } catch (error) { fault(`unreadable: ${error}`); }
    response.end('{}');
  });
});

createInterface({ input: process.stdin }).on('line', () => {
  let count = 0; let duplicates = 0;
  for (const seen of companies.values()) { count += seen.count; duplicates += seen.duplicates; }
  say({ is: 'count', count, duplicates, companies: companies.size, faults });
}).on('close', () => process.exit(0));

server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => say({ is: 'listening', port: server.address().port }));
