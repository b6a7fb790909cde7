"""Full fine-tuning in float32 beside llama.cpp's own trainer, in turn.

usage: ./dev bench train_llama --program PATH [--rounds N] [--T N] [--steps N] [--threads N]
                               [--json FILE]

llama.cpp ships its trainer (examples/training, llama-finetune) as source alone: build it for this
machine and name it. Both take the same weights and windows of as many tokens of the same kind of
text, one a step, with AdamW. Its loss and settings are its own, so only the time is compared.
"""

import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import time

import train
from harness import cases, inputs, llama, machine, sides

SEEN = re.compile(rb"train:[^\r\n]*data=0*(\d+)/")


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench train_llama",
                                     description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=pathlib.Path,
                        help="llama-finetune, built for this machine; without, nothing is measured")
    parser.add_argument("--rounds", type=int, default=2, help="of both sides in turn (2)")
    parser.add_argument("--T", type=int, default=1024, help="tokens of a window (1024)")
    parser.add_argument("--steps", type=int, default=3, help="measured steps of a run (3)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args(arguments)
    for name, least in (("rounds", 1), ("T", 64), ("steps", 1), ("threads", 1)):
        if getattr(options, name) < least:
            parser.error(f"--{name}: {getattr(options, name)} is less than {least}")
    if options.program and not os.access(options.program, os.X_OK):
        parser.error(f"--program: {options.program} is no program that can be run")
    return options


def step_seconds(stream, now=time.monotonic):
    """The time from each window's end to the next, as the progress bar tells them."""
    ends, said = {}, b""
    while chunk := stream.read1(4096):
        said = (said + chunk)[-8192:]
        for found in SEEN.finditer(said):
            count = int(found.group(1))
            if count not in ends:
                ends[count] = now()
    times = [ends[count] for count in sorted(ends)]
    return [b - a for a, b in zip(times, times[1:])]


def theirs(options, weights, text):
    """Seconds of each window after the first."""
    size = str(options.T)
    command = [options.program, "-m", weights, "-f", text, "-c", size, "-b", size, "-ub", size,
               "-t", options.threads, "-tb", options.threads, "-epochs", 1, "-fa", "off",
               "-o", inputs.CACHE / "llama-tuned.gguf"]
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        seconds = step_seconds(process.stdout)
    if not seconds:
        raise RuntimeError(f"{options.program} told of no window; it ended with code "
                           f"{process.returncode}")
    return seconds


def main(arguments=None):
    options = parse(arguments)
    if not options.program:
        print("Nothing is measured: name llama-finetune with --program (docs/benchmarks.md).")
        return
    inputs.CACHE.mkdir(parents=True, exist_ok=True)
    _, shared = train.parse(["--threads", str(options.threads)])
    context = train.make_context(shared)
    case = cases.Case("full-fp32-llama", "", mode="full", precision="fp32", tokens=options.T,
                      learning_rate=1e-5)
    job = sides.prepare(case, options.steps + 1, context)
    weights = llama.model(context.gguf, "fp32")
    text = inputs.CACHE / "llama-text.txt"
    # It keeps some windows back to judge by.
    texts = inputs.dense_texts(options.steps + 3, options.T)
    text.write_text(" ".join(one[:5 * options.T] for one in texts), encoding="utf-8")
    print(machine.header(machine.describe(options.threads)), flush=True)
    runs = {"fettle": [], "llama.cpp": []}
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}: "
              + machine.shown(machine.calibrate(context.calibrate, options.threads)), flush=True)
        for name, seconds in (("fettle", sides.run_fettle(job).seconds(1)),
                              ("llama.cpp", theirs(options, weights, text))):
            runs[name] += [options.T / one for one in seconds]
            print(f"  {name}: steps of " + " ".join(f"{one:.2f}" for one in seconds) + " s",
                  flush=True)
    median = {name: statistics.median(rates) for name, rates in runs.items()}
    print("\n| side | tok/s min | median | max |\n|---|---|---|---|")
    for name, rates in runs.items():
        print(f"| {name} | {min(rates):.0f} | {median[name]:.0f} | {max(rates):.0f} |")
    ratio = median["fettle"] / median["llama.cpp"]
    print(f"\nfettle is {ratio:.2f}x")
    if options.json:
        options.json.write_text(json.dumps({"tokens_per_s": runs, "ratio": ratio}) + "\n",
                                encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
