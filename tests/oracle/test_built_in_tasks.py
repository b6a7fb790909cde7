"""Every built-in task judges a made-up row of its data set, found in the hub's layout."""

import json
import re

import transformers
from tiny_models import make_model, make_tokenizer

PAIR = {"sentence1": "A cat sat.", "sentence2": "A cat was there."}
NLI = {"premise": "A cat sat.", "hypothesis": "A cat was there", "label": 1, "genre": "tale"}
CHOICES = {"label": ["A", "B", "C"], "text": ["the sun", "the 'moon'", "a \"star\""]}
TARGETS = {"choices": ["It is blue", "It's green"], "labels": [1, 0]}
SQUAD = {"title": "Sky", "context": "The sky is blue.", "question": "What colour is the sky?",
         "answers": {"text": ["blue"], "answer_start": [11]}}

# data set, configuration, split: a row
DATA = {
    ("nyu-mll/glue", "cola"): {"sentence": "The cat sat.", "label": 1},
    ("nyu-mll/glue", "sst2"): {"sentence": "a fine film", "label": 1},
    ("nyu-mll/glue", "mrpc"): {**PAIR, "label": 1},
    ("nyu-mll/glue", "qqp"): {"question1": "Why?", "question2": "Why so?", "label": 0},
    ("nyu-mll/glue", "mnli"): NLI,
    ("nyu-mll/glue", "ax"): {**NLI, "label": 0},
    ("nyu-mll/glue", "qnli"): {"question": "Where?", "sentence": "Here.", "label": 0},
    ("nyu-mll/glue", "rte"): {**PAIR, "label": 0},
    ("nyu-mll/glue", "wnli"): {**PAIR, "label": 1},
    ("nyu-mll/glue", "stsb"): {**PAIR, "label": 3.8},
    ("aps/super_glue", "boolq"): {"passage": "It rained.", "question": "was it wet", "label": 1},
    ("aps/super_glue", "cb"): NLI,
    ("aps/super_glue", "copa"): {"premise": "It rained.", "choice1": "I got wet.",
                                 "choice2": "I slept.", "question": "effect", "label": 0},
    ("aps/super_glue", "multirc"): {"paragraph": "It rained.", "question": "What fell?",
                                    "answer": "rain", "label": 1},
    ("aps/super_glue", "record"): {"passage": "Ann met Bob.\n@highlight\nThey talked",
                                   "query": "@placeholder spoke", "entities": ["Bob", "Ann"],
                                   "answers": ["Ann"]},
    ("aps/super_glue", "rte"): NLI,
    ("aps/super_glue", "wic"): {"sentence1": "a bank here", "sentence2": "the bank", "start1": 2,
                                "end1": 6, "label": 0},
    ("aps/super_glue", "wsc.fixed"): {"text": "Ann told Bob that she left .", "span1_text": "Ann",
                                      "span2_text": "she", "span2_index": 4, "label": 1},
    ("aps/super_glue", "axb"): {**PAIR, "label": 0},
    ("aps/super_glue", "axg"): NLI,
    ("cais/mmlu", "all"): {"question": " What? ", "choices": ["a", "b", "c", "d"], "answer": 2,
                           "subject": "high_school_biology"},
    ("Rowan/hellaswag", ""): {"activity_label": "Cooking", "ctx_a": "A man stirs.",
                              "ctx_b": "the [note] pot", "label": "2",
                              "endings": ["boils [title] Over", "it's hot", "falls", "sings"]},
    ("allenai/ai2_arc", "ARC-Easy"): {"question": "What shines?", "choices": CHOICES,
                                      "answerKey": "B"},
    ("allenai/ai2_arc", "ARC-Challenge"): {"question": "What shines?", "choices": CHOICES,
                                           "answerKey": "C"},
    ("allenai/winogrande", "winogrande_xl"): {"sentence": "Ann thanked Bob because _ helped.",
                                              "option1": "Ann", "option2": "Bob", "answer": "2"},
    ("baber/piqa", ""): {"goal": "Open a jar", "sol1": "Turn it.", "sol2": "Eat it.", "label": 0},
    ("truthfulqa/truthful_qa", "multiple_choice"): {
        "question": "What colour is the sky?", "mc1_targets": TARGETS, "mc2_targets": TARGETS},
    ("openai/gsm8k", "main"): {"question": "1+1?", "answer": "It is 2.\n#### 2"},
    ("openai/openai_humaneval", ""): {
        "task_id": "HumanEval/0", "prompt": "def one():\n", "entry_point": "one",
        "canonical_solution": "    return 1\n", "test": "def check(f):\n    assert f() == 1\n"},
    ("rajpurkar/squad", ""): SQUAD,
    ("rajpurkar/squad_v2", ""): {**SQUAD, "answers": {"text": [], "answer_start": []}},
    ("EleutherAI/wikitext_document_level", "wikitext-2-raw-v1"): {
        "page": " = Sky = \n\n The sky ( blue ) is 1 @,@ 000 km \" high \" , they say . \n"},
    ("EleutherAI/lambada_openai", "default"): {"text": "the sky is so blue"},
    **{(f"wmt/wmt{year}", f"{other}-en"): {"translation": {"en": "The sky.", other: "Le ciel."}}
       for year, other in (("14", "fr"), ("16", "de"), ("16", "ro"))},
    ("bentrevett/multi30k", ""): {"en": "A cat.", "de": "Eine Katze."},
    ("abisee/cnn_dailymail", "3.0.0"): {"article": "It rained.", "highlights": "Rain .\nMore ."},
    ("knkarthick/dialogsum", ""): {"dialogue": "#A: Hi", "summary": "They greet.",
                                   "topic": "greeting"},
}
SPLITS = ("train", "validation", "test", "dev", "validation_matched", "validation_mismatched")


