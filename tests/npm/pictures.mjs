// The pictures of `docs/img/`: the main pages of a demonstration that runs (`ramal demo`), light, dark and on a phone.
// usage: node pictures.mjs '{"base": "http://127.0.0.1:8080", "login": "demo", "password": "…", "folder": "docs/img"}'
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const { base, login, password, folder } = JSON.parse(process.argv[2]);
const LOOKS = { light: { width: 1440, height: 900 }, dark: { width: 1440, height: 900 }, phone: { width: 360, height: 740 } };

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const context = await browser.newContext({ baseURL: base, locale: "pt-BR", viewport: LOOKS.light, reducedMotion: "reduce" });
const page = await context.newPage();
await page.goto("/sign-in");
await page.fill("#login", login);
await page.fill("#password", password);
await Promise.all([page.waitForURL((url) => url.pathname !== "/sign-in"), page.press("#password", "Enter")]);

// The first link of a list leads to what stands there first: in the lists of the panel that is the worst, or the newest.
const first = async (path, link) => {
  await page.goto(path);
  return page.getAttribute(link, "href");
};
const company = await first("/companies?sort=name&q=Minha", "#found tbody th a");
const pages = {
  inicio: "/",
  empresas: "/companies",
  empresa: company,
  webhook: await first("/webhooks", "#found tbody th a"),
  webhooks: "/webhooks",
  incidentes: "/incidents",
  incidente: await first("/incidents", ".incidents h4 a"),
  alertas: "/alerts",
  eventos: `${company}/events`,
  evento: await first(`${company}/events?field=call&type=call-was-connected`, "#rows tr:first-child .name"),
  chamadas: `${company}/calls`,
  diagnostico: `${company}/diagnosis`,
};
for (const [name, path] of Object.entries(pages)) {
  await page.goto(path, { waitUntil: "load" });
  // Its findings are what is worth seeing; it makes real deliveries.
  if (name === "diagnostico") {
    await page.click("main form .btn.primary");
    await page.waitForSelector("#diagnosis:not([aria-busy]) .checks", { timeout: 60000 });
  }
  await page.evaluate(() => document.fonts.ready);
  for (const [look, viewport] of Object.entries(LOOKS)) {
    await page.emulateMedia({ colorScheme: look === "dark" ? "dark" : "light" });
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `${folder}/${name}-${look}.png` });
  }
}
await browser.close();
