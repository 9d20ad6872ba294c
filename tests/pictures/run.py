"""Draw real job summaries as GitHub shows them, for the documentation: `python3 tests/pictures/run.py`, by hand.

It needs Chromium on the PATH. The sample SDKs are released to throw-away registries, once more with another file, and a
train runs in a repository in memory; what their reports say is drawn into docs/images.
"""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
sys.path[:0] = [str(TOP / "scripts"), str(TOP)]
sys.dont_write_bytecode = True

from release_actions.adapters import environments

WIDTH, SCALE = 1012, 1.15
FILES = ("package.json", "package-lock.json")
PAGE = """<!doctype html><html><head><meta charset="utf-8">
<link rel="stylesheet" href="{modules}/github-markdown-css/github-markdown-light.css">
<script src="{modules}/marked/lib/marked.umd.js"></script><script src="{modules}/mermaid/dist/mermaid.min.js"></script>
<style>body {{ margin: 0; padding: 20px 28px; }} .markdown-body {{ font-family: "Liberation Sans", sans-serif; }}</style></head>
<body class="markdown-body"><main id="main"></main><script id="words" type="application/json">{words}</script><script>
const main = document.getElementById("main");
main.innerHTML = marked.parse(JSON.parse(document.getElementById("words").textContent));
for (const code of main.querySelectorAll("code.language-mermaid")) {{
  const drawn = document.createElement("div");
  drawn.className = "mermaid"; drawn.textContent = code.textContent; code.parentElement.replaceWith(drawn);
}}
mermaid.initialize({{startOnLoad: false, theme: "default"}});
mermaid.run().then(() => {{ document.body.dataset.height = Math.ceil(main.getBoundingClientRect().bottom) + 20; }});
</script></body></html>"""


def installed() -> Path:
    """The folder with what draws, fetched from npm on first use."""
    home = environments.cache_folder() / "pictures"

    def install(folder: Path) -> None:
        for name in FILES:
            shutil.copyfile(HERE / name, folder / name)
        options = ["--ignore-scripts", "--no-audit", "--no-fund", "--omit-lockfile-registry-resolved", "--loglevel=error"]
        subprocess.run(["npm", "ci", *options], cwd=folder, check=True, timeout=600)

    if not home.is_dir():
        environments.place_whole(home, install)
    return home / "node_modules"


def draw(words: str, picture: Path, modules: Path) -> None:
    """Draw Markdown into a PNG as high as it needs."""
    with tempfile.TemporaryDirectory() as aside:
        page = Path(aside, "page.html")
        text = json.dumps(words).replace("<", "\\u003c")
        page.write_text(PAGE.format(modules=modules.as_uri(), words=text), encoding="utf-8")
        dom = browser(page, "--dump-dom")
        height = re.search(r'data-height="(\d+)"', dom)
        if height is None:
            sys.exit(f"{picture.name} was not drawn:\n{html.unescape(dom)[-2000:]}")
        browser(page, f"--screenshot={picture}", f"--window-size={WIDTH},{height[1]}", f"--force-device-scale-factor={SCALE}")
    print(f"{picture.relative_to(TOP)}: {picture.stat().st_size / 1000:.0f} kB")


def browser(page: Path, *options: str) -> str:
    """What Chromium says when it has shown the page."""
    fixed = ["--headless", "--no-sandbox", "--hide-scrollbars", "--allow-file-access-from-files", "--virtual-time-budget=20000"]
    size = [] if any(option.startswith("--window-size") for option in options) else [f"--window-size={WIDTH},800"]
    command = ["chromium", *fixed, *size, *options, page.as_uri()]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def released() -> Iterator[tuple[str, str]]:
    """The summaries of a release of the sample SDKs, and of one that finds other content under its version."""
    from rehearsal import steps
    from release_actions.commands import publish
    from release_actions.domain.package import Ecosystem

    with steps.copy(steps.SAMPLE, "", ()) as copied, tempfile.TemporaryDirectory() as aside:
        env = steps.provide(tuple(Ecosystem), print)
        with steps.registries(tuple(Ecosystem), copied, None, env, print) as made:
            decision = steps.judge(copied)
            steps.pack(copied, decision, tuple(Ecosystem), Path(aside, "first"), print)
            yield "published", summary(publish.outcome(steps.publish_to(made, copied, Path(aside, "first"), print)))
            copied.origin.clone.joinpath("sdks/typescript/client/README.md").write_text("Other words.\n", encoding="utf-8")
            copied.origin.git("commit", "--quiet", "--all", "--message", "Other words")
            steps.pack(copied, decision, tuple(Ecosystem), Path(aside, "second"), print)
            yield "refused", summary(publish.outcome(steps.publish_to(made, copied, Path(aside, "second"), print)))


def train() -> str:
    """The summary of a release train under way: two candidates, of which the last one soaks."""
    from tests.trains import Yard

    from release_actions.commands.candidate import Options, Workflows
    from release_actions.domain.train import Rules

    yard = Yard(options=Options(now=0, rules=Rules(checks=("all",)), blocker="release-blocker", workflows=Workflows("release.yml")))
    yard.pass_days(1)
    yard.commit("develop", "feat: rain")
    yard.run()
    yard.pass_days(3)
    yard.commit("release-1.5.0", "fix: less rain")
    return summary(yard.run())


def summary(outcome: object) -> str:
    """What the runner writes into the job's summary."""
    from release_actions import runner

    with tempfile.TemporaryDirectory() as aside:
        os.environ["GITHUB_STEP_SUMMARY"] = str(Path(aside, "summary.md"))
        runner._summarise(outcome)  # type: ignore[arg-type]
        return Path(os.environ.pop("GITHUB_STEP_SUMMARY")).read_text(encoding="utf-8")


def main() -> None:
    """Draw all pictures."""
    images, modules = TOP / "docs" / "images", installed()
    images.mkdir(exist_ok=True)
    for name, words in (("train", train()), *released()):
        print(words)
        draw(words, images / f"{name}.png", modules)


if __name__ == "__main__":
    main()
