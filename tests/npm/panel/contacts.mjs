// A company's contacts: added, searched, deleted, and a spreadsheet that is looked at before it goes in.
const LIST = "/companies/company_1/contacts";
const SHEET = "phone;first_name;last_name;cpf\n(85) 90000-4900;Ana;Souza;529.982.247-25\n(11) 3333-4444;Padaria Central;;\n(21) 98877-6655;Caio;Teles;\n";

const file = (text) => ({ name: "contatos.csv", mimeType: "text/csv", buffer: Buffer.from(text) });

export default async function (stage) {
  const page = await stage.person(stage.login, stage.password);
  await page.goto("/companies/company_1");
  await Promise.all([page.waitForURL((url) => url.pathname === LIST), page.click(".tabs a:has-text('Contatos')")]);
  await stage.look("contacts-none", LIST);

  await page.goto(`${LIST}/import`);
  page.expected.add(422);
  const choose = async (page, text) => {
    await page.setInputFiles("#file", file(text));
    await Promise.all([page.waitForEvent("load"), page.click("main .btn.primary")]);
  };
  await choose(page, "phone;nome\nramal;\n85900004900;Ana\n(85) 90000-4900;\n");
  stage.must((await page.locator(".faults tbody tr").count()) === 3, `faults: ${await page.locator(".faults").innerText()}`);
  await choose(page, SHEET);
  stage.must((await page.locator("main tbody tr").count()) === 3, "not every line of the spreadsheet is shown");
  await Promise.all([page.waitForURL((url) => url.pathname === LIST), page.click("main .btn.primary")]);
  stage.must((await page.locator("main tbody tr").count()) === 3, "not every line of the spreadsheet went in");

  await page.keyboard.press("/");
  await page.keyboard.type("98877");
  await Promise.all([page.waitForURL((url) => url.searchParams.get("text") === "98877"), page.keyboard.press("Enter")]);
  stage.must((await page.locator("main tbody tr").count()) === 1, "others were found");
  await Promise.all([page.waitForURL((url) => url.pathname.startsWith(`${LIST}/contact_`)), page.click("main tbody .name")]);
  const one = new URL(page.url()).pathname;
  await page.fill("#last_name", "Teles Braga");
  await Promise.all([page.waitForURL((url) => url.pathname === LIST), page.click("main .btn.primary")]);
  await page.waitForSelector(".notice.ok");

  await stage.look("contacts", LIST);
  await stage.look("contacts-none-found", `${LIST}?text=ninguém`);
  await stage.look("contact", one);
  await stage.look("contact-new", `${LIST}/new`);
  await stage.look("contact-delete", `${one}/delete`);
  await stage.look("contacts-import", `${LIST}/import`);
  const other = `${SHEET}(31) 90000-0912;Lia;Torres;\n(85) 90000-4900;Ana Luz;;\n`.replace(/\n.*4900;Ana;.*\n/, "\n");
  await stage.look("contacts-preview", `${LIST}/import`, { prepare: (page) => choose(page, other) });
  await stage.look("contacts-faults", `${LIST}/import`, {
    prepare: (page) => {
      page.expected.add(422);
      return choose(page, "phone;nome\nramal;\n85900004900;Ana\n(85) 90000-4900;\n");
    },
  });

  await page.goto(one);
  await page.click('a[href$="/delete"]');
  await page.waitForSelector("#asks[open]");
  await Promise.all([page.waitForURL((url) => url.pathname === LIST), page.click("#asks .btn.danger")]);
  stage.must((await page.locator("main tbody tr").count()) === 2, "a contact that was deleted is there");
}
