"""No file tells of one machine, of a download host outside the list, or of unfinished work.

usage: check_words.py [ROOT]
"""

import pathlib
import re
import sys

import house

# Data that tests and fuzzers feed to parsers may hold anything.
DATA = ("fuzz/corpus/", "tests/data/")

# Where a link may lead: papers, specifications, sources and licences.
HOSTS = {
    "aclanthology.org", "arxiv.org", "doi.org", "en.wikipedia.org", "example.com", "example.org",
    "git-lfs", "git-lfs.github.com",
    "github.com", "huggingface.co", "json-schema.org", "jinja.palletsprojects.com",
    "jmlr.org", "keepachangelog.com", "openreview.net", "semver.org", "unicode.org",
    "wordnet.princeton.edu", "www.apache.org", "www.rfc-editor.org", "www.unicode.org",
    "www.w3.org", "yaml.org",
}
LINK = re.compile(r"https?://([\w.-]+)")

RULES = (
    (re.compile(r"(?<![\w.~*}-])/(?:home|root|mnt|srv|work|opt|Users)/\w"),
     "a path of one machine"),
    (re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b"), "a mark of unfinished work"),
    (re.compile(r"\b[Ii]n (?:this|our|(?:the|a) (?:last|previous|next|later)|another) session\b"),
     "talk of how the work was done"),
    (re.compile(r"\bAI (?:assistant|model wrote)|\b[Cc]o-?author(?:ed)?-by\b"),
     "talk of how the work was done"),
)
# The rules themselves, and the tests that show that they bite.
OWN = {"tools/check_words.py", "tests/tools/test_checks.py"}


def line_problems(line):
    for rule, what in RULES:
        found = rule.search(line)
        if found:
            yield f'"{found[0]}" is {what}'
    for host in LINK.findall(line):
        if host.lower().rstrip(".") not in HOSTS:
            yield f'"{host}" is not one of the hosts that tools/check_words.py lists'


def problems(root):
    for path in house.files(root):
        if str(path) in OWN or str(path).startswith(DATA):
            continue
        try:
            text = (root / path).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            for problem in line_problems(line):
                yield f"{path}:{number}: {problem}"


if __name__ == "__main__":
    TOP = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else house.ROOT
    sys.exit(house.report("words", list(problems(TOP))))
