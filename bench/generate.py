"""Answers beside llama.cpp (prefill and decode), and judging rows beside transformers.

usage: ./dev bench generate [--quick] [--precision bf16|fp32] [--rounds N] [--prompt N] [--new N]
                            [--parts prefill,score] [--without-llama] [--threads N] [--json FILE]

prefill: one prompt and a greedy answer. fettle's process is cold; llama.cpp's has had a run to warm
up. score: the demo's held-out rows, greedy answers and the likeliest of 12 labels each.
"""

import argparse
import json
import os
import pathlib
import statistics
import sys

from harness import inputs, llama, machine, sides

DTYPES = {"fp32": "float32", "bf16": "bfloat16"}
PARTS = ("prefill", "score")
AGREE = 0.98  # share of rows on which both must say the same, in fp32


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench generate",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="one round, few rows")
    parser.add_argument("--precision", choices=tuple(DTYPES), default="bf16")
    parser.add_argument("--rounds", type=int, help="of both sides in turn (3; quick: 1)")
    parser.add_argument("--prompt", type=int, default=512, help="tokens of the prompt, about")
    parser.add_argument("--new", type=int, default=64, help="tokens of the answer")
    parser.add_argument("--parts", default=",".join(PARTS))
    parser.add_argument("--without-llama", action="store_true")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (1 if options.quick else 3)
    for part in options.parts.split(","):
        if part not in PARTS:
            parser.error(f'--parts: there is no part "{part}"; there are {", ".join(PARTS)}')
    return options


