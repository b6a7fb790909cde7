"""Five-shot multiple choice beside lm-evaluation-harness with transformers: seconds and equality.

usage: ./dev bench evaluate [--cases arc,mmlu] [--rows N] [--rounds N] [--batch N] [--threads N]
                            [--model FOLDER] [--json FILE]

Both sides judge the same task files with the same float32 weights, in turn. Time runs from the
task's file to its scores; loading the model is left out on both sides. No speed is told before each
likelihood agrees within 1e-3 and each score is the same.
"""

import argparse
import gzip
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from harness import inputs, machine

LARGEST = 1e-3  # difference of a likelihood, nats
ASSET = pathlib.Path("datasets", "mmlu", "mmlu_gemmacpp.json.gz")
CASES = {
    "arc": "choices as texts, five shots drawn for each row (ARC's form)",
    "mmlu": "choices as letters, the same five shots for all rows (MMLU's form)",
}


def parsed(block, answer):
    """A question with its options as a row; None where it is not of four options."""
    question, *options = re.split(r"\n\([A-D]\) ", block.strip())
    if len(options) != 4:
        return None
    return {"question": question.strip(), "choices": [option.strip() for option in options],
            "answer": answer}


def questions(assets):
    """(rows to judge, solved rows): MMLU's questions, and the shots that its prompts hold."""
    with gzip.open(assets / ASSET, "rt", encoding="utf-8") as file:
        samples = json.load(file)["samples"]
    rows, solved = [], {}
    for sample in samples:
        blocks = re.split(r"\n\nAnswer:(?: ([A-D])\n\n)?", sample["prompt"].split(".\n\n", 1)[1])
        texts, answers = blocks[0::2], blocks[1::2]
        rows.append(parsed(texts[5], sample["input_label"]))
        for text, answer in zip(texts[:5], answers[:5], strict=True):
            shot = parsed(text, "ABCD".index(answer))
            if shot:
                solved[shot["question"]] = shot
    return [row for row in rows if row], list(solved.values())


def write_case(case, rows, solved, folder):
    """The case's task file; its rows lie beside it."""
    files = {}
    for split, items in (("test", rows), ("train", solved)):
        files[split] = str(folder / f"{case}.{split}.jsonl")
        pathlib.Path(files[split]).write_text(
            "".join(json.dumps(row) + "\n" for row in items), encoding="utf-8")
    task = {"task": f"bench_{case}", "dataset_path": "json",
            "dataset_kwargs": {"data_files": files}, "training_split": "train",
            "test_split": "test", "fewshot_split": "train", "num_fewshot": 5,
            "output_type": "multiple_choice", "doc_to_target": "answer",
            "metric_list": [{"metric": "acc"}, {"metric": "acc_norm"}]}
    if case == "arc":
        task |= {"doc_to_text": "Question: {{question}}\nAnswer:", "doc_to_choice": "choices"}
    else:
        task |= {"doc_to_text": "{{question.strip()}}\nA. {{choices[0]}}\nB. {{choices[1]}}\n"
                                "C. {{choices[2]}}\nD. {{choices[3]}}\nAnswer:",
                 "doc_to_choice": ["A", "B", "C", "D"], "fewshot_config": {"sampler": "first_n"}}
    path = folder / f"{case}.yaml"
    path.write_text(json.dumps(task), encoding="utf-8")  # JSON is YAML
    return path


def run_fettle(program, model, path, options, folder):
    """What run_peer() gives, of fettle."""
    subprocess.run([program, "evaluate", model, "--tasks", path, "--dtype", "float32", "--device",
                    "cpu", "--threads", str(options.threads), "--output", folder, "--quiet"],
                   check=True, capture_output=True)
    name = json.loads(path.read_text(encoding="utf-8"))["task"]
    told = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    lines = (folder / f"{name}.samples.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    return {"seconds": told["seconds"],
            "scores": {figure["metric"]: figure["value"] for figure in told["figures"]},
            "rows": [{"doc_id": row["doc_id"], "log_likelihoods": row["log_likelihoods"],
                      "prompt": row["prompts"][0]} for row in rows]}


def run_peer(model, path, options):
    script = pathlib.Path(__file__).with_name("harness") / "peer_evaluate.py"
    done = subprocess.run([sys.executable, script, model, str(options.threads),
                           str(options.batch), path], check=True, capture_output=True, text=True)
    told = json.loads(done.stdout.splitlines()[-1])
    (task,) = told["tasks"].values()
    return {"seconds": told["seconds"], **task}


