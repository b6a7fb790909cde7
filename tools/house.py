"""What the checks share: the repository's files, the rooms' floors and how problems are told."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent

# A room may include rooms on lower floors only; those of floor 1 serve everyone.
FLOORS = {
    "base": 1, "metric": 1,
    "data": 2, "tokenize": 2, "monitor": 2, "hpo": 2, "store": 2,
    "batch": 3,
    "tensor": 4,
    "nn": 5, "objective": 5, "optim": 5,
    "model": 6,
    "adapt": 7, "generate": 7,
    "train": 8, "evaluate": 8, "serve": 8, "release": 8,
    "recipe": 9, "audit": 9,
    "app": 10,
}


def files(root, *suffixes):
    """Relative paths of the files that git knows or would add, with one of these suffixes."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root,
                            check=True, capture_output=True, text=True).stdout.split("\0")
    paths = [pathlib.PurePosixPath(name) for name in sorted(set(listed)) if name]
    return [path for path in paths
            if (not suffixes or path.suffix in suffixes) and (root / path).is_file()]


def report(check, problems):
    """Prints the problems, one a line, and returns the exit code."""
    for problem in problems:
        print(problem)
    if problems:
        print(f"{check}: {len(problems)} problems", file=sys.stderr)
    return 1 if problems else 0
