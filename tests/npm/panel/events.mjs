// A company's events: the search, one event, the live tail.
export default async function (stage) {
  const page = await stage.person(stage.login, stage.password);
  await page.goto("/companies");
  await page.keyboard.press("g");
  await page.keyboard.press("e");
  await page.waitForURL((url) => url.pathname === "/events");
  await Promise.all([page.waitForURL((url) => url.pathname.endsWith("/events") && url.pathname !== "/events"), page.click(".choices a:has-text('Minha Empresa')")]);
  const list = new URL(page.url()).pathname;
  await page.waitForSelector("#rows tr");

  // The live tail runs, then waits and says how many wait, then shows them.
  await page.click("[data-live-start]");
  const first = await page.textContent("#rows tr:first-child .name");
  const newest = await page.getAttribute("#rows tr:first-child .name", "href");
  await page.waitForFunction((href) => document.querySelector("#rows tr:first-child .name").getAttribute("href") !== href, newest);
  await page.click("[data-live-pause]");
  const fresh = page.locator("[data-live-fresh]");
  await fresh.waitFor();
  stage.must(/^(1 novo|[\d.]+ novos)$/.test(await fresh.textContent()), `it does not say how many wait: ${await fresh.textContent()}`);
  await page.click("[data-live-start]");
  await fresh.waitFor({ state: "hidden" });
  stage.must(first.length > 0, "a row without a type");

  // `/` is in the search of the page, or leads to that of the events.
  const slash = async (path, id) => {
    if (path) await page.goto(path);
    await page.keyboard.press("/");
    await page.waitForFunction((id) => document.activeElement.id === id, id);
    await page.evaluate(() => document.activeElement.blur());
  };
  await slash(null, "text");
  await page.setViewportSize({ width: 360, height: 740 });
  await slash(list, "text");
  await page.setViewportSize({ width: 1440, height: 900 });
  await slash("/audit", "actor");
  await slash(list.replace(/\/events$/, "/webhooks"), "q");
  await page.goto("/account");
  await page.keyboard.press("/");
  await page.waitForURL((url) => url.pathname === "/events");

  await page.goto(list);
  await page.fill("#type", "call-*");
  await Promise.all([page.waitForURL((url) => url.searchParams.get("type") === "call-*"), page.click(".finder .btn.primary")]);
  const names = await page.locator("#rows .name").allTextContents();
  stage.must(names.length > 0 && names.every((name) => name.startsWith("call-")), `other types were found: ${names}`);

  await Promise.all([page.waitForURL((url) => url.pathname.startsWith("/events/evt_")), page.click("#rows tr:first-child .name")]);
  const event = new URL(page.url()).pathname;
  await page.fill("#tree-search", "id");
  await page.waitForSelector("#tree .hit");
  stage.must(/^\d+ encontrados$/.test(await page.textContent("#tree-found")), "it does not say how many were found");
  await stage.look("events-choose", "/events");
  await stage.look("events", `${list}?to=2100-01-01T00:00`);
  await stage.look("event", event);
}
