"""Every relative link of a Markdown file leads to a file, and its #part to a heading.

usage: check_links.py [ROOT]
"""

import pathlib
import re
import sys
import urllib.parse

import house

LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^)\s>]+)>?[^)]*\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.MULTILINE)
CODE = re.compile(r"^(```|~~~).*?^\1|`[^`\n]*`", re.MULTILINE | re.DOTALL)


def anchors(text):
    """The names that a page's headings go by: lower case, spaces to dashes, no punctuation."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in plain}


def link_problem(root, path, link):
    target, _, part = urllib.parse.unquote(link).partition("#")
    found = (root / path).parent / target if target else root / path
    if not found.exists():
        return f"{path}: the link {link} leads nowhere"
    if part and found.suffix == ".md" and part not in anchors(found.read_text(encoding="utf-8")):
        return f"{path}: the link {link} names a heading that is not there"
    return None


def problems(root):
    for path in house.files(root, ".md"):
        text = CODE.sub("", (root / path).read_text(encoding="utf-8"))
        for link in LINK.findall(text):
            if re.match(r"[a-z]+:", link):
                continue
            problem = link_problem(root, path, link)
            if problem:
                yield problem


if __name__ == "__main__":
    TOP = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else house.ROOT
    sys.exit(house.report("links", list(problems(TOP))))
