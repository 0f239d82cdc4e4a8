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
  await stage.look("calls-none", `${list}?queue=nenhuma`);
  await stage.look("call", call);
}
