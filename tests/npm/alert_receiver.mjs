// A system that takes alerts as signed events: verifies each as the library of Standard Webhooks does, and says what came, an object of
// JSON per line on stdout. A line on stdin is an object with the status of the next answer.
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { Webhook } from 'standardwebhooks';

const { secret } = JSON.parse(process.argv[2]);
const standard = new Webhook(secret);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);
const answers = [];

const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const text = Buffer.concat(parts).toString('utf8');
    let event = null;
    let fault = null;
    try { event = standard.verify(text, request.headers); } catch (error) { fault = String(error); }
    const status = fault ? 401 : answers.shift() ?? 200;
    say({ is: 'event', id: request.headers['webhook-id'], kind: request.headers['content-type'], event, fault, status });
    response.statusCode = status;
    response.end('{}');
  });
});

createInterface({ input: process.stdin })
  .on('line', (line) => { answers.push(JSON.parse(line).status); say({ is: 'done' }); })
  .on('close', () => process.exit(0));
server.listen(0, '127.0.0.1', () => say({ is: 'listening', port: server.address().port }));
