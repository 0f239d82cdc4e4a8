// The board of a company: on walls, desks and telephones, light and dark; live, with a click to a call; names of commands.
const WIDTHS = [1440, 360, 1920, 2560];

export default async function (stage) {
  const page = await stage.person(stage.login, stage.password);
  await stage.remember(page);
  const board = `/companies/${stage.reception}/board`;
  await page.goto(`/companies/${stage.reception}`);
  await Promise.all([page.waitForURL((url) => url.pathname === board), page.click(".tabs a:has-text('Quadro')")]);

  // Nothing on it is loaded again, and yet it runs.
  await page.evaluate(() => (globalThis.mark = "not loaded again"));
  const first = await page.textContent(".qs .late .lw");
  await page.waitForFunction((first) => document.querySelector(".qs .late .lw").textContent !== first, first);
  stage.must((await page.evaluate(() => globalThis.mark)) === "not loaded again", "the board was loaded again");

  // Without the network it says since when it stands, and goes on by itself.
  page.outage = true;
  await page.context().setOffline(true);
  const told = await page.waitForSelector("#offline:not([hidden])");
  stage.must(/ é de \d\d:\d\d:\d\d\./.test(await told.innerText()), `it does not say since when it stands: ${await told.innerText()}`);
  await page.context().setOffline(false);
  await page.waitForSelector("#offline", { state: "hidden" });
  stage.must((await page.evaluate(() => globalThis.mark)) === "not loaded again", "the board was loaded again to go on");
  page.outage = false;

  // On the wall nothing has to be scrolled, what counts is large, and nothing is small.
  for (const [width, height] of [[1920, 1080], [2560, 1440]]) {
    await page.setViewportSize({ width, height });
    const seen = await page.evaluate(() => {
      const texts = [...document.querySelectorAll(".wall *")].filter((node) => [...node.childNodes].some((child) => child.nodeType === Node.TEXT_NODE && child.data.trim()) && !node.closest(".unseen"));
      const cut = [...document.querySelectorAll(".cols5 b, .qs td, .outs dd, .nine dd, .clock")].filter((node) => node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0);
      return {
        tall: document.documentElement.scrollHeight - innerHeight,
        smallest: Math.min(...texts.map((node) => parseFloat(getComputedStyle(node).fontSize))),
        cut: cut.map((node) => node.textContent),
      };
    });
    stage.must(seen.tall <= 1, `at ${width} the board is ${seen.tall} px taller than its screen`);
    stage.must(seen.smallest >= 20, `at ${width} a text has ${seen.smallest} px`);
    stage.must(seen.cut.length === 0, `at ${width} figures are cut: ${seen.cut}`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });

  await Promise.all([page.waitForURL((url) => url.pathname.startsWith("/calls/call_")), page.click(".cols5 li a >> nth=0")]);
  stage.must((await page.locator(".call tbody tr").count()) >= 1, "the call of a column has no event");

  // A command gets its name.
  await page.goto(`${board}/settings`);
  stage.must((await page.inputValue("#keys-1")) === "*2", "what was pressed is not offered");
  await page.fill("#name-1", "");
  await page.fill("#keys-2", "portão");
  page.expected.add(422);
  await Promise.all([page.waitForNavigation(), page.click("main .btn.primary")]);
  await page.waitForSelector("#row-1-error");
  await stage.look("board-settings", `${board}/settings`);
  await page.fill("#name-1", "Portão 2");
  await page.fill("#keys-2", "");
  await Promise.all([page.waitForNavigation(), page.click("main .btn.primary")]);
  await page.goto(board);
  await page.waitForSelector(".unit >> text=Portão 2");

  // Without scripts it is the same page, which asks for itself again.
  const plain = await stage.browser.newContext({ baseURL: stage.base, locale: "pt-BR", javaScriptEnabled: false, storageState: await page.context().storageState() });
  const unscripted = await plain.newPage();
  await unscripted.goto(board);
  stage.must((await unscripted.locator("noscript meta, meta[http-equiv=refresh]").count()) === 1, "it stands still without scripts");
  stage.must((await unscripted.locator(".cols5 b").count()) >= 5, "it says nothing without scripts");
  await plain.close();

  await stage.look("board", board, { widths: WIDTHS });
}
