// The search for everything: over any page by keys alone, as a page without a script, and where nothing is.
export default async function (stage) {
  const page = await stage.visitor({ state: stage.state });
  await page.goto("/account");
  await page.keyboard.press("Control+k");
  await page.waitForSelector("#palette[open] .finds a");
  await page.waitForFunction(() => document.activeElement.id === "palette-q");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#palette:not([open])", { state: "attached" });

  // Enter opens what stands first.
  await page.click(".rail .find");
  await page.waitForFunction(() => document.activeElement.id === "palette-q");
  await page.keyboard.type("telefonia");
  await page.waitForSelector("#palette .finds .label >> text=Telefonia Sul");
  await Promise.all([page.waitForURL((url) => url.pathname === "/companies/company_3"), page.keyboard.press("Enter")]);

  // The keys go down and up among what was found, and a letter goes on in the field.
  await page.keyboard.press("Control+k");
  await page.keyboard.type("faturamento");
  await page.waitForSelector("#palette .finds .label >> text=Faturamento");
  await page.keyboard.press("ArrowDown");
  await page.waitForFunction(() => document.activeElement.matches("#palette .finds a"));
  await page.keyboard.press("ArrowUp");
  await page.waitForFunction(() => document.activeElement.id === "palette-q");
  await page.keyboard.press("ArrowDown");
  await Promise.all([page.waitForURL((url) => url.pathname.endsWith("/webhooks/webhook_2")), page.keyboard.press("Enter")]);

  // A phone as it is written in the list of calls leads to the call.
  await page.goto("/companies/company_1/calls");
  const phone = (await page.textContent("#found tbody tr:first-child .name")).trim();
  await page.keyboard.press("Control+k");
  await page.keyboard.insertText(phone);
  await page.waitForFunction((phone) => document.querySelector("#palette .finds .label")?.textContent.startsWith(phone), phone);
  await Promise.all([page.waitForURL((url) => url.pathname.startsWith("/calls/call_")), page.keyboard.press("Enter")]);

  await stage.look("search", "/search?q=empresa");
  await stage.look("search-none", "/search?q=zzzz");
  const opened = async (page) => {
    await page.keyboard.press("Control+k");
    await page.keyboard.type("empresa");
    await page.waitForSelector("#palette .finds .label >> text=Minha Empresa");
  };
  await stage.look("palette", "/account", { prepare: opened });
  await stage.look("nowhere", "/nowhere/at/all", { status: 404 });
  await page.close();
}
