// The forwarder that a user would write in an afternoon: npm socket.io-client in, undici out, HMAC on the body,
// everything in memory, order not kept, nothing tried twice. It is what the figures are compared with.
// Its settings come as one JSON object in FORWARDER; it ends when stdin closes.

import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { io } from "socket.io-client";
import { Pool } from "undici";

const { listen, socket_url, tokens, target, secret, connections, webhooks, rules } = JSON.parse(process.env.FORWARDER);
const pool = new Pool(target, { connections });

// What a customer asks for: one campaign, one range of numbers, no manual calls.
const wanted = (payload) =>
  !rules ||
  (payload.call.campaign_id === 210345 &&
    payload.call.phone.includes("551190000") &&
    payload.agent.agent_status.call_mode !== "manual");

async function forward(company, webhook, socket, event, payload) {
  const body = JSON.stringify({
    event,
    payload,
    meta: {
      socketId: socket.id,
      token_mask: "benc…0001",
      received_at: new Date().toISOString(),
      source: "webhook-proxy-3c-plus",
      webhook_id: `webhook_${company}`,
      company_id: `company_${company}`,
    },
  });
  try {
    const answer = await pool.request({
      path: webhook === 0 ? `/w/${company}` : `/w/${company}/${webhook}`,
      method: "POST",
      headers: {
        "content-type": "application/json",
        "x-signature-sha256": createHmac("sha256", secret).update(body).digest("hex"),
      },
      body,
    });
    await answer.body.dump();
  } catch (error) {
    console.error(error.message);
  }
}

tokens.forEach((token, index) => {
  const socket = io(socket_url, { transports: ["websocket"], query: { token } });
  socket.onAny((event, payload) => {
    if (!wanted(payload)) return;
    for (let webhook = 0; webhook < webhooks; webhook++) forward(index + 1, webhook, socket, event, payload);
  });
});

createServer((_, response) => response.end("ok")).listen(listen, "127.0.0.1");
process.stdin.resume().on("end", () => process.exit(0));