def prompt_of(program, gguf, tokens):
    """A text of about so many tokens: its length is counted by whoever runs it."""
    words = " ".join(inputs.definitions(7)[:tokens]).split()
    shown = sides.call_fettle(program, ["generate", gguf, "--raw", "--prompt", " ".join(
        words[:tokens // 2]), "--max-new-tokens", 1, "--json"], {})
    per_word = json.loads(shown)["prompt_tokens"] / (tokens // 2)
    return " ".join(words[:round(tokens / per_word)])


def ours(program, gguf, text, options):
    said = json.loads(sides.call_fettle(program, [
        "generate", gguf, "--raw", "--prompt", text, "--max-new-tokens", options.new, "--dtype",
        DTYPES[options.precision], "--threads", options.threads, "--json"], {}))
    return {"prefill": said["prompt_tokens"] / said["prompt_seconds"],
            "decode": (said["completion_tokens"] - 1) / said["completion_seconds"]}


def theirs(path, prompt, options):
    said = llama.run(path, prompt, options.new, options.threads)
    return {"prefill": said["prompt_tokens"] / said["prompt_seconds"],
            "decode": (len(said["ids"]) - 1) / said["answer_seconds"]}


def compared(name, unit, runs):
    """A row: median, least and most of each side, and fettle's over the peer's."""
    row = {"case": name, "unit": unit, "ratio": None}
    for side, values in runs.items():
        row[side] = {"min": min(values), "median": statistics.median(values), "max": max(values)}
    peers = [side for side in runs if side != "fettle"]
    if peers:
        row["ratio"] = row["fettle"]["median"] / row[peers[0]]["median"]
    return row


def prefill(program, gguf, options):
    """Tokens a second of prompt and answer, both sides in turn."""
    text = prompt_of(program, gguf, options.prompt)
    prompt = inputs.CACHE / "prompt.txt"
    prompt.write_text(text, encoding="utf-8")
    path = None
    if not options.without_llama:
        llama.install()
        path = llama.model(gguf, options.precision)
    runs = {"fettle": [], "llama.cpp": []}
    for _ in range(options.rounds):
        runs["fettle"].append(ours(program, gguf, text, options))
        if path:
            runs["llama.cpp"].append(theirs(path, prompt, options))
    return [compared(f"{name}-{options.precision}", "tok/s",
                     {side: [run[name] for run in done] for side, done in runs.items() if done})
            for name in ("prefill", "decode")]


def judge(program, gguf, options, metrics):
    """(seconds, rows) of fettle's evaluation."""
    folder = inputs.CACHE / "score"
    per_class = 2 if options.quick else 20
    keys = {"evaluate.metrics": f"[{metrics}]", "model.num_threads": options.threads,
            "model.dtype": DTYPES[options.precision],
            "data.wordnet_eval_rows_per_class": per_class}
    said = sides.call_fettle(program, ["evaluate", gguf, "--recipe",
                                       inputs.ROOT / "recipes" / "demo.yaml", "--json",
                                       "--output", folder], keys)
    lines = (folder / "eval" / "evaluation.jsonl").read_text(encoding="utf-8").splitlines()
    return json.loads(said)["seconds"], [json.loads(line) for line in lines]


def peer_job(gguf, rows, options):
    job = {"model": str(inputs.peer_folder(gguf)), "threads": options.threads, "batch": 24,
           "prompts": [row["prompt"] for row in rows], "max_new_tokens": 16, "end": "<|im_end|>",
           "labels": sorted({row["label"] for row in rows}), "precision": options.precision}
    path = inputs.CACHE / "score.json"
    path.write_text(json.dumps(job), encoding="utf-8")
    return path


def agreement(ours_said, theirs_said):
    """The share of rows on which both say the same."""
    same = sum(a.strip() == b.strip() for a, b in zip(ours_said, theirs_said))
    return same / max(1, len(ours_said))


def score(program, gguf, options):
    """Seconds of greedy answers and of labels, both sides in turn; void where they disagree."""
    runs = {name: {"fettle": [], "transformers": []} for name in ("answers", "labels")}
    same = {}
    for _ in range(options.rounds):
        seconds, answered = judge(program, gguf, options, "exact_match")
        runs["answers"]["fettle"].append(seconds)
        seconds, labelled = judge(program, gguf, options, "likelihood_accuracy")
        runs["labels"]["fettle"].append(seconds)
        script = pathlib.Path(sides.__file__).with_name("peer_score.py")
        environment = sides.peer_environment(sides.PEERS["eager"], options.threads)
        said = json.loads(sides.checked([sys.executable, script, peer_job(gguf, answered, options)],
                                        environment).splitlines()[-1])
        runs["answers"]["transformers"].append(said["answer_seconds"])
        runs["labels"]["transformers"].append(said["label_seconds"])
        same = {"answers": agreement([row["predict"] for row in answered], said["answers"]),
                "labels": agreement([row["likeliest"] for row in labelled], said["likeliest"])}
    rows = []
    for name, seconds in runs.items():
        row = compared(f"{name}-{options.precision}", "s", seconds) | {"agree": same[name]}
        row["ratio"] = 1 / row["ratio"]
        rows.append(row)
    return [checked(row, options) for row in rows]


def checked(row, options):
    """A row whose sides say different things tells no time."""
    if options.precision == "fp32" and row["agree"] < AGREE:
        return {"case": row["case"], "agree": row["agree"],
                "void": f"both sides agree on {row['agree']:.0%} of the rows alone"}
    return row


def line(row):
    if "void" in row:
        return f"| {row['case']} | void: {row['void']} | | | |"
    cells = [row["case"]]
    for side in ("fettle", "llama.cpp", "transformers"):
        if side in row:
            cells.append(f"{side} {row[side]['median']:.1f} {row['unit']} "
                         f"({row[side]['min']:.1f} to {row[side]['max']:.1f})")
    cells += [f"{row['ratio']:.2f}x" if row["ratio"] else "",
              f"{row['agree']:.0%} alike" if "agree" in row else ""]
    return "| " + " | ".join(cells) + " |"


def main(arguments=None):
    options = parse(arguments)
    inputs.CACHE.mkdir(parents=True, exist_ok=True)
    build = pathlib.Path(os.environ.get("FETTLE_BUILD", inputs.ROOT / "build" / "release"))
    program = pathlib.Path(os.environ.get("FETTLE_PROGRAM", build / "fettle"))
    gguf = inputs.base_gguf()
    about = machine.header(machine.describe(options.threads))
    print(about, flush=True)
    before = machine.calibrate(build / "bench_calibrate", options.threads)
    rows = []
    for part, measure in (("prefill", prefill), ("score", score)):
        if part in options.parts.split(","):
            rows += measure(program, gguf, options)
    after = machine.calibrate(build / "bench_calibrate", options.threads)
    print(f"{machine.shown(before)}; after: {machine.shown(after)}\n")
    print("| case | fettle | peer | fettle is | |\n|---|---|---|---|---|")
    print("\n".join(map(line, rows)))
    if machine.drift(before, after) > machine.DRIFT:
        print(f"\nWARNING: the calibration moved by {machine.drift(before, after):.0%}; repeat this "
              "on a quiet machine.")
    if options.json:
        options.json.write_text(json.dumps({"machine": about, "calibrations": [before, after],
                                            "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 1 if any("void" in row for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
