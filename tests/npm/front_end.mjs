// A front end as a program makes one with npm's `ws`: reports what it is told as it is told, one line of JSON each.
// usage: node front_end.mjs '{"url": …}'; sends the `text` of each line of its standard input, and ends when that does.
import { createInterface } from "node:readline";
import WebSocket from "ws";

const { url } = JSON.parse(process.argv[2]);
const say = (is, rest) => console.log(JSON.stringify({ is, ...rest }));
const socket = new WebSocket(url);
socket.on("open", () => say("open", {}));
socket.on("message", (message, isBinary) => say("message", { text: message.toString(), isBinary }));
socket.on("unexpected-response", (_, answer) => say("refused", { status: answer.statusCode }));
socket.on("error", (error) => say("error", { message: error.message }));
socket.on("close", (code) => say("close", { code }));
for await (const line of createInterface({ input: process.stdin })) {
  socket.send(JSON.parse(line).text);
}
process.exit(0);
