// The traffic of the end-to-end test: for every (company, n) one event with a known name and known raw arguments.
// The server emits it and the receiver compares against it, each computing it anew.

const filler = 'x'.repeat(700);
const deep = '['.repeat(2000) + ']'.repeat(2000);

/** Lanes by the number: about fifty calls at a time per company. */
export const laneOf = (n) => `t${n % 50}`;

/** The single raw JSON object that most events carry. */
function object(company, n) {
  const lane = laneOf(n);
  const odd = [
    '"big":12345678901234567890123,"minus":-98765432109876543210',
    '"one":1.0,"hundred":1e2,"huge":1e400,"zero":-0',
    '"twice":1,"twice":2,"twice":{"z":1,"a":2}',
    '"half":"\\ud83d","other":"\\udc00 \\u0000 \\/"',
    '"text":"ação 😀 \u2028 日本","ключ":"é"',
    `"deep":${deep}`,
    '"spaces" :  [ 1 ,\t2 ]',
  ][n % 7];
  return `{"call":{"telephony_id":"${lane}","company_id":${company},"phone":"5511900001234"},"n":${n},${odd},"filler":"${filler}"}`;
}

/** A payload of ten megabytes, rarely. */
const megabytes = (company, n) => `{"call":{"telephony_id":"${laneOf(n)}"},"n":${n},"blob":"${'y'.repeat(10 * 1024 * 1024)}"}`;

/** The event's name and the raw texts of its arguments. */
export function event(company, n) {
  if (n === 5000 && company % 5 === 0) return { name: 'call-was-connected', args: [megabytes(company, n)] };
  if (n % 16 === 6) return { name: 'spy-started', args: [] };
  if (n % 16 === 7) return { name: 'call-was-created', args: [object(company, n), '"second"', '[3.0]'] };
  if (n % 16 === 8) return { name: 'algo novo/ünïcode', args: [object(company, n)] };
  return { name: 'call-was-answered', args: [object(company, n)] };
}

/** The payload as the documented rule makes it of the arguments: the one, null, or an array. */
export function payloadOf(args) {
  if (args.length === 1) return args[0];
  return args.length === 0 ? 'null' : `[${args.join(',')}]`;
}

/** Whether order is kept for it (an event whose call cannot be read from its arguments has no lane). */
export const hasLane = (n) => n % 16 !== 6 && n % 16 !== 7 && n % 16 !== 8;
