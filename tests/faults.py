"""Makes faults again and again, counts what they cost, and puts the figures into docs/faults.md.

    python3 tests/faults.py                every story, as often as it is meant (about three hours)
    python3 tests/faults.py --times 30     each fault that often at most, which is never less than `make test` does
    python3 tests/faults.py --from FOLDER  what was counted before, in this folder: the newest line of each story
    python3 tests/faults.py --check        nothing is run: whether the page says what docs/faults.json says

The stories are tests (tests/suite/faults, tests/suite/crash). They run one after another; nothing else should run meanwhile.
"""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).parent.parent
KEPT, PAGE = ROOT / "docs/faults.json", ROOT / "docs/faults.md"
BEGIN, END = "<!-- counted: from docs/faults.json, by tests/faults.py -->\n", "<!-- counted: end -->\n"
STORIES = ["faults::", "crash::after_a_crash"]


def said(*command):
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.strip()


def machine():
    info = pathlib.Path("/proc/cpuinfo").read_text()
    model = next((line.split(":")[1].strip() for line in info.splitlines() if line.startswith("model name")), "unknown")
    memory = int(pathlib.Path("/proc/meminfo").read_text().split()[1]) / (1 << 20)
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, Linux {os.uname().release}"


def binary():
    """The tests, built."""
    built = said("cargo", "test", "--locked", "--test", "suite", "--no-run", "--message-format", "json")
    messages = (json.loads(line) for line in built.splitlines() if line.startswith("{"))
    return next(m["executable"] for m in messages if m.get("executable") and m["target"]["name"] == "suite")


def run(times, folder):
    """Runs every story; whether all ended well."""
    environment = dict(os.environ, RAMAL_FAULTS=times, RAMAL_FAULTS_OUT=str(folder), CARGO_MANIFEST_DIR=str(ROOT))
    program = [binary(), *STORIES, "--test-threads", "1", "--nocapture"]
    return subprocess.run(program, cwd=ROOT, env=environment).returncode == 0


def told(folder):
    """The newest line of each story, in the order of the first."""
    stories = {}
    for line in (folder / "stories.jsonl").read_text().splitlines():
        story = json.loads(line)
        stories[story["fault"]] = story
    return list(stories.values())


def row(story, columns):
    cells = [f"{story[column]:,}" if isinstance(story[column], int) else story[column] for column in columns]
    return "| " + " | ".join(cells) + " |\n"


def table(stories, columns):
    names = {"times": "times", "accepted": "events accepted", "made": "how it is made", "note": "noted"}
    head = "| " + " | ".join(names.get(column, column) for column in columns) + " |\n"
    rule = "|" + "|".join("---:" if isinstance(stories[0][column], int) else "---" for column in columns) + "|\n"
    return head + rule + "".join(row(story, columns) for story in stories)


def rendered(kept):
    stories, counts = kept["stories"], ["accepted", "lost", "repeated", "overtaken"]
    alike = {}
    for story in stories:
        alike.setdefault((story["promised"], story["made"]), []).append(story)
    single = [story for group in alike.values() if len(group) < 3 for story in group]
    events = sum(story["accepted"] for story in stories)
    text = (
        f"{kept['command']}, {kept['date']}, commit `{kept['commit']}`, a debug build: {kept['machine']}. {kept['form']} "
        f"In all {len(stories)} stories and {events:,} events.\n\n"
    )
    text += table(single, ["fault", "promised", "made", "times", *counts, "note"])
    for (promised, made), group in alike.items():
        if len(group) >= 3:
            text += f"\nPromised of each of these: {promised}. How it is made: {made}.\n\n"
            text += table(group, ["fault", *counts, "note"])
    return text


def parts():
    before, rest = PAGE.read_text().split(BEGIN)
    counted, after = rest.split(END)
    return before, counted, after


def write(stories, command, times):
    form = "The long form." if times == "long" else (
        "**Not the long form**: each fault was made as often as its row says. What the long form counts comes with "
        "`make faults`."
    )
    kept = {
        "command": command,
        "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d"),
        "commit": said("git", "rev-parse", "--short", "HEAD"),
        "machine": machine(),
        "form": form,
        "stories": stories,
    }
    KEPT.write_text(json.dumps(kept, indent=2, ensure_ascii=False) + "\n")
    before, _, after = parts()
    PAGE.write_text(before + BEGIN + rendered(kept) + END + after)


def main():
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--times", default="long")
    asked.add_argument("--from", dest="folder", type=pathlib.Path)
    asked.add_argument("--told", help="how it was counted, when that was in parts (with --from)")
    asked.add_argument("--check", action="store_true")
    asked = asked.parse_args()
    if asked.check:
        if parts()[1] != rendered(json.loads(KEPT.read_text())):
            sys.exit("docs/faults.md does not say what docs/faults.json says: python3 tests/faults.py")
        return
    command = "`make faults`" if asked.times == "long" else f"`python3 tests/faults.py --times {asked.times}`"
    if asked.folder:
        return write(told(asked.folder), asked.told or command, asked.times)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="ramal-faults-"))
    well = run(asked.times, folder)
    if not well:
        sys.exit(f"a story did not end well; nothing was written. The others' figures: {folder}")
    write(told(folder), command, asked.times)


main()
