// Plays stories of the panel in a real browser and says what was wrong, as one line of JSON.
// usage: node panel.mjs '{"base": "http://…", "stories": ["access", …], …}'
import { Stage } from "./panel/stage.mjs";

const given = JSON.parse(process.argv[2]);
const stage = await Stage.open(given);
for (const name of given.stories) {
  try {
    const { default: story } = await import(`./panel/${name}.mjs`);
    await story(stage);
  } catch (error) {
    stage.wrong.push(`${name}: ${error.stack}`);
    break;
  }
}
await stage.close();
process.stdin.pause();
console.log(JSON.stringify({ is: "played", wrong: stage.wrong, looked: stage.looked, measured: stage.measured }));
