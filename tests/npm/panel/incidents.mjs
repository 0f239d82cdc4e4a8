// Incidentes: what is lost stands before what waits, one is taken, noted, silenced and heard again, and every page counts them.
export default async function (stage) {
  const page = await stage.person(stage.login, stage.password);
  const counted = () => page.textContent("#incident-count [aria-hidden]");
  await page.goto("/incidents");
  await page.waitForSelector(".incidents h3");
  const groups = await page.locator(".incidents h3").allTextContents();
  stage.must(groups[0] === "Perdendo agora", `what is lost does not stand first: ${groups}`);
  const titles = await page.locator(".incidents h4").allTextContents();
  stage.must(titles.length === Number(await counted()), `${titles.length} are listed, ${await counted()} counted`);
  stage.must((await page.title()).startsWith(`(${titles.length}) `), `the tab says ${await page.title()}`);
  await stage.look("incidents", "/incidents");

  // From the list to one; a person takes it, says what they know, and wants to hear no more of it.
  const last = page.locator(".incidents article").last();
  const path = await last.getAttribute("data-key");
  await last.locator("button:has-text('Reconhecer')").click();
  await page.waitForSelector(`article[data-key="${path}"] .took`);
  await Promise.all([page.waitForURL((url) => url.pathname === path), page.click(`article[data-key="${path}"] h4 a`)]);
  await page.fill("#note", "Liguei para o fornecedor.");
  await page.press("#note", "Enter");
  await page.waitForSelector(".tl >> text=Liguei para o fornecedor.");
  await page.click(".menu > summary:has-text('Silenciar')");
  await page.click(".menu[open] button[value='']");
  await page.waitForSelector(".say >> text=Silenciado até resolver");
  stage.must(Number(await counted()) === titles.length - 1, "what is silenced is still counted");
  await stage.look("incident", path);
  await page.click("button:has-text('Reativar')");
  await page.waitForFunction((n) => document.querySelector("#incident-count [aria-hidden]").textContent === n, String(titles.length));
  await stage.look("incidents-closed", "/incidents?state=closed");
  await page.close();
}
