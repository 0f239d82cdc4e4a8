// The person's own account, the users, the API keys and the audit log.
export default async function (stage) {
  const owner = await stage.person(stage.login, stage.password);
  await owner.goto("/users/new");
  await owner.fill("#name", "Bia Lima");
  await owner.fill("#login", "bia@exemplo.com");
  await owner.check('[name="scope"][value="some"]');
  await owner.check('[name="companies"] >> nth=0');
  await owner.click("main .btn.primary");
  const password = await owner.innerText("#secret");

  // Whoever got a temporary password chooses their own first.
  const bia = await stage.person("bia@exemplo.com", password);
  stage.must(new URL(bia.url()).pathname === "/account/password", `a temporary password led to ${bia.url()}`);
  const state = await bia.context().storageState();
  await stage.look("account-password", "/account/password", { state });
  await bia.fill("#current", password);
  await bia.fill("#new", "girafa telhado moeda");
  await bia.fill("#again", "girafa telhado moeda");
  await Promise.all([bia.waitForURL((url) => url.pathname === "/"), bia.click("main .btn.primary")]);
  await bia.waitForSelector(".notice.ok");
  await bia.goto("/companies");
  stage.must((await bia.locator("#found tbody tr").count()) === 1, "a user sees companies of others");

  await owner.goto("/api-keys/new");
  await owner.fill("#name", "CRM");
  await owner.fill("#expires_at", "2099-12-31");
  await owner.click("main .btn.primary");
  const key = await owner.innerText("#secret");
  await owner.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await owner.click("[data-copies]");
  await owner.waitForSelector(".copied");
  stage.must((await owner.evaluate(() => navigator.clipboard.readText())) === key, "the copied key is another");

  await stage.look("account", "/account");
  await stage.look("users", "/users");
  await stage.look("user", "/users/user_2");
  await stage.look("user-delete", "/users/user_2/delete");
  await stage.look("api-keys", "/api-keys");
  await stage.look("api-key", "/api-keys/new");
  await stage.look("system", "/account/system");
  await stage.look("audit", "/audit", { prepare: (page) => page.click(".changes summary >> nth=0") });

  await owner.goto("/api-keys");
  await owner.click('tr:has-text("CRM") a.btn');
  await Promise.all([owner.waitForURL((url) => url.pathname === "/api-keys"), owner.click(".btn.danger")]);
  stage.must((await owner.locator('tr:has-text("CRM") a.btn').count()) === 0, "a revoked key can be revoked");
  await owner.goto("/users");
  await owner.click('a:has-text("Bia Lima")');
  await owner.click('a[href$="/delete"]');
  await owner.fill("#confirm-name", "Bia Lima");
  await Promise.all([owner.waitForURL((url) => url.pathname === "/users"), owner.click(".btn.danger")]);
  await owner.waitForSelector(".notice.ok");
}
