// Charts: asked for once the page stands, for another period at a click, their values as a table.
export default async function (stage) {
  const webhook = `/companies/${stage.company}/webhooks/webhook_1`;
  const page = await stage.visitor({ state: stage.state });
  await page.goto(webhook);
  await page.waitForSelector("#charts .plot >> nth=2");
  await page.click("#charts-24h");
  await page.waitForSelector('#charts-24h[aria-current="true"]');
  stage.must(!page.url().includes("span"), "choosing a period reloaded the page");
  await page.click(".values > summary");
  stage.must((await page.locator(".values tbody tr").count()) > 80, "the table lacks quarters of an hour");
  await stage.look("charts", webhook, { prepare: (page) => page.waitForSelector("#charts .plot >> nth=2") });
}
