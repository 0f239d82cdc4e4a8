"""What neither the program nor a test or benchmark uses.

The compiler warns of what nobody calls, but for what is public: somebody else might. Here library and command line are one
crate with its own tests (`src/whole.rs`), so it names everything; what the other tests and the benchmarks name is taken out.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).parent.parent
CHECK = ["cargo", "check", "--locked", "--features", "whole", "--bin", "whole", "--profile", "test", "--message-format", "json"]


def unused():
    """(file, line) -> the name there, and how often it is named: a read of the store has two sides."""
    checked = subprocess.run(CHECK, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    found, times = {}, collections.Counter()
    for line in checked.stdout.splitlines():
        message = json.loads(line).get("message")
        code = ((message or {}).get("code") or {}).get("code")
        if message and message["level"] == "error" and code is None and message["spans"]:
            sys.exit(message["rendered"])
        if code not in ("dead_code", "unused_imports"):
            continue
        for span in message["spans"]:
            if span["is_primary"]:
                text = span["text"][0]
                place = (span["file_name"], span["line_start"], text["text"][text["highlight_start"] - 1 : text["highlight_end"] - 1])
                found[place] = message["message"]
                times[place] += 1
    if checked.returncode:
        sys.exit("src/whole.rs does not compile: does it name every room of src/lib.rs?")
    return {place: (message, times[place]) for place, message in found.items()}


def main():
    others = "\n".join(path.read_text() for folder in ("tests", "benches") for path in (ROOT / folder).rglob("*.rs"))
    named = set(re.findall(r"\w+", others))
    wrong = []
    for (file, line, text), (message, times) in sorted(unused().items()):
        name = re.findall(r"\w+", text)[-1]
        two_sided = file.startswith("src/store/") and not re.search(r"\bfn\b|\buse\b|:$", (ROOT / file).read_text().splitlines()[line - 1])
        if name not in named and not (two_sided and times == 1):
            wrong.append(f"{file}:{line}: {name}: {message}")
    print("\n".join(wrong) or "everything is used")
    sys.exit(bool(wrong))


main()