def difference(ours, theirs):
    """The largest difference of a likelihood; raises ValueError where the sides judged otherwise."""
    theirs = {row["doc_id"]: row for row in theirs["rows"]} | {"scores": theirs["scores"]}
    if {row["doc_id"] for row in ours["rows"]} | {"scores"} != set(theirs):
        raise ValueError("the sides judged different rows")
    worst = 0.0
    for row in ours["rows"]:
        other = theirs[row["doc_id"]]
        if row["prompt"] != other["prompt"]:
            raise ValueError(f"row {row['doc_id']}: the prompts differ")
        for one, two in zip(row["log_likelihoods"], other["log_likelihoods"], strict=True):
            worst = max(worst, abs(one - two))
    if worst > LARGEST:
        raise ValueError(f"a likelihood differs by {worst:.1e}; at most {LARGEST} is allowed")
    for name, value in theirs["scores"].items():
        if abs(ours["scores"][name] - value) > 1e-9:
            raise ValueError(f"{name} is {ours['scores'][name]} here and {value} there")
    return worst


def measure(case, path, context, options):
    """All rounds of a case as a row of the table."""
    program, model, folder = context
    seconds = {"fettle": [], "lm-eval": []}
    worst, scores = 0.0, {}
    for number in range(options.rounds):
        ours = run_fettle(program, model, path, options, folder / f"{case}-{number}")
        theirs = run_peer(model, path, options)
        worst = max(worst, difference(ours, theirs))
        scores = ours["scores"]
        seconds["fettle"].append(ours["seconds"])
        seconds["lm-eval"].append(theirs["seconds"])
        print(f"{case}, round {number + 1} of {options.rounds}: fettle {ours['seconds']:.2f} s, "
              f"lm-eval {theirs['seconds']:.2f} s", flush=True)
    ours, theirs = (statistics.median(seconds[side]) for side in ("fettle", "lm-eval"))
    return {"case": case, "rows": len(ours_rows(path)), "seconds": seconds, "fettle": ours,
            "lm-eval": theirs, "ratio": theirs / ours, "difference": worst, "scores": scores}


def ours_rows(path):
    files = json.loads(path.read_text(encoding="utf-8"))["dataset_kwargs"]["data_files"]
    return pathlib.Path(files["test"]).read_text(encoding="utf-8").splitlines()


def markdown(rows):
    lines = ["| case | rows | fettle, s | lm-eval, s | ratio | largest likelihood difference | scores |",
             "|---|---|---|---|---|---|---|"]
    for row in rows:
        scores = ", ".join(f"{name} {value:.4f}" for name, value in row["scores"].items())
        lines.append(f"| {row['case']}: {CASES[row['case']]} | {row['rows']} | {row['fettle']:.2f} | "
                     f"{row['lm-eval']:.2f} | {row['ratio']:.1f} | {row['difference']:.1e} | "
                     f"{scores} |")
    return "\n".join(lines)


def parse(arguments):
    parser = argparse.ArgumentParser(prog="./dev bench evaluate",
                                     description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--cases", default=",".join(CASES),
                        help="; ".join(f"{name}: {text}" for name, text in CASES.items()))
    parser.add_argument("--rows", type=int, default=40, help="judged rows of a case (40)")
    parser.add_argument("--rounds", type=int, default=3, help="turns of both sides (3)")
    parser.add_argument("--batch", type=int, default=8, help="lm-eval's batch size (8)")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--model", type=pathlib.Path,
                        help="folder of a Llama model (the one that ./dev sets up)")
    parser.add_argument("--json", type=pathlib.Path, help="file for the figures")
    options = parser.parse_args(arguments)
    options.cases = options.cases.split(",")
    for case in options.cases:
        if case not in CASES:
            parser.error(f'--cases: there is no "{case}"; there are {", ".join(CASES)}')
    for name in ("rows", "rounds", "batch", "threads"):
        if getattr(options, name) < 1:
            parser.error(f"--{name}: {getattr(options, name)} is less than 1")
    return options


def main(arguments=None):
    options = parse(arguments)
    assets = pathlib.Path(os.environ.get("FETTLE_ASSETS", inputs.ROOT.parent / "shared" / "assets"))
    if not (assets / ASSET).is_file():
        print(f"{assets / ASSET} is not here; give the folder of the data as FETTLE_ASSETS")
        return 0
    build = pathlib.Path(os.environ.get("FETTLE_BUILD", inputs.ROOT / "build" / "release"))
    inputs.CACHE.mkdir(parents=True, exist_ok=True)
    model = inputs.peer_folder((options.model or inputs.base_gguf()).resolve())
    about = machine.header(machine.describe(options.threads))
    print(about)
    rows, solved = questions(assets)
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        paths = {case: write_case(case, rows[:options.rows], solved, folder)
                 for case in options.cases}
        done = [measure(case, path, (build / "fettle", model, folder), options)
                for case, path in paths.items()]
    print(f"\n{markdown(done)}")
    for path in filter(None, (inputs.CACHE / "evaluate.json", options.json)):
        path.write_text(json.dumps({"machine": about, "rows": done}, indent=1) + "\n",
                        encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
