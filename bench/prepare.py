"""Times `fettle prepare` beside datasketch and pandas on the same rows, turn by turn.

usage: prepare.py [--fettle build/release/fettle] [--rows 500000] [--turns 3] [--folder FOLDER]
                  [--only fettle|peer]

Both read the rows, drop short ones, mask e-mail addresses, drop exact duplicates and near ones
(MinHash, 128 permutations, Jaccard 0.8 of word 5-grams) and split 5% off. Prints seconds and the
largest resident memory of each turn, and at the end the medians and their ratio. The peer is a
Python program of its own process: datasketch's MinHash (bulk) and MinHashLSH, pandas for the rest.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import sys
import tempfile

import synthetic_rows
from harness.measured import measured

RECIPE = """\
sources:
  - {{path: {rows}, licence: CC0-1.0, origin: synthetic}}
stages:
  - length: {{min_words: 20}}
  - personal_data: {{kinds: [EMAIL_ADDRESS]}}
  - exact_duplicates
  - near_duplicates: {{threshold: 0.8, shingle_size: 5, permutations: 128}}
split: {{parts: [train, validation=0.05]}}
output: {{output_dir: {output}, max_memory_gb: 1, explain_changes: false}}
"""


def peer(rows, output):
    """The same work with pandas and datasketch, in this process."""
    import numpy
    import pandas
    from datasketch import MinHash, MinHashLSH

    frame = pandas.read_json(rows, lines=True, dtype=False)
    text = frame["instruction"] + "\n" + frame["output"]
    frame = frame[text.str.split().str.len() >= 20].reset_index(drop=True)
    email = re.compile(r"[\w.+-]+@[\w-]+\.[\w.]*\w")
    for column in ("instruction", "input", "output"):
        frame[column] = frame[column].str.replace(email, "[EMAIL]", regex=True)
    text = (frame["instruction"] + "\n" + frame["output"]).str.lower()
    keep = ~text.duplicated()
    frame, text = frame[keep].reset_index(drop=True), text[keep].reset_index(drop=True)

    def shingles(words):
        words = words.split()
        return {" ".join(words[i:i + 5]).encode() for i in range(max(1, len(words) - 4))}

    lsh = MinHashLSH(threshold=0.8, num_perm=128)
    sets = {}
    good = numpy.ones(len(text), dtype=bool)
    for index, one in enumerate(text):
        mine = shingles(one)
        sketch = MinHash(num_perm=128, seed=1)
        sketch.update_batch(mine)
        found = lsh.query(sketch)
        if any(len(mine & sets[other]) >= 0.8 * len(mine | sets[other]) for other in found):
            good[index] = False
            continue
        lsh.insert(index, sketch)
        sets[index] = mine
    frame = frame[good]
    held = frame.sample(frac=0.05, random_state=1)
    frame.drop(held.index).to_json(output / "train.jsonl", orient="records", lines=True)
    held.to_json(output / "validation.jsonl", orient="records", lines=True)
    return len(frame)


def timed(command):
    """(seconds, peak resident bytes, standard output) of a program; it must succeed."""
    seconds, peak, code, output = measured(command)
    if code != 0:
        raise SystemExit(f"{command}: exit code {code}")
    return seconds, peak, output


def turn(name, arguments, rows, folder):
    output = folder / f"{name}-out"
    output.mkdir(exist_ok=True)
    if name == "fettle":
        recipe = folder / "recipe.yaml"
        recipe.write_text(RECIPE.format(rows=rows, output=output), encoding="utf-8")
        seconds, memory, out = timed([arguments.fettle, "prepare", recipe, "--overwrite", "--json"])
        kept = json.loads(out)["after"]["rows"]
    else:
        seconds, memory, out = timed([sys.executable, __file__, "--peer", rows, output])
        kept = int(out)
    print(f"{name:8} {seconds:8.1f} s  {memory / 1e6:7.0f} MB  {kept} rows kept", flush=True)
    return seconds, memory


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fettle", default="build/release/fettle")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--only", choices=("fettle", "peer"))
    parser.add_argument("--peer", nargs=2, metavar=("ROWS", "OUTPUT"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        print(peer(arguments.peer[0], pathlib.Path(arguments.peer[1])))
        return
    with tempfile.TemporaryDirectory() as aside:
        folder = arguments.folder or pathlib.Path(aside)
        folder.mkdir(parents=True, exist_ok=True)
        rows = folder / f"rows-{arguments.rows}.jsonl"
        if not rows.exists():
            synthetic_rows.write(rows, arguments.rows, 1)
        print(f"{arguments.rows} rows, {rows.stat().st_size / 1e6:.0f} MB, "
              f"{os.cpu_count()} cores", flush=True)
        names = [arguments.only] if arguments.only else ["fettle", "peer"]
        took = {name: [] for name in names}
        for _ in range(arguments.turns):
            for name in names:
                took[name].append(turn(name, arguments, rows, folder)[0])
        medians = {name: statistics.median(times) for name, times in took.items()}
        print(json.dumps({"rows": arguments.rows, "seconds": medians}))
        if len(names) == 2:
            print(f"fettle is {medians['peer'] / medians['fettle']:.1f} times as fast")


if __name__ == "__main__":
    main()
