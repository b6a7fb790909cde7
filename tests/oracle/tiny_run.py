"""A training run small enough to be started some hundred times, and what must hold of its folder.

Every case is a folder of its own that the run is started in, so that the paths that a run writes
down are the same in all. The reference is one run that nobody disturbs and that keeps every
checkpoint.
"""

import concurrent.futures
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import time

STEPS = 8
SAVE_STEPS = 2
KEPT = [6, 8]
# What depends on the machine and the hour.
UNREPEATABLE = {"time", "seconds", "tokens_per_second", "memory_bytes"}

RECIPE = """
model:
  model_name_or_path: {model}
  dtype: float32
  device: cpu
  num_threads: 1
data:
  dataset: {home}/train.jsonl
  eval_dataset: {home}/eval.jsonl
method:
  lora_rank: 4
  lora_alpha: 8
  lora_dropout: 0.1
train:
  output_dir: run
  max_steps: {steps}
  per_device_train_batch_size: 4
  learning_rate: 1.0e-3
  eval_strategy: steps
  eval_steps: {save_steps}
  save_strategy: steps
  save_steps: {save_steps}
  save_total_limit: {kept}
evaluate:
  metrics: [loss]
  after_training: true
"""


def write_rows(path, count, seed):
    draw = random.Random(seed)
    words = "the cat dog sun tree house big red girl boy ran saw ate played little happy".split()
    rows = [{"prompt": " ".join(draw.choices(words, k=draw.randint(3, 9))),
             "completion": " " + " ".join(draw.choices(words, k=draw.randint(1, 5)))}
            for _ in range(count)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


def in_pairs(check, points):
    """check(point) for every point, two at a time; the first failure ends the test."""
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        waiting = [pool.submit(check, point) for point in points]
        try:
            for done in concurrent.futures.as_completed(waiting):
                done.result()
        finally:
            pool.shutdown(cancel_futures=True)


def step_of(name):
    found = re.fullmatch(r"checkpoint-(\d+)", name)
    return int(found[1]) if found else None


def standing(calls, before=()):
    """The checkpoints that stand under their names once these calls have been made."""
    steps = set(before)
    for call in calls:
        found = re.fullmatch(r"checkpoint-(\d+)(\.tmp-\d+)?", call.path.name)
        if call.name == "rename" and call.path.parent.name == "run" and found:
            (steps.add if found[2] else steps.discard)(int(found[1]))
    return steps


def events(folder):
    lines = (folder / "events.jsonl").read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if key not in UNREPEATABLE}
            for line in lines]


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


class TinyRun:
    def __init__(self, fettle, model, home):
        self.fettle, self.home = fettle, home
        write_rows(home / "train.jsonl", 40, seed=1)
        write_rows(home / "eval.jsonl", 6, seed=2)
        (home / "recipe.yaml").write_text(RECIPE.format(
            model=model, home=home, steps=STEPS, save_steps=SAVE_STEPS, kept=len(KEPT)),
            encoding="utf-8")
        self.made = 0
        self.whole = self.case("whole")
        self.train(self.whole, "--set", "train.save_total_limit=0")
        self.checkpoints = {step_of(path.name): contents(path)
                            for path in (self.whole / "run").glob("checkpoint-*")}
        assert sorted(self.checkpoints) == list(range(SAVE_STEPS, STEPS + 1, SAVE_STEPS))
        self.ended = self.case("ended")
        self.train(self.ended)
        self.check_end(self.ended)

    def case(self, name):
        """A new empty folder to start a run in."""
        self.made += 1
        folder = self.home / f"{self.made:04}-{name}"
        folder.mkdir()
        return folder

    def finished(self, name):
        """A folder whose run has ended, each time another copy."""
        case = self.case(name)
        shutil.copytree(self.ended / "run", case / "run", symlinks=True)
        return case

    def command(self, *options):
        return [str(self.fettle), "train", str(self.home / "recipe.yaml"), *options]

    def start(self, case, *options):
        return subprocess.Popen(self.command(*options), cwd=case, text=True,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def train(self, case, *options, code=0):
        done = subprocess.run(self.command(*options), cwd=case, capture_output=True, text=True,
                              check=False, timeout=600)
        assert done.returncode == code, f"{case}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def seconds(self):
        """What an undisturbed run takes just now."""
        began = time.monotonic()
        self.train(self.case("timed"))
        return time.monotonic() - began

    def standing(self, case):
        """The checkpoints under a final name, after a check that each is what it was to become."""
        found = set()
        for folder in (case / "run").glob("checkpoint-*"):
            step = step_of(folder.name)
            if step is None:
                assert re.search(r"\.tmp-\d+$", folder.name), folder
                continue
            if step in self.checkpoints:
                self.check_checkpoint(folder, self.checkpoints[step])
            found.add(step)
        return found

    @staticmethod
    def check_checkpoint(folder, expected):
        listed = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
        held = contents(folder)
        assert {item["name"]: item["bytes"] for item in listed} == {
            name: len(held[name]) for name in held if name != "manifest.json"}, folder
        for name in expected.keys() - {"manifest.json", "recipe.yaml"}:
            # The recipe, and with it its sum, says how many checkpoints are kept.
            assert held[name] == expected[name], folder / name

    def check_end(self, case, kept=KEPT):
        """That the run has ended as the one that nobody disturbed."""
        run, whole = case / "run", self.whole / "run"
        for name in ("adapter_model.safetensors", "adapter_config.json", "curves.svg",
                     "eval/after.jsonl"):
            assert (run / name).read_bytes() == (whole / name).read_bytes(), run / name
        assert events(run) == events(whole), run
        assert kept is None or sorted(self.standing(case)) == kept, run
        for name in ("best", "last"):
            assert os.readlink(run / name) == os.readlink(whole / name), run / name
        assert not list(pathlib.Path(run).rglob("*.tmp-*")), run

    def resume(self, case, after=None, kept=KEPT):
        """Goes on to the end; after: the step that it must go on from (0: anew)."""
        done = self.train(case, "--resume")
        told = re.search(r"going on after step (\d+) from", done.stderr)
        if after is not None:
            assert (int(told[1]) if told else 0) == after, f"{case}\n{done.stderr}"
        self.check_end(case, kept)
        return done
