// How soon pages of a large installation show themselves and how soon the search answers, in a real browser, as one line of JSON.
// usage: node pages.mjs '{"base": "http://…", "token": "…", "loads": 40, "companies": 1000}'
import { chromium } from "playwright-core";

const given = JSON.parse(process.argv[2]);
const middle = Math.ceil(given.companies / 2);
const PAGES = { Início: "/", Empresas: "/companies", "one company": `/companies/company_${middle}`, Webhooks: "/webhooks", Incidentes: "/incidents", "a bare answer": "/healthz" };

const p95 = (times) => Math.round([...times].sort((a, b) => a - b)[Math.ceil(times.length * 0.95) - 1] * 10) / 10;

const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ baseURL: given.base, locale: "pt-BR", viewport: { width: 1440, height: 900 } });
await context.addCookies([{ name: "ramal", value: given.token, url: given.base }]);
const page = await context.newPage();

// As somebody who was here before: what does not change is in the browser's cache.
const pages = {};
for (const [name, path] of Object.entries(PAGES)) {
  const paints = [];
  const answered = [];
  let bytes = 0;
  for (let n = 0; n <= given.loads; n += 1) {
    const answer = await page.goto(path, { waitUntil: "load" });
    if (answer.status() !== 200) throw new Error(`${path} answered ${answer.status()}`);
    bytes = Math.max(bytes, (await answer.body()).length);
    await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
    const paint = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime);
    const answer_ms = await page.evaluate(() => {
      const [{ requestStart, responseEnd }] = performance.getEntriesByType("navigation");
      return responseEnd - requestStart;
    });
    if (n > 0) {
      paints.push(paint);
      answered.push(answer_ms);
    }
  }
  pages[name] = { paint_p95_ms: p95(paints), answer_p95_ms: p95(answered), kilobytes: Math.round(bytes / 100) / 10 };
}

// The palette: what its request takes, and from the last key until what was found stands there.
await page.goto("/account");
await page.keyboard.press("Control+k");
await page.waitForSelector("#palette[open] .finds a");
const answers = [];
const shown = [];
for (let n = 0; n < given.loads; n += 1) {
  const company = 1 + ((n * 37) % given.companies);
  const seen = await page.evaluate(async (company) => {
    const field = document.querySelector("#palette-q");
    const place = document.querySelector("#palette-found");
    const words = [`Empresa ${company}`, `Empresa ${company} ERP`, `(85) 9${String(company).padStart(4, "0")}-0000`][company % 3];
    field.value = words;
    performance.clearResourceTimings();
    const typed = performance.now();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    await new Promise((done) => place.addEventListener("htmx:afterSettle", done, { once: true }));
    const shown = performance.now() - typed;
    const [asked] = performance.getEntriesByType("resource").filter(({ name }) => name.includes("/search/found"));
    return { shown, answer: asked.responseEnd - asked.requestStart };
  }, company);
  answers.push(seen.answer);
  shown.push(seen.shown);
}
await browser.close();
console.log(JSON.stringify({ pages, search: { answer_p95_ms: p95(answers), shown_p95_ms: p95(shown) } }));
