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

  // What failed hangs down, hatched: it is told from what was delivered without its colour.
  stage.must((await page.locator("#charts .chart >> nth=0 >> rect.hatched").count()) === 1, "failures are not hatched");
  stage.must((await page.locator("#charts .chart rect.outage").count()) % 3 === 0, "an outage is not shaded over all charts");

  // The company has all of it on one axis; a column of it leads to the events of its time.
  const company = `/companies/${stage.company}`;
  const lanes = await stage.visitor({ state: stage.state });
  await lanes.goto(company);
  await lanes.waitForSelector("#charts:not([aria-busy]) .lanes a");
  const size = await lanes.evaluate(() => {
    const names = [...document.querySelectorAll(".lanes .lane-names li")].map((li) => li.getBoundingClientRect());
    const svg = document.querySelector(".lanes svg.draw").getBoundingClientRect();
    return { bottom: names.at(-1).bottom - svg.top, high: svg.height };
  });
  stage.must(Math.abs(size.high - 24 - size.bottom) < 1, `names and lanes do not lie beside each other: ${JSON.stringify(size)}`);
  await lanes.click("#charts-24h");
  await lanes.waitForSelector('#charts-24h[aria-current="true"]');
  stage.must(new URL(lanes.url()).search === "?span=24h", `the period is not in the address: ${lanes.url()}`);
  const column = lanes.locator(".lanes a rect.at >> nth=60");
  await Promise.all([lanes.waitForURL(/\/events\?from=.+&to=/), column.click({ position: { x: 3, y: 20 } })]);
  await lanes.close();
  await stage.look("lanes", `${company}?span=1h`);
  await stage.look("lanes-24h", `${company}?span=24h`);

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
