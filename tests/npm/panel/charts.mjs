// Charts: asked for once the page stands, for another period at a click, their values as a table.
export default async function (stage) {
  const webhook = `/companies/${stage.company}/webhooks/webhook_1`;
  const page = await stage.visitor({ state: stage.state });
  await page.goto(webhook);
  await page.waitForSelector("#charts:not([aria-busy]) .plot >> nth=2");
  await page.evaluate(() => (window.kept = true));
  await page.click("#charts-24h");
  await page.waitForSelector('#charts-24h[aria-current="true"]');
  stage.must(await page.evaluate(() => window.kept), "choosing a period reloaded the page");
  stage.must(new URL(page.url()).search === "?span=24h", `the period is not in the address: ${page.url()}`);
  await page.reload();
  await page.waitForSelector('#charts-24h[aria-current="true"]');
  await page.click(".values > summary");
  stage.must((await page.locator(".values tbody tr").count()) > 80, "the table lacks quarters of an hour");

  // A bar leads to the events of its time.
  const bar = page.locator("#charts .chart >> nth=0 >> a").last();
  stage.must(/\/companies\/company_1\/events\?from=.+&to=.+/.test(await bar.getAttribute("href")), "a bar leads nowhere");

  // What somebody else does is followed: the sentence has its button, and the charts of the chosen period are asked for again,
  // while what was opened stays open.
  const other = await stage.visitor({ state: stage.state });
  await other.goto(webhook);
  const asked = page.waitForRequest((request) => request.url().endsWith("/charts?span=24h"));
  await other.click(".pauses > summary");
  await other.fill("#reason", "Manutenção");
  await other.click(".pauses button");
  await page.waitForSelector("#says >> text=Pausado por Ana Souza");
  await page.waitForSelector("#says >> text=Retomar");
  await asked;
  stage.must((await page.locator(".values[open]").count()) === 1, "the table was closed when the charts came again");
  await page.click("#says button");
  await other.waitForSelector("#says button", { state: "detached" });
  await other.close();
  await stage.look("charts", webhook, { prepare: (page) => page.waitForSelector("#charts:not([aria-busy]) .plot >> nth=2") });
}
