// The real panel in a real browser, for the stories beside this file.
//
// A story opens pages, does what a person would, and calls `stage.look(name, path)` for every page worth looking at:
// that shows it in both languages, light and dark, narrow and wide, and notes what is wrong (see `Stage.judge`). With
// the variable RAMAL_SHOTS each look leaves a picture in that folder.
//
// Looks are what takes the time, so a page is loaded once per language, side by side and in browsers that are kept;
// the colours and the width change under it. Axe, the slowest, reads it once per colour scheme and once per width.
import { mkdirSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";
import { AxeBuilder } from "@axe-core/playwright";

const LANGS = ["pt-BR", "en"];
const WIDTHS = [1440, 360];
const HEIGHTS = { 360: 740, 1440: 900, 1920: 1080, 2560: 1440 };
// The language in which axe reads a look: wide and light in the one, narrow and dark in the other.
const AXE_READS = { "light-1440": "pt-BR", "dark-360": "en", "light-2560": "en", "dark-1920": "pt-BR" };
// A page without its pictures, fonts, style and scripts, before compression.
const LARGEST_PAGE = 100_000;
const PATIENCE = 30_000;

export class Stage {
  constructor(browser, given) {
    this.browser = browser;
    // `base`, `code` (of the first run) and whatever else the test that starts the story says.
    Object.assign(this, given);
    this.wrong = [];
    this.looked = 0;
    // Browsers kept for looks, by the state they began with and by language.
    this.kept = new Map();
    this.answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
    this.shots = process.env.RAMAL_SHOTS;
    if (this.shots) mkdirSync(this.shots, { recursive: true });
  }

  static async open(given) {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
    return new Stage(browser, given);
  }

  // Has the test that started the story do something to the program, and waits until it is done.
  async ask(what) {
    console.log(JSON.stringify({ is: "asks", what }));
    const { done } = await this.answers.next();
    if (done) throw new Error(`nobody answers: ${what}`);
  }

  // A browser of its own: nobody is signed in, in Portuguese, light and wide unless told otherwise.
  async visitor({ lang = "pt-BR", scheme = "light", width = 1440, state } = {}) {
    return this.page(await this.context({ lang, scheme, width, state }), { lang, scheme, width });
  }

  async context({ lang, scheme, width, state }) {
    const context = await this.browser.newContext({
      baseURL: this.base,
      locale: lang,
      colorScheme: scheme,
      viewport: { width, height: HEIGHTS[width] ?? 900 },
      storageState: state,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE);
    return context;
  }

  // A page that notes what goes wrong in it. `as` is how it is looked at just now.
  async page(context, as) {
    const page = await context.newPage();
    page.as = as;
    page.note = (text) => this.wrong.push(`${new URL(page.url(), this.base).pathname} (${Object.values(page.as).join(", ")}): ${text}`);
    page.expected = new Set();
    // While the server cannot be reached, or says that it is starting, the browser says so on the console.
    page.outage = false;
    page.on("pageerror", (error) => page.note(`script error: ${error.message}`));
    page.on("console", (message) => {
      // A refused form is meant to be one; the browser says so on the console all the same.
      if (page.outage && /net::ERR_|status of 503 /.test(message.text())) return;
      const refusal = [...page.expected].some((status) => message.text().includes(`status of ${status} `));
      if (message.type() === "error" && !refusal) page.note(`console: ${message.text()}`);
    });
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol !== "data:" && url.origin !== this.base) page.note(`asked another host: ${url}`);
    });
    return page;
  }

  // The person of a story, signed in.
  async person(login, password, options) {
    const page = await this.visitor(options);
    await page.goto("/sign-in");
    await page.fill("#login", login);
    await page.fill("#password", password);
    await Promise.all([page.waitForURL((url) => url.pathname !== "/sign-in"), page.press("#password", "Enter")]);
    return page;
  }

  // Closes what the stories before have left open: every page that is open is told of what happens, and drawn.
  async alone() {
    await Promise.all(this.browser.contexts().map((context) => context.close()));
    this.kept.clear();
  }

  // From now on `look` sees pages as this page's person.
  async remember(page) {
    this.state = await page.context().storageState();
  }

  // The browser that looks in this language, beginning with this state; kept for the next look.
  async eye(lang, state) {
    if (!this.kept.has(state)) this.kept.set(state, new Map());
    const kept = this.kept.get(state);
    if (!kept.has(lang)) kept.set(lang, await this.context({ lang, scheme: "light", width: 1440, state }));
    return kept.get(lang);
  }

  // A page in every language, scheme and width. `prepare(page)` brings it to where it is worth looking at, once per
  // language, while it is light and wide; what it opens has to stay open.
  async look(name, path, { prepare, state = this.state, status = 200, widths = WIDTHS } = {}) {
    const looks = ["light", "dark"].flatMap((scheme) => widths.map((width) => ({ scheme, width })));
    const inLanguage = async (lang) => {
      const page = await this.page(await this.eye(lang, state), { lang, ...looks[0] });
      if (status >= 400) page.expected.add(status);
      const answer = await page.goto(path, { waitUntil: "load" });
      if (answer.status() !== status) page.note(`answered ${answer.status()}`);
      const size = Buffer.byteLength(await answer.text());
      if (size > LARGEST_PAGE) page.note(`${size} bytes`);
      await page.evaluate(() => document.fonts.ready);
      if (prepare) await prepare(page);
      for (const { scheme, width } of looks) {
        page.as = { lang, scheme, width };
        await page.emulateMedia({ colorScheme: scheme });
        await page.setViewportSize({ width, height: HEIGHTS[width] });
        await this.judge(page, name);
      }
      await page.close();
    };
    // All of them end before a fault of one goes up: nothing runs behind the next story's back.
    for (const { reason } of await Promise.allSettled(LANGS.map(inLanguage))) if (reason) throw reason;
  }

  // What must hold of every page: no finding of axe that matters, nothing that makes the page scroll sideways, the
  // language that was asked for, one heading, no text of the catalogue that is missing.
  async judge(page, name) {
    const { lang, scheme, width } = page.as;
    this.looked += 1;
    if (AXE_READS[`${scheme}-${width}`] === lang) await this.axe(page);
    const seen = await page.evaluate(() => ({
      wide: document.documentElement.scrollWidth > innerWidth,
      lang: document.documentElement.lang,
      headings: document.querySelectorAll("h1").length,
      text: document.body.innerText,
    }));
    if (seen.wide) page.note("scrolls sideways");
    if (seen.lang !== lang) page.note(`is in ${seen.lang}`);
    if (seen.headings !== 1) page.note(`has ${seen.headings} h1`);
    const missing = seen.text.match(/\{ ?\$\w+ ?\}/);
    if (missing) page.note(`a text lacks an argument: ${missing[0]}`);
    if (this.shots) await page.screenshot({ path: `${this.shots}/${name}-${lang}-${scheme}-${width}.png`, fullPage: true });
  }

  async axe(page) {
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
    for (const { id, impact, nodes } of violations) {
      if (["serious", "critical", "moderate"].includes(impact)) page.note(`axe ${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }
  }

  // Notes a failure of the story itself.
  must(holds, text) {
    if (!holds) this.wrong.push(text);
  }

  async close() {
    await this.browser.close();
  }
}
