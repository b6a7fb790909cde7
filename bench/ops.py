"""Each CPU operation alone: fettle beside libtorch's own, and both beside the machine's limit.

usage: ./dev bench ops [--tokens N] [--precision bf16|fp32] [--seconds S] [--threads N]
                       [--json FILE] [NAME ...]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys

from harness import flops, inputs, machine

DTYPES = {"fp32": "float32", "bf16": "bfloat16"}


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench ops", description=__doc__.split("\n")[0])
    parser.add_argument("names", nargs="*", help="operations; all when none is named")
    parser.add_argument("--tokens", type=int, default=1024)
    parser.add_argument("--precision", choices=tuple(DTYPES), default="fp32")
    parser.add_argument("--seconds", type=float, default=0.3, help="of each side and operation")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=pathlib.Path)
    return parser.parse_args(arguments)


def total(side):
    """Seconds of the forward and, where there is one, the backward."""
    return side["forward_s"] + side.get("backward_s", 0)


def amount(side, unit):
    """GF or GB of forward and backward together; 0 where this is not what bounds the work."""
    return sum((side.get(f"{part}_{unit}") or 0) * side.get(f"{part}_s", 0)
               for part in ("forward", "backward"))


def row_of(read, peak, memory):
    """What one operation did: of each side the rate and the share of what bounds it."""
    unit, limit = ("gflops", peak) if amount(read["fettle"], "gflops") else ("gbps", memory)
    out = {"op": read["op"], "help": read["help"], "unit": unit, "limit": limit}
    for name in ("fettle", "aten"):
        rate = amount(read[name], unit) / total(read[name])
        out[name] = read[name] | {"rate": rate, "share": rate / limit}
    out["ratio"] = total(read["aten"]) / total(read["fettle"])
    return out


def lines(rows):
    """A Markdown table; ms of forward and backward apart, rates of both together."""
    head = ("op", "fettle ms", "ATen ms", "fettle is", "fettle", "ATen", "fettle of the limit",
            "ATen")
    out = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        unit = {"gflops": "GF/s", "gbps": "GB/s"}[row["unit"]]
        sides = [row["fettle"], row["aten"]]
        cells = [row["op"]]
        cells += [f"{s['forward_s'] * 1e3:.2f} + {s.get('backward_s', 0) * 1e3:.2f}" for s in sides]
        cells += [f"{row['ratio']:.2f}x"] + [f"{s['rate']:.1f} {unit}" for s in sides]
        cells += [f"{s['share']:.0%}" for s in sides]
        out.append("| " + " | ".join(cells) + " |")
    return "\n".join(out)


def main(arguments=None):
    options = parse(arguments)
    build = pathlib.Path(os.environ.get("FETTLE_BUILD", inputs.ROOT / "build" / "release"))
    about = machine.header(machine.describe(options.threads))
    print(about, flush=True)
    before = machine.calibrate(build / "bench_calibrate", options.threads)
    command = [build / "bench_ops", "--tokens", options.tokens, "--dtype",
               DTYPES[options.precision], "--threads", options.threads, "--seconds",
               options.seconds, *options.names]
    done = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True)
    after = machine.calibrate(build / "bench_calibrate", options.threads)
    best = machine.best([before, after])
    peak, what = flops.peak_gflops(best, options.precision)
    rows = [row_of(json.loads(line), peak, best["read_gbps"]) for line in done.stdout.splitlines()]
    print(f"limits: {peak:.0f} GF/s ({what}), {best['read_gbps']:.1f} GB/s from memory; what stays in "
          f"the caches may pass the second\n\n{lines(rows)}")
    moved = machine.drift(before, after)
    if moved > machine.DRIFT:
        print(f"\nWARNING: the calibration moved by {moved:.0%}; repeat this on a quiet machine.")
    if options.json:
        options.json.write_text(json.dumps({"machine": about, "calibrations": [before, after],
                                            "rows": rows}, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
