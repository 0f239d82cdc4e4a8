// A company's calls: the list that is live, the search, one call as a line of its states.
export default async function (stage) {
  const page = await stage.person(stage.login, stage.password);
  await page.goto("/companies/company_1");
  await Promise.all([page.waitForURL((url) => url.pathname.endsWith("/calls")), page.click(".tabs a:has-text('Chamadas')")]);
  const list = new URL(page.url()).pathname;
  await page.waitForSelector("#found .calls tbody tr");

  // Rows come by themselves.
  const first = await page.getAttribute("#found tbody tr:first-child .name", "href");
  await page.waitForFunction((href) => document.querySelector("#found tbody tr:first-child .name").getAttribute("href") !== href, first, { timeout: 30000 });

  // While it is read it stands still, and what is new is counted until it is asked for.
  await page.hover("#found tbody tr:first-child .name");
  const read = await page.getAttribute("#found tbody tr:first-child .name", "href");
  await page.waitForFunction(() => /^\d+ novas?/.test(document.querySelector("[data-fresh]:not([hidden])")?.textContent ?? ""), undefined, { timeout: 30000 });
  stage.must((await page.getAttribute("#found tbody tr:first-child .name", "href")) === read, "a list that is read moves");
  await page.click("[data-fresh]");
  stage.must((await page.getAttribute("#found tbody tr:first-child .name", "href")) !== read, "what is new does not come when it is asked for");

  // Of all companies, each with what its webhooks got.
  await Promise.all([page.waitForURL((url) => url.pathname === "/calls"), page.click("a:has-text('Em todas as empresas')")]);
  await page.waitForSelector("#found .whose a");
  stage.must((await page.locator("#found tbody tr:first-child .mark").count()) >= 2, "a call does not say what webhooks got of it");
  await page.keyboard.press("g");
  await page.keyboard.press("c");
  await page.waitForURL((url) => url.pathname === "/companies");
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await page.waitForURL((url) => url.pathname === "/calls");

  // What has ended is found by its outcome, and by the other side's number.
  await page.goto(`${list}?state=finished`);
  await page.waitForSelector("#found tbody tr");
  const ended = await page.locator("#found tbody tr .status").allTextContents();
  stage.must(ended.length > 0 && ended.every((word) => !/Em conversa|Tocando|Nova/.test(word)), `some go on: ${ended}`);
  const number = (await page.textContent("#found tbody tr:first-child .name")).trim();
  await page.goto(list);
  await page.fill("#key", number);
  await Promise.all([page.waitForURL((url) => url.searchParams.get("key") === number), page.click(".finder .btn.primary")]);
  const found = (await page.locator("#found tbody tr .name").allTextContents()).map((name) => name.trim());
  stage.must(found.length > 0 && found.every((name) => name === number), `others were found: ${found}`);

  await page.goto(`${list}?outcome=answered`);
  await Promise.all([page.waitForURL((url) => url.pathname.startsWith("/calls/call_")), page.click("#found tbody tr:first-child .name")]);
  const call = new URL(page.url()).pathname;
  stage.must((await page.locator(".strip li").count()) >= 2, "a call that was answered has one state");
  stage.must((await page.locator(".call tbody tr").count()) >= 2, "a call that was answered has one event");
  await stage.look("calls", `${list}?to=2100-01-01T00:00`);
  await stage.look("calls-all", "/calls?to=2100-01-01T00:00");
  await stage.look("calls-none", `${list}?queue=nenhuma`);
  await stage.look("call", call);

  // Nothing is too wide between the two widths that every page is looked at in, either.
  for (const path of ["/calls", list]) {
    await page.goto(path);
    for (const width of [480, 700, 768, 901, 1024, 1200, 1300]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      stage.must(over <= 0, `${path} is ${over} px too wide at ${width}`);
    }
  }
}
