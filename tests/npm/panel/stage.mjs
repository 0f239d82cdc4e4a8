// The real panel in a real browser, for the stories beside this file.
//
// A story opens pages, does what a person would, and calls `stage.look(name, path)` for every page worth looking at:
// that opens it in both languages, light and dark, narrow and wide, and notes what is wrong (see `Stage.judge`). With
// the variable RAMAL_SHOTS each look leaves a picture in that folder.
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";
import { AxeBuilder } from "@axe-core/playwright";

const LOOKS = ["pt-BR", "en"].flatMap((lang) =>
  ["light", "dark"].flatMap((scheme) => [360, 1440].map((width) => ({ lang, scheme, width }))));
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
    this.shots = process.env.RAMAL_SHOTS;
    if (this.shots) mkdirSync(this.shots, { recursive: true });
  }

  static async open(given) {
    const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
    return new Stage(browser, given);
  }

  // A browser of its own: nobody is signed in, in Portuguese, light and wide unless told otherwise.
  async visitor({ lang = "pt-BR", scheme = "light", width = 1440, state } = {}) {
    const context = await this.browser.newContext({
      baseURL: this.base,
      locale: lang,
      colorScheme: scheme,
      viewport: { width, height: width < 600 ? 740 : 900 },
      storageState: state,
      reducedMotion: "reduce",
    });
    context.setDefaultTimeout(PATIENCE);
    const page = await context.newPage();
    page.note = (text) => this.wrong.push(`${new URL(page.url(), this.base).pathname} (${lang}, ${scheme}, ${width}): ${text}`);
    page.expected = new Set();
    page.on("pageerror", (error) => page.note(`script error: ${error.message}`));
    page.on("console", (message) => {
      // A refused form is meant to be one; the browser says so on the console all the same.
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

  // From now on `look` sees pages as this page's person.
  async remember(page) {
    this.state = await page.context().storageState();
  }

  // A page in every language, scheme and width. `prepare(page)` brings it to where it is worth looking at.
  async look(name, path, { prepare, state = this.state, status = 200 } = {}) {
    for (const look of LOOKS) {
      const page = await this.visitor({ ...look, state });
      if (status >= 400) page.expected.add(status);
      const answer = await page.goto(path, { waitUntil: "load" });
      if (answer.status() !== status) page.note(`answered ${answer.status()}`);
      const size = Buffer.byteLength(await answer.text());
      if (size > LARGEST_PAGE) page.note(`${size} bytes`);
      if (prepare) await prepare(page);
      await this.judge(page, look, name);
      await page.context().close();
    }
  }

  // What must hold of every page: no finding of axe that matters, nothing that makes the page scroll sideways, the
  // language that was asked for, one heading, no text of the catalogue that is missing.
  async judge(page, { lang, scheme, width }, name) {
    this.looked += 1;
    await page.evaluate(() => document.fonts.ready);
    const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
    for (const { id, impact, nodes } of violations) {
      if (["serious", "critical", "moderate"].includes(impact)) page.note(`axe ${id}: ${nodes.slice(0, 3).map((node) => node.html.slice(0, 160)).join(" | ")}`);
    }
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

  // Notes a failure of the story itself.
  must(holds, text) {
    if (!holds) this.wrong.push(text);
  }

  async close() {
    await this.browser.close();
  }
}
