// A day with the API through a client made from its document: `openapi-typescript` makes the types, `openapi-fetch` the
// calls, and the compiler holds this file to both. It says `done` at the end; anything else is a failure.

import assert from "node:assert/strict";

import createClient from "openapi-fetch";

import type { components, paths } from "./api.js";

type Webhook = components["schemas"]["WebhookView"];
type Problem = components["schemas"]["ProblemBody"];

const { base, key, receiver } = JSON.parse(process.argv[2] ?? "{}") as Record<"base" | "key" | "receiver", string>;
const api = createClient<paths>({ baseUrl: base, headers: { Authorization: `Bearer ${key}` } });

/** The data of an answer that must have some. */
function got<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert.equal(answer.error, undefined, `${answer.response.url}: ${JSON.stringify(answer.error)}`);
  assert.ok(answer.data !== undefined, `${answer.response.url}: ${answer.response.status}`);
  return answer.data;
}

/** The problem that a refused request is answered with. */
function refused(answer: { error?: Problem; response: Response }, status: number): Problem {
  assert.equal(answer.response.status, status, JSON.stringify(answer.error));
  assert.equal(answer.response.headers.get("content-type"), "application/problem+json");
  assert.ok(answer.error, "no document");
  assert.equal(answer.error.status, status);
  return answer.error;
}

/** Asks until the answer is what is waited for. */
async function until<T>(ask: () => Promise<T>, wanted: (answer: T) => boolean): Promise<T> {
  for (const deadline = Date.now() + 60_000; ; await new Promise((wake) => setTimeout(wake, 50))) {
    const answer = await ask();
    if (wanted(answer)) return answer;
    assert.ok(Date.now() < deadline, `never came: ${JSON.stringify(answer)}`);
  }
}

const company = got(await api.POST("/api/v1/companies", { body: { name: "Condomínio Sol" } }));
const taken = refused(await api.POST("/api/v1/companies", { body: { name: "condomínio  sol" } }), 409);
assert.deepEqual([taken.errors?.[0]?.field, taken.errors?.[0]?.code], ["name", "taken"]);
// @ts-expect-error a company needs a name
refused(await api.POST("/api/v1/companies", { body: {} }), 422);
const misspelt = { name: "X", nome: "X" };
refused(await api.POST("/api/v1/companies", { body: misspelt }), 422);

const ofCompany = { params: { path: { company: company.id } } };
const source = got(
  await api.POST("/api/v1/companies/{company}/sources", { ...ofCompany, body: { provider: "tellicon" } }),
);
assert.equal(source.status.state, "connected");
const token = source.token;
assert.ok(token, "the token is shown once");
// @ts-expect-error no such provider is served
refused(await api.POST("/api/v1/companies/{company}/sources", { ...ofCompany, body: { provider: "zap" } }), 422);

const created: Webhook = got(
  await api.POST("/api/v1/companies/{company}/webhooks", {
    ...ofCompany,
    body: { name: "Portaria", url: receiver, events: ["pushCall", "answer*", "minha chamada"], retry_seconds: [1, 1] },
  }),
);
const webhook = { params: { path: { webhook: created.id } } };
const changed = got(
  await api.PATCH("/api/v1/webhooks/{webhook}", {
    ...webhook,
    body: {
      version: created.version,
      rules: { pushCall: [{ path: "eventTellicon.apt", operator: "greater_than", value: "1" }] },
      rate_per_second: null,
      format: "cloudevents",
    },
  }),
);
assert.equal(changed.rules.pushCall?.[0]?.operator, "greater_than");
const stale = await api.PATCH("/api/v1/webhooks/{webhook}", { ...webhook, body: { version: created.version, name: "W" } });
assert.equal(refused(stale, 409).type, "/problems/stale");

const tried = got(
  await api.POST("/api/v1/webhooks/{webhook}/test", { ...webhook, body: { event: "pushCall", payload: [1, null] } }),
);
assert.equal(tried.delivered, true, JSON.stringify(tried));

for (const apt of [1, 2, 3]) {
  const call = { type: "pushCall", src: "9001", client: 5, building: 0, apt, eventDateTime: Math.floor(Date.now() / 1000) };
  const answer: Response = await fetch(`${base}/eventTellicon`, {
    method: "POST",
    headers: { authTokenTellicon: token, "content-type": "application/json" },
    body: JSON.stringify({ eventTellicon: call }),
  });
  assert.equal(answer.status, 200, await answer.text());
}

const events = await until(
  async () => got(await api.GET("/api/v1/companies/{company}/events", ofCompany)).items,
  (items) => items.length === 3,
);
const newest = events[0];
assert.ok(newest && newest.provider === "tellicon" && newest.type === "pushCall");
const page = got(
  await api.GET("/api/v1/companies/{company}/events", {
    params: { path: ofCompany.params.path, query: { limit: 2, type: "pushCall", from: company.created_at } },
  }),
);
assert.equal(page.items.length, 2);
const rest = got(
  await api.GET("/api/v1/companies/{company}/events", {
    params: { path: ofCompany.params.path, query: { limit: 2, cursor: page.next } },
  }),
);
assert.deepEqual(rest.items.map((event) => event.seq), [1]);

// The rule keeps the first apartment's back.
const deliveries = await until(
  async () => got(await api.GET("/api/v1/webhooks/{webhook}/deliveries", webhook)).items,
  (items) => items.length === 2,
);
assert.ok(deliveries.every((attempt) => attempt.status === 200 && attempt.origin === "live"));
const fates = got(
  await api.GET("/api/v1/events/{event}/deliveries", { params: { path: { event: newest.id } } }),
);
assert.equal(fates[0]?.verdict, "delivered");

const range = { from: "evt_1_1".replace("1", company.id.replace("company_", "")), as_new: true };
const counted = got(await api.POST("/api/v1/webhooks/{webhook}/replays/count", { ...webhook, body: range }));
assert.equal(counted.events, 3);
const replay = got(await api.POST("/api/v1/webhooks/{webhook}/replays", { ...webhook, body: range }));
const done = await until(
  async () => got(await api.GET("/api/v1/replays/{replay}", { params: { path: { replay: replay.id } } })),
  (now) => now.state === "done",
);
assert.equal(done.delivered, 2);
const ended = await api.POST("/api/v1/replays/{replay}/pause", { params: { path: { replay: replay.id } } });
assert.equal(refused(ended, 409).type, "/problems/conflict");

const nowhere = await api.GET("/api/v1/companies/{company}", { params: { path: { company: "company_77" } } });
assert.equal(refused(nowhere, 404).type, "/problems/not-found");
const nobody = createClient<paths>({ baseUrl: base });
assert.equal(refused(await nobody.GET("/api/v1/companies"), 401).type, "/problems/unauthenticated");

assert.equal((await api.DELETE("/api/v1/companies/{company}", ofCompany)).response.status, 204);
console.log("done");
