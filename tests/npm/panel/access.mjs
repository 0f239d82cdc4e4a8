// The first run, signing in and out, the frame around every page.
const LOGIN = "ana@exemplo.com";
const PASSWORD = "cavalo bateria grampo";

export default async function (stage) {
  const first = await stage.visitor();
  await first.goto("/");
  stage.must(new URL(first.url()).pathname === "/setup", `a fresh installation led to ${first.url()}`);
  await stage.look("setup", "/setup");

  first.expected.add(422);
  await first.fill("#code", "AAAA-AAAA-AAAA");
  await first.fill("#name", "Ana Souza");
  await first.fill("#login", LOGIN);
  await first.fill("#password", "curta");
  await first.click("main .btn.primary");
  await first.waitForSelector("#code-error");
  stage.must((await first.inputValue("#name")) === "Ana Souza", "the name that was typed is lost");
  await first.fill("#code", stage.code.toLowerCase());
  await first.fill("#password", "curta");
  await first.click("main .btn.primary");
  await first.waitForSelector("#password-error");
  await first.fill("#password", PASSWORD);
  await Promise.all([first.waitForURL((url) => url.pathname === "/"), first.click("main .btn.primary")]);

  // The menu of the person: by keyboard, and closed by Escape.
  await first.keyboard.press("?");
  await first.waitForSelector("#keys[open]");
  await first.keyboard.press("Escape");
  await first.click(".person > summary");
  await first.waitForSelector(".person[open] .sheet");
  await first.keyboard.press("Escape");
  stage.must((await first.locator(".person[open]").count()) === 0, "Escape leaves the menu open");
  await first.click(".person > summary");
  await Promise.all([first.waitForURL((url) => url.pathname === "/sign-in"), first.click('form[action="/sign-out"] button')]);
  await stage.look("sign-in", "/sign-in");

  first.expected.add(422);
  await first.goto("/companies?cursor=1");
  await first.fill("#login", LOGIN);
  await first.fill("#password", "errada");
  await first.press("#password", "Enter");
  await first.waitForSelector(".notice.bad");
  stage.must((await first.inputValue("#login")) === LOGIN, "the login that was typed is lost");
  stage.must((await first.inputValue("#password")) === "", "a password came back");
  await first.fill("#password", PASSWORD);
  await Promise.all([first.waitForURL((url) => url.search === "?cursor=1"), first.press("#password", "Enter")]);
  first.expected.add(404);
  const nowhere = await first.goto("/nowhere/at/all");
  stage.must(nowhere.status() === 404, `a page that is not there answered ${nowhere.status()}`);
  await first.waitForSelector("h1");

  stage.login = LOGIN;
  stage.password = PASSWORD;
  const again = await stage.person(LOGIN, PASSWORD);
  await stage.remember(again);
  await stage.look("menu", "/companies", { prepare: (page) => page.click(".person > summary") });
}
