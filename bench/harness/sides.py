"""The sides of a comparison, and how one run of each is made and read."""

import dataclasses
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

from . import inputs

PEER = pathlib.Path(__file__).with_name("peer_train.py")


@dataclasses.dataclass(frozen=True)
class Peer:
    """transformers and PEFT in one configuration."""

    help: str
    precision: str
    tuned: bool  # tcmalloc and torch's fused AdamW
    compile: bool = False


PEERS = {
    "eager": Peer("bf16 autocast, tcmalloc", "bf16", True),
    "compile": Peer("bf16 autocast, tcmalloc, torch.compile", "bf16", True, True),
    "default": Peer("bf16 autocast, nothing tuned", "bf16", False),
    "fp32": Peer("fp32, tcmalloc", "fp32", True),
    "fp32-default": Peer("fp32, nothing tuned", "fp32", False),
}


@dataclasses.dataclass
class Run:
    """One process of one side."""

    losses: list
    ends: list  # unix times
    started: float
    memory_bytes: int  # VmHWM at the end of the last step
    computed_tokens: list = dataclasses.field(default_factory=list)  # fettle's, a step each

    @property
    def first_step_seconds(self):
        """From the start of the process to the end of its first step."""
        return self.ends[0] - self.started

    def seconds(self, warm):
        """Each measured step's wall time: from the end of the step before it."""
        return [b - a for a, b in zip(self.ends[warm - 1:], self.ends[warm:])]


@dataclasses.dataclass
class Job:
    """A case made ready: what every side's run needs."""

    case: object
    steps: int
    folder: pathlib.Path
    recipe: pathlib.Path
    keys: dict
    base: pathlib.Path  # the peers' folder
    adapter: pathlib.Path
    rows: list  # of all steps, each {"ids", "scored", "step"}
    threads: int
    fettle: pathlib.Path


def prepare(case, steps, context):
    """Writes texts and recipe, and asks fettle for the rows as it will train on them."""
    folder = inputs.CACHE / "jobs" / f"{case.name}-{steps}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    adapter = (inputs.first_adapter(context.base, context.shape, case.rank)
               if case.mode == "lora" else None)
    keys = inputs.settings(case, steps, context.gguf, adapter, context.threads)
    recipe = inputs.write_recipe(case, steps, folder)
    shown = call_fettle(context.fettle, ["show", "mask", recipe, "--json", "--in-order", "--rows",
                                         1 << 20], keys)
    rows = [json.loads(line) for line in shown.splitlines()]
    inputs.check_rows(case, rows)
    total = rows[-1]["step"] + 1
    (folder / "ids.jsonl").write_text(shown, encoding="utf-8")
    job = Job(case, min(steps, total), folder, recipe, keys, context.base, adapter, rows,
              context.threads, context.fettle)
    (folder / "rates.json").write_text(json.dumps(inputs.rates(case, job.steps, total)),
                                       encoding="utf-8")
    return job


def call_fettle(program, arguments, keys):
    """Runs fettle with these keys over its recipe; returns what it printed."""
    command = [str(program), *map(str, arguments)]
    for key, value in keys.items():
        command += ["--set", f"{key}={value}"]
    return checked(command, dict(os.environ))


def checked(command, environment):
    """Runs to the end; a failure is told with the last lines that were said."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False,
                          env=environment)
    if done.returncode != 0:
        said = (done.stderr + done.stdout)[-2000:]
        raise RuntimeError(f"{' '.join(map(str, command[:4]))} ... ended with code "
                           f"{done.returncode}:\n{said}")
    return done.stdout


def run_fettle(job):
    """fettle train, read from its events.jsonl."""
    folder = job.folder / "run"
    keys = job.keys | {"train.output_dir": folder}
    if job.case.job == "demo" and job.steps <= job.rows[-1]["step"]:
        keys["train.max_steps"] = job.steps
        keys["train.lr_scheduler_type"] = "constant"
    started = time.time()
    call_fettle(job.fettle, ["train", job.recipe, "-q", "--overwrite"], keys)
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    steps = [event for event in map(json.loads, lines) if event["event"] == "step"]
    shutil.rmtree(folder)
    return Run([step["loss"] for step in steps], [step["time"] for step in steps], started,
               steps[-1]["memory_bytes"], [step["computed_tokens"] for step in steps])


def tcmalloc():
    """The path of the allocator that makes a tuned peer."""
    found = sorted(pathlib.Path("/usr/lib").glob("*/libtcmalloc_minimal.so.4"))
    if not found:
        raise FileNotFoundError("libtcmalloc_minimal.so.4 is not here, and the tuned peer needs it; "
                                "install the package libtcmalloc-minimal4 or libtcmalloc-minimal4t64")
    return found[0]


def peer_environment(peer, threads):
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1",
                                "TOKENIZERS_PARALLELISM": "false", "OMP_NUM_THREADS": str(threads),
                                "TORCHINDUCTOR_CACHE_DIR": str(inputs.CACHE / "inductor")}
    if peer.tuned:
        environment["LD_PRELOAD"] = str(tcmalloc())
    return environment


def run_peer(job, name):
    """The same job by transformers and PEFT."""
    peer = PEERS[name]
    rates = json.loads((job.folder / "rates.json").read_text(encoding="utf-8"))
    given = {"model": str(job.base), "adapter": str(job.adapter) if job.adapter else None,
             "rows": str(job.folder / "ids.jsonl"), "steps": job.steps, "threads": job.threads,
             "learning_rate": job.case.learning_rate, "rates": rates,
             "precision": peer.precision, "device": job.case.device, "tuned": peer.tuned,
             "compile": peer.compile}
    path = job.folder / f"{name}.json"
    path.write_text(json.dumps(given), encoding="utf-8")
    started = time.time()
    said = checked([sys.executable, PEER, path], peer_environment(peer, job.threads))
    read = json.loads(said.splitlines()[-1])
    return Run(read["losses"], read["ends"], started, read["memory_bytes"])


def run_side(job, name):
    return run_fettle(job) if name == "fettle" else run_peer(job, name)
