// A company's webhooks: one that delivers, one whose endpoint does not answer.
export default async function (stage) {
  const list = `/companies/${stage.company}/webhooks`;
  await stage.look("webhooks", list);
  const page = await stage.visitor({ state: stage.state });
  await page.goto(list);
  await page.click("tbody a >> text=Faturamento");
  await page.waitForSelector(".says.bad, .says.warn");
  await page.click(".says a.btn");
  await page.waitForURL((url) => url.search === "?outcome=failed");
  await page.waitForSelector("#attempts .status.bad");

  await page.goto(list);
  await page.click("tbody a >> text=CRM");
  await page.waitForSelector("#attempts .status.ok");
  const webhook = new URL(page.url()).pathname;
  await stage.look("webhook", webhook);
  await page.goto(webhook);
  // One of the list is shown beside it, and stays so when the list goes on.
  await page.click("#attempts tbody tr:nth-child(2) a");
  await page.waitForURL((url) => url.searchParams.has("shown"));
  const chosen = new URL(page.url()).searchParams.get("shown").split(" ")[0];
  stage.must((await page.textContent("#exchange")).includes(chosen), "what was chosen is not shown");
  await page.click("#exchange a.btn");
  await page.waitForSelector("pre.code");
  await stage.look("delivery", new URL(page.url()).pathname);

  await page.goto(webhook);
  await page.click(".pauses > summary");
  await page.fill("#reason", "manutenção do CRM");
  await page.click(".pauses button");
  await page.waitForSelector(".says.off >> text=manutenção do CRM");
  await page.click(".says button");
  await page.waitForSelector("#said .notice.ok");
  await page.click("text=Enviar teste");
  stage.must((await page.inputValue("#event")) !== "", "no type is proposed for the test");
  stage.must((await page.locator("#event-list option").count()) > 20, "the types are not offered");
  await page.click("main form .btn.primary");
  await page.waitForSelector(".notice.ok");

  await page.goto(`${list}/new`);
  await page.fill("#name", "Relatórios");
  await page.fill("#url", `${stage.base}/eventos`);
  await page.fill("[data-filters]", "agent-is-idle");
  await page.check('#types .members label:not([hidden]) input >> nth=0');
  stage.must(/^1 /.test(await page.textContent("#types details:not([hidden]) [data-counts]")), "what is ticked is not counted");
  await page.click('[name="sample"]');
  await page.click("#sample .pick >> nth=1");
  const rule = async (name) => page.inputValue(`#rules .rule >> nth=0 >> [name="${name}"]`);
  stage.must((await rule("rule_path")) !== "" && (await rule("rule_value")) !== "", "the click made no rule");
  stage.must((await rule("rule_event")) === (await page.inputValue("#sample_type")), "the rule is of another type");
  await page.focus("#name");
  for (const field of ["rule_event", "rule_path", "rule_value"]) await page.fill(`#rules .rule >> nth=0 >> [name="${field}"]`, "");
  await page.click('[name="preview"]');
  await page.waitForSelector("#preview pre");
  stage.must(page.url().endsWith("#preview"), "the answer is not at the preview");
  stage.must(await page.isChecked('#types input[value="agent-is-idle"]'), "the type that was ticked is lost");
  await page.click(".actions .btn.primary");
  await page.waitForSelector("#secret");
  // Whether anybody answers at the URL is said once it is saved, without being waited for.
  await page.click(".actions .btn.primary");
  await page.waitForSelector("#reach.ok >> text=O endereço responde");
  const reports = new URL(page.url()).pathname;
  await page.goto(`${reports}/edit`);
  await page.fill("#url", "http://127.0.0.1:9/eventos");
  await page.click(".actions .btn.primary");
  await page.waitForSelector("#reach.bad >> text=Ninguém atende em 127.0.0.1:9");
  await page.click("#reach >> text=Enviar teste");
  await page.waitForSelector("#event");
  const example = async (page) => {
    await page.click('[name="sample"]');
    await page.click("#sample .pick >> nth=0");
  };
  await stage.look("webhook-form", `${webhook}/edit`, { prepare: example });
  await stage.look("webhook-verify", `${webhook}/verify`);
  await stage.look("held", `${webhook}/held`);
}
