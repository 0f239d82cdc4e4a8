// Copies what the panel serves from the npm packages of package.json, each with its licence, and makes the sprite of
// the icons that templates and sources ask for. Run it after changing a version, or after the first use of an icon:
//
//   npm ci --prefix static/vendor && node static/vendor/update.mjs
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const packages = join(here, "node_modules");

const copies = [
  ["@fontsource-variable/inter", "inter", ["files/inter-latin-wght-normal.woff2"]],
  ["@fontsource/ibm-plex-mono", "ibm-plex-mono", ["files/ibm-plex-mono-latin-400-normal.woff2", "files/ibm-plex-mono-latin-600-normal.woff2"]],
  ["htmx.org", "htmx", ["dist/htmx.min.js"]],
  ["lucide-static", "lucide", []],
];

const rows = copies.map(([name, folder, files]) => {
  const { version, license } = JSON.parse(readFileSync(join(packages, name, "package.json")));
  mkdirSync(join(here, folder), { recursive: true });
  copyFileSync(join(packages, name, "LICENSE"), join(here, folder, "LICENSE"));
  for (const file of files) copyFileSync(join(packages, name, file), join(here, folder, file.split("/").pop()));
  return `| ${name} | ${version} | ${license ?? "0BSD"} | \`${folder}/\` |`;
});

// Every `icon("name")` of the panel.
const used = new Set();
const read = (folder) => {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) read(path);
    else for (const [, name] of readFileSync(path, "utf8").matchAll(/\bicon\(\s*"([a-z0-9-]+)"/g)) used.add(name);
  }
};
read(join(root, "templates"));
read(join(root, "src/web/panel"));
const symbols = [...used].sort().map((name) => {
  const svg = readFileSync(join(packages, "lucide-static/icons", `${name}.svg`), "utf8");
  const inside = svg.replace(/^[\s\S]*?<svg[\s\S]*?>/, "").replace("</svg>", "").replace(/\s*\n\s*/g, "").replaceAll(" />", "/>");
  return `<symbol id="${name}" viewBox="0 0 24 24">${inside}</symbol>\n`;
});
writeFileSync(join(here, "lucide/sprite.svg"), `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join("")}</svg>\n`);

writeFileSync(
  join(here, "README.md"),
  `# What others wrote

Copied from npm packages by \`update.mjs\`; each folder holds its licence. The sprite holds the icons in use only.

| package | version | licence | here |
|---|---|---|---|
${rows.join("\n")}
`,
);
