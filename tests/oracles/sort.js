const lines = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
console.log(lines.sort(semver.compare).join("\n"));
