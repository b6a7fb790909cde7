"""lm-evaluation-harness over task files, in a process of its own: prints, as one line of JSON, the
seconds from the task files to the scores (the model is loaded before), scores and likelihoods.

usage: peer_evaluate.py MODEL THREADS BATCH TASK.yaml...
"""

import json
import logging
import sys
import time


def requests_of(sample):
    given = sample["arguments"]
    given = given.values() if isinstance(given, dict) else given
    return [list(one.values()) if isinstance(one, dict) else list(one) for one in given]


def row_of(sample):
    said = [one[0] for one in sample["resps"]]
    said = [one[0] if isinstance(one, (list, tuple)) else one for one in said]
    return {"doc_id": sample["doc_id"], "log_likelihoods": [float(one) for one in said],
            "prompt": requests_of(sample)[0][0]}


def main(model, threads, batch, *paths):
    import torch
    from lm_eval import simple_evaluate
    from lm_eval.models.huggingface import HFLM
    from lm_eval.tasks import TaskManager
    logging.disable(logging.WARNING)
    torch.set_num_threads(int(threads))
    harness = HFLM(pretrained=model, device="cpu", dtype="float32", batch_size=int(batch))
    begin = time.perf_counter()
    found = simple_evaluate(harness, tasks=list(paths), log_samples=True, bootstrap_iters=0,
                            task_manager=TaskManager(include_defaults=False), cache_requests=False)
    seconds = time.perf_counter() - begin
    out = {"seconds": seconds, "tasks": {}}
    for name, figures in found["results"].items():
        out["tasks"][name] = {
            "scores": {key.split(",")[0]: value for key, value in figures.items()
                       if "," in key and "stderr" not in key},
            "rows": [row_of(sample) for sample in found["samples"][name]]}
    print(json.dumps(out))


if __name__ == "__main__":
    main(*sys.argv[1:])
