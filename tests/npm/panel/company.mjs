// A company from its registration to its deletion, live on its page and on the first one.
export default async function (stage) {
  const page = await stage.visitor({ state: stage.state });
  page.expected.add(422);
  await page.goto("/");
  await page.click('.top a[href="/companies/new"]');
  await page.fill("#account", stage.account);
  await page.fill("#token", stage.token);
  stage.must(!(await page.isVisible("#socket_url")), "a URL is asked for beside a server of the list");
  await page.selectOption("#cluster", "other");
  await page.fill("#socket_url", stage.provider);
  await page.click(".actions .script");
  await page.waitForSelector("#trial .notice.ok");
  stage.must((await page.inputValue("#token")) === stage.token, "testing the token lost it");
  await page.click(".actions .primary");
  await page.waitForSelector("#name-error");
  stage.must(await page.evaluate(() => document.activeElement.id === "name"), "the first wrong field has no focus");
  await page.click('.places a[href="#name"]');
  stage.must(await page.evaluate(() => document.activeElement.id === "name"), "the way to a wrong field ends beside it");
  stage.must((await page.inputValue("#socket_url")) === stage.provider, "a refused form lost the URL");
  stage.must((await page.inputValue("#token")) === "", "a token came back");
  await page.fill("#name", "Clínica Boa Vista");
  stage.must((await page.locator("#name-error, #name[aria-invalid]").count()) === 0, "a field that was changed is still marked");
  await page.fill("#token", stage.token);
  await Promise.all([page.waitForURL((url) => /company_\d+$/.test(url.pathname)), page.click(".actions .primary")]);

  // The line comes up by itself, without a reload.
  await page.evaluate(() => (window.stayed = true));
  await page.waitForSelector("[data-part] .status.ok");
  stage.must(await page.evaluate(() => window.stayed), "the page was loaded again");
  const path = new URL(page.url()).pathname;
  // It is asked about: what comes meanwhile is lost.
  await page.click('a[href$="/disconnect"]');
  await page.waitForSelector("#asks[open]");
  stage.must((await page.innerText("#asks")).includes("pause os webhooks"), "the milder act is not offered");
  await page.click("#asks [data-closes]");
  stage.must((await page.locator("[data-part] .flow .src .status.ok").count()) === 1, "it was disconnected without being asked for");
  await page.click('a[href$="/disconnect"]');
  await page.waitForSelector("#asks[open]");
  await Promise.all([page.waitForLoadState("load"), page.click("#asks .danger")]);
  await page.waitForSelector("[data-part] .status.off");
  await page.click(`form[action$="/connect"] button`);
  await page.waitForSelector("[data-part] .status.ok");
  await stage.look("company", path);
  await stage.look("home", "/");
  await stage.look("company-new", "/companies/new");

  await page.goto(`${path}/settings`);
  await page.click('a[href$="/delete"]');
  await page.waitForSelector("#asks[open]");
  await page.fill("#confirm-name", "Clínica Boa Vista");
  await Promise.all([page.waitForURL((url) => url.pathname === "/companies"), page.click("#asks .danger")]);
}
