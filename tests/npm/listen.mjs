// A socket.io-client that says on its standard output, one JSON line each, what happens to it.
// usage: node listen.mjs <url> <query as JSON>; ends when its standard input does.
import { io } from "socket.io-client";

const [url, query] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const socket = io(url, { transports: ["websocket"], query: JSON.parse(query), reconnection: false });
socket.on("connect", () => say({ connect: socket.id }));
socket.on("connect_error", (error) => say({ connect_error: error.message }));
socket.on("disconnect", (reason) => say({ disconnect: reason }));
socket.onAny((name, ...args) => say({ event: name, args }));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
