"""Tokens that the model finds likeliest: token_accuracy of texts, and whether a target is what greedy
decoding gives, equal to transformers' logits."""

import json

import pytest
import torch
import transformers
from test_compare import judged, samples  # noqa: F401 (two judged models)

TASK = """
task: colours
dataset_path: json
dataset_kwargs: {data_files: {test: texts.jsonl}}
test_split: test
output_type: KIND
doc_to_text: "{{text}}"
doc_to_target: "TARGET"
metric_list:
  - metric: METRIC
"""


@pytest.fixture(scope="module")
def texts(judged, tmp_path_factory):  # noqa: F811
    """Texts, and targets of which every other is what the model itself says next."""
    folder = tmp_path_factory.mktemp("greedy")
    model = transformers.AutoModelForCausalLM.from_pretrained(judged / "base", dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(judged / "base")
    rows = []
    for i, line in enumerate((judged / "rows.jsonl").read_text().splitlines()):
        text = json.loads(line)["question"]
        target = f" {i} or so"
        if i % 2 == 0:
            ids = torch.tensor([tokenizer(text).input_ids])
            said = model.generate(ids, max_new_tokens=1 + i % 4 // 2, do_sample=False)[0, ids.shape[1]:]
            spelt = tokenizer.decode(said)
            if tokenizer(text + spelt).input_ids == ids[0].tolist() + said.tolist():
                target = spelt
        rows.append({"text": text, "target": target})
    (folder / "texts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder, model, tokenizer


def judge(run_fettle, folder, judged, kind, metric):  # noqa: F811
    task = folder / f"{kind}.yaml"
    task.write_text(TASK.replace("KIND", kind).replace("METRIC", metric)
                    .replace("TARGET", "{{text}}{{target}}" if "roll" in kind else "{{target}}"))
    run_fettle("evaluate", judged / "base", "--tasks", task, "--output", folder / kind, "--dtype",
               "float32")
    [figure] = json.loads((folder / kind / "colours.json").read_text())["figures"]
    return figure, samples(folder / kind)


def likeliest(model, ids, begin):
    """Of each token from `begin` on, whether it is the argmax after those before it."""
    with torch.no_grad():
        said = model(torch.tensor([ids])).logits[0].argmax(-1)
    return [int(said[i - 1]) == ids[i] for i in range(begin, len(ids))]


def test_of_texts(run_fettle, judged, texts):  # noqa: F811
    folder, model, tokenizer = texts
    figure, rows = judge(run_fettle, folder, judged, "loglikelihood_rolling", "token_accuracy")
    first = tokenizer.bos_token_id
    first = tokenizer.eos_token_id if first is None else first
    told = [likeliest(model, [first, *tokenizer(row["continuations"][0]).input_ids], 1)
            for row in rows]
    assert [row["right_tokens"] for row in rows] == [sum(one) for one in told]
    assert [row["tokens"] for row in rows] == [len(one) for one in told]
    every = sum(told, [])
    assert 0 < sum(every) < len(every)
    assert figure["value"] == pytest.approx(sum(every) / len(every), abs=1e-12)


def test_of_targets(run_fettle, judged, texts):  # noqa: F811
    folder, model, tokenizer = texts
    figure, rows = judge(run_fettle, folder, judged, "loglikelihood", "acc")
    told = []
    for row in rows:
        text, target = row["doc"]["text"], row["continuations"][0]
        ids = tokenizer(text + target).input_ids
        told.append(all(likeliest(model, ids, len(tokenizer(text).input_ids))))
    assert 0 < sum(told) < len(told)
    assert [row["greedy"] for row in rows] == told
    assert figure["value"] == pytest.approx(sum(told) / len(told), abs=1e-12)
