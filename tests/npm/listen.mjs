// A socket.io-client that reports what happens to it, one line of JSON each.
// usage: node listen.mjs '{"url": …, "query": {…}}'; ends when its standard input does.
import { io } from "socket.io-client";

const { url, query } = JSON.parse(process.argv[2]);
const say = (is, rest) => console.log(JSON.stringify({ is, ...rest }));
const socket = io(url, { transports: ["websocket"], query, reconnection: false });
socket.on("connect", () => say("connect", { id: socket.id }));
socket.on("connect_error", (error) => say("connect_error", { message: error.message }));
socket.on("disconnect", (reason) => say("disconnect", { reason }));
socket.onAny((name, ...args) => say("event", { name, args }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
