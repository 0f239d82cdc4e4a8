// Alertas: the services to choose from, a contact that is added and tried, its last result in the list.
const LIST = "/alerts";
const NEW = "/alerts/contacts/new";

export default async function (stage) {
  const page = await stage.person(stage.login, stage.password);
  await page.goto("/");
  await Promise.all([page.waitForURL((url) => url.pathname === LIST), page.click('.rail a[href="/alerts"]')]);
  await stage.look("alerts-none", LIST);
  await Promise.all([page.waitForURL((url) => url.pathname === NEW), page.click(`main a[href="${NEW}"]`)]);
  await stage.look("alerts-kinds", NEW);
  await Promise.all([page.waitForURL((url) => url.searchParams.get("kind") === "slack"), page.click("main a:has-text('Slack')")]);
  await page.fill("#name", "#telefonia");
  await page.fill("#address", "http://127.0.0.1:9/services/T/B/segredo-de-vinte");
  await Promise.all([page.waitForURL((url) => url.pathname === LIST), page.click("main .btn.primary")]);
  await Promise.all([page.waitForURL((url) => url.pathname.endsWith("/test")), page.click("main tbody button")]);
  await page.waitForSelector(".notice.bad");
  stage.must(!(await page.content()).includes("segredo-de-vinte"), "the address is in the page");
  const tried = new URL(page.url()).pathname;
  await page.goto(LIST);
  stage.must((await page.locator("main tbody .status.bad").count()) === 1, "the list does not say that it did not arrive");
  await stage.look("alerts", LIST);
  await stage.look("alerts-test", tried);
  await stage.look("alerts-rule", "/alerts/rules/new");
  for (const kind of ["email", "telegram", "webhook"]) await stage.look(`alerts-new-${kind}`, `${NEW}?kind=${kind}`);
  await stage.look("alerts-contact", tried.replace("/test", ""));
}
