// Atender in a real browser whose microphone plays a tone. Orders on stdin, reports on stdout, a JSON object per line.
// usage: node voice.mjs '{"base": "http://…", "login": …, "password": …, "colleague": …, "microphone": true}'
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { AxeBuilder } from "@axe-core/playwright";

const given = { microphone: true, ...JSON.parse(process.argv[2]) };
const PATIENCE = 20000;
const folder = mkdtempSync(join(tmpdir(), "ramal-voice-"));
const tone = join(folder, "tone.wav");
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

// Bursts of 1,000 Hz: what only hums a browser takes for noise.
function wave() {
  const [rate, seconds] = [48000, 4];
  const bytes = rate * seconds * 2;
  const file = Buffer.alloc(44 + bytes);
  file.write("RIFF", 0);
  file.writeUInt32LE(36 + bytes, 4);
  file.write("WAVEfmt ", 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(rate * 2, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write("data", 36);
  file.writeUInt32LE(bytes, 40);
  for (let n = 0; n < rate * seconds; n += 1) {
    const loud = n % 24000 < 14400 ? 12000 : 0;
    file.writeInt16LE(Math.round(loud * Math.sin((2 * Math.PI * 1000 * n) / rate)), 44 + n * 2);
  }
  return file;
}

writeFileSync(tone, wave());
const media = ["--use-fake-device-for-media-stream", `--use-file-for-fake-audio-capture=${tone}`];
const args = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"];
// Where nobody is asked, nobody allows it either.
args.push(...media, given.microphone ? "--use-fake-ui-for-media-stream" : "--deny-permission-prompts");
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args });
const wrong = [];

async function open(login) {
  const context = await browser.newContext({ baseURL: given.base, locale: "pt-BR", viewport: { width: 1440, height: 900 } });
  context.setDefaultTimeout(PATIENCE);
  const page = await context.newPage();
  page.on("pageerror", (error) => wrong.push(`script error: ${error.message}`));
  await page.goto("/sign-in");
  await page.fill("#login", login);
  await page.fill("#password", given.password);
  await Promise.all([page.waitForURL((url) => url.pathname !== "/sign-in"), page.press("#password", "Enter")]);
  await page.goto("/answer");
  await page.waitForFunction(() => globalThis.ringing?.isHeard());
  return page;
}

const pages = [];
for (const login of [given.login, given.colleague].filter(Boolean)) pages.push(await open(login));
const [page] = pages;
const press = (name) => `[data-act=${name}]:visible`;
const talking = (on) => on.waitForSelector("#call .timer:visible");
const rings = (on) => on.waitForFunction(() => globalThis.ringing?.loud().length > 0 && !document.querySelector("[data-act=accept]").disabled);

