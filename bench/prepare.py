"""Times `fettle prepare` beside Python programs on the same rows, turn by turn.

usage: prepare.py [--fettle build/release/fettle] [--rows 500000] [--turns 3] [--folder FOLDER]
                  [--only fettle datasketch datatrove]

All read the rows, drop short ones, mask e-mail addresses, drop exact duplicates and near ones
(MinHash, 128 permutations, Jaccard 0.8 of word 5-grams) and split 5% off. Prints seconds, processor
seconds and the largest resident memory of each turn, and at the end the medians and their ratios.
The peers are processes of their own: datasketch's MinHash (bulk) and MinHashLSH with pandas for
the rest, and datatrove's pipelines (prepare_datatrove.py says where its rules differ).
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import statistics
import sys
import tempfile

import synthetic_rows
from harness.measured import all_measured

NAMES = ("fettle", "datasketch", "datatrove")
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


def command_of(name, arguments, rows, output):
    here = pathlib.Path(__file__).resolve()
    if name == "datasketch":
        return [sys.executable, here, "--peer", rows, output]
    if name == "datatrove":
        return [sys.executable, here.with_name("prepare_datatrove.py"), rows, output]
    recipe = output.parent / "recipe.yaml"
    recipe.write_text(RECIPE.format(rows=rows, output=output), encoding="utf-8")
    return [arguments.fettle, "prepare", recipe, "--overwrite", "--json"]


def turn(name, arguments, rows, folder):
    """(seconds, processor seconds) of one turn, which is printed."""
    output = folder / f"{name}-out"
    if name != "fettle":
        shutil.rmtree(output, ignore_errors=True)
    output.mkdir(exist_ok=True)
    command = command_of(name, arguments, rows, output)
    figures, out = all_measured(command)
    if figures["code"] != 0:
        raise SystemExit(f"{command}: exit code {figures['code']}")
    kept = json.loads(out)["after"]["rows"] if name == "fettle" else int(out)
    print(f"{name:10} {figures['seconds']:8.1f} s  processor {figures['processor']:8.1f} s  "
          f"{figures['peak'] / 1e6:7.0f} MB  {kept} rows kept", flush=True)
    return figures["seconds"], figures["processor"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fettle", default="build/release/fettle")
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES))
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
        took = {name: [] for name in arguments.only}
        for _ in range(arguments.turns):
            for name in took:
                took[name].append(turn(name, arguments, rows, folder))
        show(took, arguments.rows)


def show(took, rows):
    """The medians, and how many times as long the peers take."""
    wall, processor = ({name: statistics.median(turn[k] for turn in turns)
                        for name, turns in took.items()} for k in (0, 1))
    print(json.dumps({"rows": rows, "seconds": wall, "processor_seconds": processor}))
    for name in took:
        if name != "fettle" and "fettle" in took:
            print(f"{name} takes {wall[name] / wall['fettle']:.1f} times as long, "
                  f"{processor[name] / processor['fettle']:.1f} times the processor")


if __name__ == "__main__":
    main()
