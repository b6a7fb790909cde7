"""From runs to a row a case: tokens a second, ratios, share of the limit, memory, start."""

import dataclasses
import statistics

from . import flops, gate


@dataclasses.dataclass(frozen=True)
class Row:
    """One case's result. Every figure of a side is keyed by the side's name."""

    case: object
    rates: dict  # side: (min, median, max) tokens a second
    peaks: dict  # side: MB
    first_steps: dict  # side: seconds from start to the end of the first step
    ratios: dict  # peer: fettle's median rate over the peer's
    limit: float  # tokens a second at 100% of the machine's peak
    limit_of: str  # what that peak is
    void: str  # why no speed may be told; empty: none

    @property
    def share(self):
        return self.rates["fettle"][1] / self.limit

    @property
    def ratio(self):
        return self.ratios.get(self.case.peers[0]) or next(iter(self.ratios.values()), None)


def step_rates(job, run, warm):
    """Tokens a second of each measured step; of all of them together where steps differ in size."""
    counts = [0] * job.steps
    for row in job.rows:
        if row["step"] < job.steps:
            counts[row["step"]] += len(row["ids"])
    seconds = run.seconds(warm)
    if job.case.job == "demo":
        return [sum(counts[warm:]) / sum(seconds)]
    return [count / spent for count, spent in zip(counts[warm:], seconds)]


def step_work(job):
    """What the measured steps compute at least, a step on average."""
    total = flops.Work(0, 0, 0)
    for step in range(job.steps):
        rows = [(row["ids"], row["scored"]) for row in job.rows if row["step"] == step]
        total += flops.work_of_tree(rows) if job.case.job == "demo" else flops.work_of_rows(rows)
    return total


def limit(job, shape, calibration):
    """(tokens a second at the machine's peak, what the peak is)."""
    case = job.case
    peak, what = flops.peak_gflops(calibration, case.precision)
    work = step_work(job)
    tokens = sum(len(row["ids"]) for row in job.rows if row["step"] < job.steps)
    seconds = flops.step_flops(shape, work, case.mode, case.rank) / (peak * 1e9)
    return tokens / seconds, what


def disagreement(job, runs, peers):
    """Why the row is void: the first losses of the sides that compute in the case's precision."""
    for name, list_of_runs in runs.items():
        if name == "fettle" or peers[name].precision != job.case.precision:
            continue
        ours, theirs = runs["fettle"][0].losses[0], list_of_runs[0].losses[0]
        scored = sum(sum(row["scored"]) for row in job.rows if row["step"] == 0)
        if not gate.losses_agree(job.case.precision, ours, theirs, scored):
            return f"first loss {ours:.6f}, {name}'s {theirs:.6f}"
    return ""


def row_of(job, runs, warm, shape, calibration, peers):
    """runs: side to its runs, one a round."""
    rates = {name: [rate for run in list_of_runs for rate in step_rates(job, run, warm)]
             for name, list_of_runs in runs.items()}
    middle = {name: statistics.median(values) for name, values in rates.items()}
    tokens, what = limit(job, shape, calibration)
    return Row(
        case=job.case,
        rates={name: (min(v), middle[name], max(v)) for name, v in rates.items()},
        peaks={name: max(r.memory_bytes for r in v) / 1e6 for name, v in runs.items()},
        first_steps={name: min(r.first_step_seconds for r in v) for name, v in runs.items()},
        ratios={name: middle["fettle"] / middle[name] for name in runs if name != "fettle"},
        limit=tokens, limit_of=what, void=disagreement(job, runs, peers))


def json_row(row):
    """A row for scripts; a void one has no speeds."""
    out = {"case": row.case.name, "help": row.case.help, "mode": row.case.mode,
           "precision": row.case.precision, "T": row.case.tokens, "batch": row.case.batch,
           "rank": row.case.rank if row.case.mode == "lora" else None}
    if row.void:
        return out | {"void": row.void}
    return out | {
        "tokens_per_s": {name: round(rate[1], 2) for name, rate in row.rates.items()},
        "tokens_per_s_range": {name: [round(rate[0], 2), round(rate[2], 2)]
                               for name, rate in row.rates.items()},
        "ratio": round(row.ratio, 3) if row.ratio else None,
        "ratios": {name: round(value, 3) for name, value in row.ratios.items()},
        "limit_tokens_per_s": round(row.limit, 1), "limit_of": row.limit_of,
        "share_of_limit": round(row.share, 4), "peak_mb": round(row.peaks["fettle"], 1),
        "peaks_mb": {name: round(value, 1) for name, value in row.peaks.items()},
        "first_step_s": {name: round(value, 2) for name, value in row.first_steps.items()}}


HEADS = ("case", "side", "tok/s min", "median", "max", "fettle is", "of the limit", "peak MB",
         "first step s")


def lines_of(row):
    """The Markdown lines of one case, a side each."""
    if row.void:
        return [f"| {row.case.name} | void: {row.void} |" + " |" * (len(HEADS) - 2)]
    lines = []
    for name, (low, middle, high) in row.rates.items():
        ratio = f"{row.ratios[name]:.2f}x" if name in row.ratios else ""
        cells = (row.case.name if name == "fettle" else "", name, f"{low:.0f}", f"{middle:.0f}",
                 f"{high:.0f}", ratio, f"{middle / row.limit:.0%}", f"{row.peaks[name]:.0f}",
                 f"{row.first_steps[name]:.1f}")
        lines.append("| " + " | ".join(cells) + " |")
    return lines


def markdown(rows):
    head = ["| " + " | ".join(HEADS) + " |", "|" + "---|" * len(HEADS)]
    return "\n".join(head + [line for row in rows for line in lines_of(row)])
