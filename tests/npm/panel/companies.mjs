// The companies and the webhooks of all of them: searched while somebody types, put in order, and kept by the address.
export default async function (stage) {
  const page = await stage.visitor({ state: stage.state });
  const names = (page) => page.locator("#found tbody th a").allTextContents();
  const only = (page, name) => page.waitForFunction((name) => [...document.querySelectorAll("#found tbody th a")].map((link) => link.textContent).join() === name, name);
  await page.goto("/companies");
  stage.must((await names(page))[0] === "Casa Verde Crédito", `what is refused does not stand first: ${await names(page)}`);
  await page.fill("#q", "credito");
  await only(page, "Casa Verde Crédito");
  await page.waitForURL((url) => url.searchParams.get("q") === "credito");
  await page.reload();
  await only(page, "Casa Verde Crédito");
  stage.must((await page.inputValue("#q")) === "credito", "F5 loses what was looked for");
  await page.click("#found tbody th a");
  await page.waitForURL((url) => url.pathname === "/companies/company_2");
  await page.goBack();
  await only(page, "Casa Verde Crédito");

  await page.goto("/companies?sort=name");
  stage.must((await names(page)).join() === "Casa Verde Crédito,Minha Empresa,Telefonia Sul", `they are not by name: ${await names(page)}`);
  await page.selectOption("#line", "stopped");
  await only(page, "Telefonia Sul");

  // To another company by its name, on the same page of it.
  await page.goto("/companies/company_1/calls");
  await page.click(".switch > summary");
  await page.waitForFunction(() => document.activeElement.id === "switch-q");
  await page.keyboard.type("telef");
  await page.waitForFunction(() => document.querySelectorAll("#switch-found a").length === 1);
  await Promise.all([page.waitForURL((url) => url.pathname === "/companies/company_3/calls"), page.click("#switch-found a")]);

  await page.keyboard.press("g");
  await page.keyboard.press("w");
  await page.waitForURL((url) => url.pathname === "/webhooks");
  await page.waitForSelector("#found tbody tr >> nth=1");
  stage.must((await names(page))[0] === "Faturamento", `what fails does not stand first: ${await names(page)}`);
  await page.fill("#q", "minha crm");
  await only(page, "CRM");
  const high = await page.locator("#found tbody tr").first().evaluate((row) => row.getBoundingClientRect().height);
  stage.must(high <= 42, `a webhook of which the badge says all takes ${high} px`);

  await stage.look("companies", "/companies");
  await stage.look("companies-none", "/companies?q=nenhuma");
  await stage.look("webhooks-all", "/webhooks");
  await stage.look("switch", "/companies/company_1/webhooks", { prepare: (page) => page.click(".switch > summary") });
  for (const path of ["/companies", "/webhooks", "/companies/company_1/webhooks"]) {
    await page.goto(path);
    for (const width of [480, 719, 721, 768, 901, 1024, 1240]) {
      await page.setViewportSize({ width, height: 900 });
      const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      stage.must(over <= 0, `${path} is ${over} px too wide at ${width}`);
    }
  }
  await page.close();
}