const orders = {
  async answer() {
    await rings(page);
    await page.click(press("accept"));
    await talking(page);
  },
  // The loudest tone of what is heard.
  async listen() {
    const hertz = await page.evaluate(async () => {
      const audio = new AudioContext();
      const analyser = audio.createAnalyser();
      analyser.fftSize = 8192;
      audio.createMediaStreamSource(document.getElementById("voice").srcObject).connect(analyser);
      const levels = new Float32Array(analyser.frequencyBinCount);
      let loudest = -Infinity;
      let at = 0;
      for (let n = 0; n < 40 && loudest < -60; n += 1) {
        await new Promise((resolve) => setTimeout(resolve, 250));
        analyser.getFloatFrequencyData(levels);
        loudest = Math.max(...levels);
        at = levels.indexOf(loudest);
      }
      return (at * audio.sampleRate) / analyser.fftSize;
    });
    return { hertz };
  },
  async mute() {
    await page.click(press("mute"));
  },
  async session() {
    await page.waitForFunction(() => document.querySelector("[data-of=sound]").textContent.includes("kbit/s"));
    return { sound: await page.textContent("[data-of=sound]"), log: await page.textContent("#log .lines") };
  },
  async hangup() {
    await page.click(press("hangup"));
    await page.waitForSelector("#call .timer", { state: "hidden" });
  },
  async over() {
    await page.waitForSelector("#call .timer", { state: "hidden" });
    const silent = await page.evaluate(() => document.getElementById("voice").srcObject === null);
    if (!silent) throw new Error("a voice is still there");
  },
  async leave() {
    const asked = page.waitForEvent("dialog");
    const left = page.goto("/companies").catch(() => {});
    const dialog = await asked;
    if (dialog.type() !== "beforeunload") throw new Error(`asked by ${dialog.type()}`);
    await dialog.accept();
    await left;
    await page.waitForURL((url) => url.pathname === "/companies");
  },
  // Both press at the same instant.
  async race() {
    await Promise.all(pages.map(rings));
    const at = Date.now() + 150;
    await Promise.all(pages.map((on) => on.evaluate((at) => {
      setTimeout(() => document.querySelector("[data-act=accept]").click(), at - Date.now());
    }, at)));
    const ends = await Promise.all(pages.map(async (on) => {
      const end = await on.waitForFunction(() => {
        if (!document.querySelector("#call .timer").hidden && !document.querySelector("#call").hidden) return "talking";
        // By whom: refused in so many words, or seen in time.
        const said = [document.querySelector("#fault p"), document.querySelector("#call .voice")].map((line) => line.textContent).join(" ");
        return ["Ana Souza", "bia@exemplo.com"].find((name) => said.includes(name));
      });
      return end.jsonValue();
    }));
    return { talking: ends.filter((end) => end === "talking").length, told: ends.filter((end, n) => end === ["bia@exemplo.com", "Ana Souza"][n]).length, ends };
  },
  async end() {
    for (const on of pages) if (await on.locator("#call .timer:visible").count()) await on.click(press("hangup"));
    await Promise.all(pages.map((on) => on.waitForFunction(() => globalThis.ringing.calls.size === 0)));
  },
  async press() {
    await rings(page);
    await page.click(press("accept"));
    await page.waitForSelector(".no-microphone:visible");
    return { said: await page.textContent(".no-microphone h2") };
  },
  async reload() {
    await page.reload();
    await rings(page);
    return { rings: true };
  },
  async reject() {
    await page.click(press("reject"));
    await page.waitForFunction(() => globalThis.ringing.calls.size === 0);
  },
  async unheard() {
    await page.waitForSelector("#unheard:visible");
    await talking(page);
  },
  async talks() {
    await page.waitForFunction(() => globalThis.ringing.isHeard());
    await talking(page);
    await page.waitForSelector("#unheard", { state: "hidden" });
  },
  // Leaves while the answer is being made.
  async abandon() {
    await rings(page);
    await page.click(press("accept"));
    await page.waitForSelector(press("hangup"));
    page.once("dialog", (dialog) => dialog.accept());
    await page.reload();
    await rings(page);
  },
  // One answers, and who did nothing is told by whom.
  async watch() {
    await Promise.all(pages.map(rings));
    await page.click(press("accept"));
    await talking(page);
    await pages[1].waitForFunction(() => document.querySelector("#without li")?.textContent.includes("Ana Souza"));
    await page.click(press("hangup"));
  },
  // As it is just now, wide and light, then narrow and dark.
  async judge() {
    for (const [width, height, colorScheme] of [[360, 740, "dark"], [1440, 900, "light"]]) {
      await page.setViewportSize({ width, height });
      await page.emulateMedia({ colorScheme });
      const { violations } = await new AxeBuilder({ page }).analyze();
      for (const { id, impact, nodes } of violations) {
        if (["serious", "critical", "moderate"].includes(impact)) wrong.push(`${id} at ${width}: ${nodes[0].html}`);
      }
      if (await page.evaluate(() => document.documentElement.scrollWidth > innerWidth)) wrong.push(`scrolls sideways at ${width}`);
    }
  },
  wrong: async () => ({ wrong }),
};

say({ is: "open" });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    say({ is: "done", ...(await orders[order.do](order)) });
  } catch (error) {
    console.error(`${order.do}: ${error.stack}`);
    if (process.env.RAMAL_SHOTS) await page.screenshot({ path: join(process.env.RAMAL_SHOTS, "voice.png"), fullPage: true });
    process.exitCode = 1;
    break;
  }
}
await browser.close();
rmSync(folder, { recursive: true });
