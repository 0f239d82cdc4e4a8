// A live page outlives the server's restart and its death, a network that goes silent, a page that is frozen and a machine
// that slept: it says so, comes back without a reload, and shows what is so then. The test that plays this story does
// things to the program when it is asked; a company that it makes meanwhile is what is new.
// A company stands in a row where something is to be said of it, else in a cell.
const COMPANIES = "main :is(tbody, .cells)";
const TOLD = "#offline:not([hidden])";

export default async function (stage) {
  const page = await stage.person(stage.login, stage.password);
  page.outage = true;
  await page.goto("/");
  await page.waitForSelector(`${COMPANIES} a`);
  await page.evaluate(() => (globalThis.mark = "not loaded again"));
  await page.focus(`${COMPANIES} a`);
  const comesBack = async (name) => {
    await page.waitForSelector(`${COMPANIES} >> text=${name}`);
    await page.waitForSelector(TOLD, { state: "hidden" });
    stage.must((await page.evaluate(() => globalThis.mark)) === "not loaded again", `${name}: the page was loaded again`);
    stage.must(await page.evaluate(() => document.activeElement.matches("main :is(tbody, .cells) a")), `${name}: the focus was lost`);
  };

  for (const [end, name] of [["stop", "Depois da parada"], ["kill", "Depois da queda"]]) {
    await stage.ask(end);
    const told = await page.waitForSelector(TOLD);
    stage.must(/Sem contato .* é de \d\d:\d\d:\d\d\./.test(await told.innerText()), `${end}: ${await told.innerText()}`);
    await stage.ask(`start ${name}`);
    await comesBack(name);
  }

  // Nothing passes any more, and nobody is told.
  await stage.ask("stall");
  await page.waitForSelector(TOLD);
  await stage.ask("make Depois do silêncio");
  stage.must((await page.locator(`${COMPANIES} >> text=Depois do silêncio`).count()) === 0, "the silence was none");
  await stage.ask("heal");
  await comesBack("Depois do silêncio");

  // The clock says that the machine slept: what came last is not shown as new, although nothing has failed yet.
  await stage.ask("stall");
  await page.evaluate(() => {
    const now = Date.now;
    Date.now = () => now() + 3_600_000;
  });
  const told = await page.waitForSelector(TOLD);
  stage.must((await told.innerText()).startsWith("Reconectando"), `asleep: ${await told.innerText()}`);
  await stage.ask("make Depois do sono");
  await stage.ask("heal");
  await comesBack("Depois do sono");

  const browser = await page.context().newCDPSession(page);
  await browser.send("Page.setWebLifecycleState", { state: "frozen" });
  await stage.ask("make Depois do gelo");
  await browser.send("Page.setWebLifecycleState", { state: "active" });
  await comesBack("Depois do gelo");

  await page.context().setOffline(true);
  await page.waitForSelector(TOLD);
  await stage.ask("make Depois do cabo");
  await page.context().setOffline(false);
  await comesBack("Depois do cabo");
}
