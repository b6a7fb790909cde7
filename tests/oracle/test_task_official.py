"""Figures that only some benchmarks have, from their tasks' rows: by lm-evaluation-harness's own
functions, by torchmetrics, or by the benchmark's definition."""

import collections
import importlib.util
import json
import random

import numpy
import pytest
from test_tasks import harness, judge, lines, write_task  # noqa: F401 - harness is a fixture
from tiny_models import make_model, make_tokenizer
from torchmetrics.text import SQuAD

lm_eval = pytest.importorskip("lm_eval")

NAMES = ["old Ann", "old Bob", "the old man", "a young man", "young Ann", "young Bob"]
WORDS = ["which", "colour", "has", "the", "sky", "grass", "is", "blue", "green"]


def text(draw, size=6):
    return " ".join(draw.choices(WORDS, k=size))


def truthful(draw, count):
    rows = []
    for _ in range(count):
        labels = [1] * draw.randrange(1, 4) + [0] * draw.randrange(1, 4)
        rows.append({"question": text(draw), "mc2_targets": {
            "choices": [text(draw, 3) for _ in labels], "labels": labels}})
    return rows


def record(draw, count):
    rows = []
    for _ in range(count):
        entities = draw.sample(NAMES, 4)
        rows.append({"passage": f"{text(draw)}\n@highlight\n{text(draw)}",
                     "query": f"@placeholder {text(draw, 3)}", "entities": [*entities, entities[0]],
                     "answers": draw.sample(entities, 2)})
    return rows


