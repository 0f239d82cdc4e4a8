// The documented troubleshooting of a company whose token is refused.
export default async function (stage) {
  await stage.look("diagnosis", "/companies/company_2/diagnosis", {
    prepare: async (page) => {
      await page.click("main .btn.primary");
      await page.waitForSelector(".checks .bad");
    },
  });
}
