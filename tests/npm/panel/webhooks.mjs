// A company's webhooks: one that delivers, one whose endpoint does not answer.
export default async function (stage) {
  const list = `/companies/${stage.company}/webhooks`;
  await stage.look("webhooks", list);
  const page = await stage.visitor({ state: stage.state });
  await page.goto(list);
  await page.click("tbody a >> text=Faturamento");
  await page.waitForSelector(".says.bad, .says.warn");
  await page.click(".says a.btn");
  await page.waitForURL((url) => url.search === "?outcome=failed");
  await page.waitForSelector("#attempts .status.bad");

  await page.goto(list);
  await page.click("tbody a >> text=CRM");
  await page.waitForSelector("#attempts .status.ok");
  const webhook = new URL(page.url()).pathname;
  await stage.look("webhook", webhook);
  await page.goto(webhook);
  await page.click("#attempts tbody a");
  await page.waitForSelector("pre.code");
  await stage.look("delivery", new URL(page.url()).pathname);

  await page.goto(webhook);
  await page.click(".pauses > summary");
  await page.fill("#reason", "manutenção do CRM");
  await page.click(".pauses button");
  await page.waitForSelector(".says.off >> text=manutenção do CRM");
  await page.click(".says button");
  await page.waitForSelector("#said .notice.ok");
  await stage.look("held", `${webhook}/held`);
}
