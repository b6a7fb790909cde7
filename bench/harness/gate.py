"""The parity gate: no speed is told of a program that computes something else.

In fp32, the first step's loss within 1e-5 of the peer's, relative. In the precision of the speeds to
be told, the loss curve of 200 steps, as a bias-corrected moving average, within 0.5% of the peer's
at every step.
"""

import dataclasses
import hashlib
import json
import pathlib

from . import inputs, sides
from .cases import Case

FIRST_LOSS = 1e-5
CURVE = 5e-3
ENOUGH = 256  # predictions whose mean loss in bf16 is held to CURVE
CURVE_STEPS = 200
QUICK_STEPS = 20
DECAY = 0.9
PEER = {"bf16": "eager", "fp32": "fp32"}  # the tuned one of each precision


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What the gate saw of one mode of training."""

    mode: str
    precision: str  # of the curve
    first_loss: float  # relative difference in fp32
    curve: float  # largest relative difference
    steps: int  # of the curve

    @property
    def passed(self):
        return self.first_loss <= FIRST_LOSS and self.curve <= CURVE

    def text(self):
        short = "" if self.steps >= CURVE_STEPS else f" (shortened from {CURVE_STEPS} by --quick)"
        return (f"parity, {self.mode} {self.precision}: first fp32 loss differs by "
                f"{self.first_loss:.1e} (allowed {FIRST_LOSS:.0e}), {self.precision} loss curve over {self.steps} steps{short} by "
                f"{self.curve:.2%} (allowed {CURVE:.1%}): "
                f"{'passed' if self.passed else 'FAILED'}")


def difference(ours, theirs):
    """Relative; infinite where a value is not a number."""
    value = abs(ours - theirs) / max(abs(theirs), 1e-12)
    return value if value == value else float("inf")


def averaged(losses):
    """The moving average at each step, as if it had begun at the first loss."""
    out, total, weight = [], 0.0, 0.0
    for loss in losses:
        total = DECAY * total + (1 - DECAY) * loss
        weight = DECAY * weight + (1 - DECAY)
        out.append(total / weight)
    return out


def curve_difference(ours, theirs):
    """The largest relative difference of two averaged curves of the same length."""
    if len(ours) != len(theirs) or not ours:
        return float("inf")
    return max(map(difference, averaged(ours), averaged(theirs)))


def losses_agree(precision, ours, theirs, scored):
    """The same check on the first loss of a speed row's own runs, a mean over `scored` predictions.

    The roundings of bf16 scatter a prediction's loss on either side: of fewer than ENOUGH the mean
    may be off by more, as the square root has it."""
    if precision == "fp32":
        return difference(ours, theirs) <= FIRST_LOSS
    return difference(ours, theirs) <= CURVE * max(1.0, ENOUGH / scored) ** 0.5


def measure(mode, precision, device, quick, context):
    """Runs both sides, in fp32 for a step and in the given precision for the curve."""
    steps = QUICK_STEPS if quick else CURVE_STEPS
    rate = 1e-4 if mode == "lora" else 1e-5
    first = Case(f"gate-{mode}-fp32", "", mode, "fp32", 256, 2, learning_rate=rate, device=device)
    curve = Case(f"gate-{mode}-{precision}-curve", "", mode, precision, 96, 1, learning_rate=rate,
                 device=device)
    job = sides.prepare(first, 1, context)
    ours, theirs = (sides.run_side(job, name).losses[0] for name in ("fettle", "fp32"))
    job = sides.prepare(curve, steps, context)
    curves = [sides.run_side(job, name).losses for name in ("fettle", PEER[precision])]
    return Verdict(mode, precision, difference(ours, theirs), curve_difference(*curves), steps)


def fingerprint(mode, precision, device, quick, context):
    """Everything that a verdict depends on: programs, settings, versions."""
    weights = (context.base / "model.safetensors").stat().st_size
    digest = hashlib.sha256(f"{mode} {precision} {device} {quick} {context.threads} {context.base} "
                            f"{weights}".encode())
    here = pathlib.Path(__file__).parent
    versions = inputs.ROOT / "tools" / "requirements-test.txt"
    torch = inputs.ROOT / "tools" / "requirements.txt"
    for path in (context.fettle, versions, torch, *sorted(here.glob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def verdict(mode, precision, device, quick, context):
    """Of this very build: measured, or kept from an earlier run of the same programs."""
    kept = inputs.CACHE / "gate.json"
    known = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    key = fingerprint(mode, precision, device, quick, context)
    if key not in known:
        known[key] = dataclasses.asdict(measure(mode, precision, device, quick, context))
        kept.write_text(json.dumps(known, indent=1), encoding="utf-8")
    return Verdict(**known[key])