def write_data(folder):
    for (path, config), row in DATA.items():
        for split in SPLITS:
            where = folder / path / config
            where.mkdir(parents=True, exist_ok=True)
            (where / f"{split}-00000-of-00001.jsonl").write_text(
                "".join(json.dumps(row) + "\n" for _ in range(6)), encoding="utf-8")


def test_every_task_judges_a_row(run_fettle, tmp_path, root):
    make_tokenizer(tmp_path / "model")
    make_model(transformers.LlamaForCausalLM, max_position_embeddings=2048).save_pretrained(
        tmp_path / "model")
    write_data(tmp_path / "data")
    shown = json.loads(run_fettle("show", "tasks", "--json").stdout)
    names = [task["name"] for task in shown]
    assert names == sorted(path.stem for path in (root / "tasks").glob("*.yaml"))
    run_fettle("evaluate", tmp_path / "model", "--tasks", ",".join(names), "--limit", 1,
               "--data_dir", tmp_path / "data", "--output", tmp_path / "out", "--dtype", "float32")
    prompts = {}
    for task in shown:
        figures = json.loads((tmp_path / "out" / f"{task['name']}.json").read_text())["figures"]
        assert {figure["metric"] for figure in figures} == set(task["metrics"]), task
        row = json.loads((tmp_path / "out" / f"{task['name']}.samples.jsonl").read_text())
        prompts[task["name"]] = row
    check_prompts(prompts)
    averages = json.loads((tmp_path / "out" / "results.json").read_text())["averages"]
    assert {name: one["missing"] for name, one in averages.items()} == {"glue": [],
                                                                        "superglue": []}


def check_prompts(rows):
    """What the templates do beyond naming columns, by hand from the tasks' papers and lm-eval."""
    assert rows["mnli"]["prompts"] == [
        "A cat sat.\nQuestion: A cat was there. True, False or Neither?\nAnswer:"]
    assert rows["copa"]["prompts"] == ["It rained therefore"]
    assert rows["copa"]["choices"] == [" i got wet.", " i slept."]
    assert rows["record"]["prompts"] == ["Ann met Bob.\n\n  - They talked.\n"]
    assert rows["record"]["choices"] == ["  - Ann spoke", "  - Bob spoke"]
    assert (rows["record"]["gold"], rows["record"]["choice_answers"]) == ([0], ["Ann", "Bob"])
    assert "Passage: Ann told Bob that *she* left .\n" in rows["wsc"]["prompts"][0]
    assert "Is the word 'bank' used" in rows["wic"]["prompts"][0]
    mmlu = rows["mmlu"]["prompts"][0]
    assert mmlu.startswith("The following are multiple choice questions (with answers) about high "
                           "school biology.\n\nWhat?\nA. a\nB. b\nC. c\nD. d\nAnswer: C\n\n")
    assert mmlu.count("Answer:") == 6
    assert rows["hellaswag"]["prompts"] == ["Cooking: A man stirs. The pot"]
    assert rows["hellaswag"]["choices"] == ["boils. Over", "it's hot", "falls", "sings"]
    assert rows["arc_easy"]["gold"] == [1]
    assert rows["arc_easy"]["choices"] == ["the sun", "the 'moon'", 'a "star"']
    assert rows["winogrande"]["prompts"] == ["Ann thanked Bob because Ann",
                                             "Ann thanked Bob because Bob"]
    assert rows["winogrande"]["continuations"] == [" helped."] * 2
    assert rows["winogrande"]["gold"] == [1]
    assert rows["truthfulqa_mc2"]["gold"] == [0]
    assert rows["squad"]["references"] == ["blue"]
    assert rows["wikitext"]["continuations"] == [
        " = Sky =\n\nThe sky (blue) is 1,000 km \"high\", they say.\n"]
    page = DATA["EleutherAI/wikitext_document_level", "wikitext-2-raw-v1"]["page"]
    assert rows["wikitext"]["words"] == len(re.split(r"\s+", page))
    assert rows["lambada_openai"]["continuations"] == [" blue"]
    assert rows["stsb"]["references"] == ["3.8"]


def test_missing_data_is_named(run_fettle, tmp_path):
    make_tokenizer(tmp_path / "model")
    make_model(transformers.LlamaForCausalLM).save_pretrained(tmp_path / "model")
    done = run_fettle("evaluate", tmp_path / "model", "--tasks", "sst2", code=1, cwd=tmp_path)
    assert "hf download --repo-type dataset nyu-mll/glue" in done.stderr
    done = run_fettle("evaluate", tmp_path / "model", "--tasks", "sst3", code=2)
    assert 'did you mean "sst2"' in done.stderr
