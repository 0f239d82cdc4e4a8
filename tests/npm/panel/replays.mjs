// A period is sent again: counted, begun, watched, paused, cancelled.
export default async function (stage) {
  const page = await stage.visitor({ state: stage.state });
  await page.goto(`/companies/${stage.company}/webhooks`);
  await page.click("tbody a >> text=CRM");
  await page.click(".top a >> text=Reenviar um período");
  await page.waitForSelector("h1 >> text=Reenviar um período");
  const list = new URL(page.url()).pathname;
  const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 16);
  await page.fill("#from", day);
  await page.fill("#rate_per_second", "1");
  await page.click('[name="count"]');
  await page.waitForSelector("#counted .btn.primary");
  stage.must((await page.inputValue("#from")) === day, "what was typed is lost");
  const counted = new URL(page.url());
  await stage.look("replay-count", counted.pathname + counted.search);
  await page.click("#counted .btn.primary");
  await page.waitForSelector('[data-state="running"]');
  const one = new URL(page.url()).pathname;
  await page.waitForSelector(".while-paused:not(.while-running)", { state: "hidden" });
  // How far it is comes by itself.
  await page.waitForFunction(() => [...document.querySelectorAll(".progress dd")][1].textContent !== "0");
  await page.click(".while-running >> text=Pausar");
  await page.waitForSelector('[data-state="paused"]');
  await page.waitForSelector(".while-running:not(.while-paused)", { state: "hidden" });
  await stage.look("replay", one);
  await page.click("text=Retomar");
  await page.waitForSelector('[data-state="running"]');
  await page.click(".pauses > summary");
  await page.click(".pauses button");
  await page.waitForSelector('[data-state="cancelled"]');
  stage.must((await page.locator(".top form").count()) === 0, "a replay that has ended can be stepped");
  await stage.look("replays", list);
}