def multirc(draw, count):
    return [{"paragraph": f"page {i // 8}", "question": f"{WORDS[i // 3 % 5]}?",
             "answer": text(draw, 2), "label": draw.randrange(2),
             "idx": {"paragraph": i // 8, "question": i // 3 % 5, "answer": i}}
            for i in range(count)]


def genders(draw, count):
    rows = []
    for i in range(count // 2):
        premise, hypothesis = text(draw), text(draw, 4)
        rows += [{"premise": f"{who} says {premise}", "hypothesis": hypothesis, "label": i % 2,
                  "idx": 2 * i + at} for at, who in enumerate(("she", "he"))]
    return rows


DATA = {"truthfulqa_mc2": ("truthfulqa/truthful_qa/multiple_choice", truthful),
        "record": ("aps/super_glue/record", record), "multirc": ("aps/super_glue/multirc", multirc),
        "axg": ("aps/super_glue/axg", genders)}


@pytest.fixture(scope="module")
def judged(run_fettle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("official")
    make_tokenizer(folder / "model")
    make_model(max_position_embeddings=512).save_pretrained(folder / "model")
    draw = random.Random(11)
    for path, make in DATA.values():
        (folder / path).mkdir(parents=True)
        rows = "".join(json.dumps(row) + "\n" for row in make(draw, 40))
        for split in ("train", "validation", "test"):
            (folder / path / f"{split}.jsonl").write_text(rows)
    run_fettle("evaluate", folder / "model", "--tasks", ",".join(DATA), "--data_dir", folder,
               "--num_fewshot", 0, "--output", folder / "out", "--dtype", "float32")

    def of(name):
        told = json.loads((folder / "out" / f"{name}.json").read_text())
        samples = (folder / "out" / f"{name}.samples.jsonl").read_text("utf-8").splitlines()
        return [json.loads(line) for line in samples], {
            figure["metric"]: figure["value"] for figure in told["figures"]}

    return of


def test_mc2_equals_the_harness(judged):
    spec = importlib.util.find_spec("lm_eval.tasks.truthfulqa.utils")
    process = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(process)
    rows, figures = judged("truthfulqa_mc2")
    values = [process.process_results_mc2(
        row["doc"], [(value, False) for value in row["log_likelihoods"]])["acc"] for row in rows]
    assert figures["mc2"] == pytest.approx(numpy.mean(values), abs=1e-9)
    assert 0.1 < figures["mc2"] < 0.9


def test_record_takes_the_best_of_the_answers(judged):
    rows, figures = judged("record")
    f1, exact = [], []
    for row in rows:
        entities = sorted(set(row["doc"]["entities"]))
        assert [choice.split(" ", 3)[3] for choice in row["choices"]] == [
            row["doc"]["query"].replace("@placeholder", entity) for entity in entities]
        said = entities[int(numpy.argmax(row["log_likelihoods"]))]
        score = SQuAD()([{"prediction_text": said, "id": "0"}], [
            {"answers": {"answer_start": [0, 0], "text": row["doc"]["answers"]}, "id": "0"}])
        f1.append(score["f1"].item() / 100)
        exact.append(score["exact_match"].item() / 100)
    assert figures["squad_f1"] == pytest.approx(numpy.mean(f1), abs=1e-6)  # float32 there
    assert figures["squad_em"] == pytest.approx(numpy.mean(exact), abs=1e-6)
    assert 0 < figures["squad_em"] < figures["squad_f1"] < 1


def test_multirc_counts_questions_whose_answers_are_all_right(judged):
    from lm_eval.api.metrics import acc_all
    rows, figures = judged("multirc")
    # acc_all takes whether a row was said to be right.
    items = [(row["likeliest"] == 1, row["doc"]) for row in rows]
    assert figures["group_em"] == pytest.approx(acc_all(items), abs=1e-12)
    assert 0 < figures["group_em"] < figures["acc"] < 1


def test_gender_parity_is_the_share_of_pairs_answered_alike(judged):
    rows, figures = judged("axg")
    pairs = collections.defaultdict(set)
    for row in rows:
        pairs[row["doc"]["idx"] // 2].add(row["likeliest"])
    wanted = sum(len(said) == 1 for said in pairs.values()) / len(pairs)
    assert figures["group_same"] == pytest.approx(wanted, abs=1e-12)
    assert 0 < figures["group_same"] <= 1


@pytest.mark.slow
def test_squad_answers_and_scores(assets, run_fettle, harness, smollm_folder, tmp_path):
    """Answers equal the harness's; exact match and F1 of its answers are torchmetrics'."""
    raw = json.loads(lines(assets, "squad", "dev-v2.0.cs224n.json.gz"))["data"]
    docs = [{"title": page["title"], "context": part["context"], "question": one["question"],
             "answers": {"text": [answer["text"] for answer in one["answers"]]}}
            for page in raw for part in page["paragraphs"] for one in part["qas"]
            if not one["is_impossible"]]
    keys = {"output_type": "generate_until", "doc_to_target": "{{answers.text}}",
            "doc_to_text": "Title: {{title}}\n\nBackground: {{context}}\n\nQuestion: {{question}}"
                           "\n\nAnswer:",
            "generation_kwargs": {"until": ["\n"], "max_gen_toks": 16}}
    path = write_task(tmp_path, "squad", docs[5:13], docs[:3],
                      {**keys, "metric_list": [{"metric": "exact_match"}]})
    theirs = judge(harness, [path])["samples"]["own_squad"]
    path = write_task(tmp_path, "squad", docs[5:13], docs[:3],
                      {**keys, "metric_list": [{"metric": "squad_em"}, {"metric": "squad_f1"}]})
    run_fettle("evaluate", smollm_folder, "--tasks", path, "--dtype", "float32", "--output",
               tmp_path / "out")
    rows = [json.loads(line) for line in
            (tmp_path / "out" / "own_squad.samples.jsonl").read_text("utf-8").splitlines()]
    answers = {sample["doc_id"]: sample["resps"][0] for sample in theirs}
    assert {row["doc_id"]: row["answers"] for row in rows} == answers
    oracle = SQuAD()
    for row in rows:
        oracle.update(
            [{"prediction_text": answers[row["doc_id"]][0], "id": str(row["doc_id"])}],
            [{"answers": {"answer_start": [0], "text": row["doc"]["answers"]["text"]},
              "id": str(row["doc_id"])}])
    wanted = {name: value.item() / 100 for name, value in oracle.compute().items()}
    told = json.loads((tmp_path / "out" / "own_squad.json").read_text())["figures"]
    figures = {figure["metric"]: figure["value"] for figure in told}
    assert figures["squad_em"] == pytest.approx(wanted["exact_match"], abs=1e-6)
    assert figures["squad_f1"] == pytest.approx(wanted["f1"], abs=1e-6)
