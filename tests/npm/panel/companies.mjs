// The companies and the states of their lines.
export default async function (stage) {
  await stage.look("companies", "/companies");
}
