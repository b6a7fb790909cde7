"""Training beside transformers and PEFT: tokens a second, memory and start, in one interleaved run.

usage: ./dev bench train [--quick] [--cases A,B] [--T N] [--batch N] [--rank N] [--mode lora|full]
                         [--precision bf16|fp32] [--device cpu|cuda] [--peers A,B] [--rounds N]
                         [--steps N] [--model PATH] [--json FILE]

Every side trains on the same tokens in the same order from the same weights and first adapter, with
the same optimizer, rate and clipping. No speed is told before the parity gate is passed.
"""

import argparse
import dataclasses
import json
import os
import pathlib
import sys

from harness import cases, flops, gate, inputs, machine, picture, sides, table


@dataclasses.dataclass
class Context:
    """What all cases share."""

    fettle: pathlib.Path
    calibrate: pathlib.Path
    gguf: pathlib.Path
    base: pathlib.Path
    shape: flops.Shape
    threads: int


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench train", description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true",
                        help="one round of few steps, a shortened gate")
    parser.add_argument("--cases", help="names, with commas: "
                        + ", ".join(case.name for case in cases.CASES))
    parser.add_argument("--T", type=int, help="tokens of a row; makes a case of its own")
    parser.add_argument("--batch", type=int, help="rows of a step")
    parser.add_argument("--rank", type=int, help="rank of the adapters")
    parser.add_argument("--mode", choices=("lora", "full"))
    parser.add_argument("--precision", choices=("bf16", "fp32"), help="also of the --cases named")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu",
                        help="where all sides compute (cpu)")
    parser.add_argument("--peers", help="names, with commas, in place of each case's own: "
                        + ", ".join(f"{name} ({peer.help})" for name, peer in sides.PEERS.items()))
    parser.add_argument("--rounds", type=int, help="rounds of all sides in turn (3; quick: 1)")
    parser.add_argument("--steps", type=int, help="measured steps of a run (4; quick: 2)")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--model", type=pathlib.Path,
                        help="GGUF file or folder of a Llama model (the one that ./dev sets up)")
    parser.add_argument("--json", type=pathlib.Path, help="file for a row a case")
    return parser, parser.parse_args(arguments)


def checked(parser, options):
    """The cases; wrong use ends with code 2."""
    for name in ("T", "batch", "rank", "rounds", "steps", "threads"):
        value, least = getattr(options, name), 2 if name == "T" else 1
        if value is not None and value < least:
            parser.error(f"--{name}: {value} is less than {least}")
    for name in filter(None, (options.peers or "").split(",")):
        if name not in sides.PEERS:
            parser.error(f'--peers: there is no peer "{name}"; there are '
                         + ", ".join(sides.PEERS))
    if options.device == "cuda":
        import torch
        if not torch.cuda.is_available():
            parser.error("--device cuda: this machine has no GPU that torch can use; leave it out")
    try:
        return [dataclasses.replace(case, device=options.device)
                for case in cases.chosen(options)]
    except ValueError as error:
        parser.error(str(error))


def make_context(options):
    build = pathlib.Path(os.environ.get("FETTLE_BUILD", inputs.ROOT / "build" / "release"))
    program = pathlib.Path(os.environ.get("FETTLE_PROGRAM", build / "fettle"))
    gguf = options.model.resolve() if options.model else inputs.base_gguf()
    base = inputs.peer_folder(gguf)
    config = json.loads((base / "config.json").read_text(encoding="utf-8"))
    return Context(program.resolve(), (build / "bench_calibrate").resolve(), gguf, base,
                   flops.Shape.of_config(config), options.threads)


def say(line):
    print(line, flush=True)


def gates(wanted, options, context):
    """The verdict on each (mode, precision) that the cases use."""
    verdicts = {}
    for kind in dict.fromkeys((case.mode, case.precision) for case in wanted):
        verdicts[kind] = gate.verdict(*kind, options.device, options.quick, context)
        say(verdicts[kind].text())
    return verdicts


def run_rounds(job, names, rounds, context):
    """All sides in turn, so often: (side to runs, the calibration before each round)."""
    runs, calibrations = {name: [] for name in names}, []
    for number in range(rounds):
        calibrations.append(machine.calibrate_gpu() if job.case.device == "cuda" else
                            machine.calibrate(context.calibrate, context.threads))
        moved = machine.drift(calibrations[0], calibrations[-1])
        warning = "" if moved <= machine.DRIFT else f"; WARNING: moved by {moved:.0%}"
        say(f"{job.case.name}, round {number + 1} of {rounds}: "
            f"{machine.shown(calibrations[-1])}{warning}")
        for name in names:
            runs[name].append(sides.run_side(job, name))
            say(f"  {name}: steps of "
                + " ".join(f"{s:.2f}" for s in runs[name][-1].seconds(1)) + " s")
    return runs, calibrations


def measure(case, options, context):
    """(row, calibrations) of one case."""
    warm = 1 if options.quick else 2
    steps = warm + (options.steps or (2 if options.quick else 4))
    if case.job == "demo" and not options.quick and not options.steps:
        warm, steps = 1, 75
    job = sides.prepare(case, steps, context)
    names = ["fettle", *(options.peers.split(",") if options.peers else case.peers)]
    rounds = options.rounds or (1 if options.quick else 3)
    runs, calibrations = run_rounds(job, names, rounds, context)
    row = table.row_of(job, runs, warm, context.shape, machine.best(calibrations), sides.PEERS)
    return row, calibrations


def report(rows, verdicts, calibrations, options, about):
    """The table on the terminal; table, picture and JSON under build/bench."""
    moved = max(machine.drift(calibrations[0], other) for other in calibrations)
    text = table.markdown(rows)
    say(f"\n{about}\n\n{text}\n")
    if moved > machine.DRIFT:
        say(f"WARNING: the calibration moved by {moved:.0%} during this run; absolute figures and "
            "shares are doubtful, repeat it on a quiet machine.")
    out = {"machine": about, "gate": [dataclasses.asdict(v) | {"passed": v.passed}
                                      for v in verdicts.values()],
           "calibrations": calibrations, "calibration_moved": round(moved, 3),
           "quick": options.quick, "rows": [table.json_row(row) for row in rows]}
    (inputs.CACHE / "train.md").write_text(f"{about}\n\n{text}\n", encoding="utf-8")
    (inputs.CACHE / "train.svg").write_text(
        picture.svg(rows, "Training, tokens a second (dashed: the machine's limit)"),
        encoding="utf-8")
    for path in filter(None, (inputs.CACHE / "train.json", options.json)):
        path.write_text(json.dumps(out, indent=1) + "\n", encoding="utf-8")
    say(f"Written: {', '.join(str(inputs.CACHE / f'train.{kind}') for kind in ('md', 'svg', 'json'))}")


def main(arguments=None):
    parser, options = parse(arguments)
    wanted = checked(parser, options)
    inputs.CACHE.mkdir(parents=True, exist_ok=True)
    context = make_context(options)
    about = machine.header(machine.describe(options.threads))
    say(about)
    verdicts = gates(wanted, options, context)
    failed = [kind for kind, verdict in verdicts.items() if not verdict.passed]
    if failed:
        say("No speed is measured for: " + ", ".join(map(" ".join, failed))
            + ". Make the losses agree first.")
    rows, calibrations = [], []
    for case in wanted:
        if (case.mode, case.precision) not in failed:
            row, more = measure(case, options, context)
            rows.append(row)
            calibrations += more
    if rows:
        report(rows, verdicts, calibrations, options, about)
    return 1 if failed or any(row.void for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
