"""A task's own metrics: expressions, programs in the sandbox, a model as judge by ratings and pairs;
equal to scipy's and numpy's figures, kept, agreed with people."""

import json
import re
import shutil

import numpy
import pytest
from scipy.stats import binomtest, spearmanr
from test_compare import judged  # noqa: F401 (two judged models)
from test_hosted import chat, serve  # noqa: F401 (a server)

TASK = """
task: words
dataset_path: json
dataset_kwargs: {data_files: {test: words.jsonl}}
test_split: test
output_type: generate_until
doc_to_text: "{{question}} "
doc_to_target: "{{topic}}"
generation_kwargs: {until: ["!"], max_gen_toks: 7}
metric_list:
  - metric: exact_match
METRICS
"""


@pytest.fixture(scope="module")
def place(judged, tmp_path_factory):  # noqa: F811
    """Rows with people's ratings and verdicts, and two models to ask."""
    folder = tmp_path_factory.mktemp("own")
    rows = [json.loads(line) for line in (judged / "rows.jsonl").read_text().splitlines()][:24]
    for i, row in enumerate(rows):
        row["people"] = None if i % 5 == 0 else i % 7
        row["preferred"] = ["first", "second", "tie", "tuned", None][i % 5]
    (folder / "words.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    for name in ("base", "tuned"):
        (folder / name).symlink_to(judged / name)
    return folder


def write_task(place, metrics, name="words"):
    path = place / f"{name}.yaml"
    path.write_text(TASK.replace("METRICS", metrics).replace("task: words", f"task: {name}"))
    return path


def samples(folder, name="words"):
    lines = (folder / f"{name}.samples.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def figures(folder, name="words"):
    told = json.loads((folder / f"{name}.json").read_text())["figures"]
    return {one["metric"]: one for one in told}


def length_of(answer):
    return 1 + len(answer) % 9


def rating_server(serve):  # noqa: F811
    """Rates an answer by its length; of some answers it says nothing that counts."""

    def answer(_, request):
        prompt = request["messages"][0]["content"]
        words = re.search(r"\[Answer\]\n(.*)\n\[End\]", prompt, re.S).group(1)
        value = length_of(words)
        return chat("I cannot say." if value == 4 else f"[[1]] would be low. [[{value}]]")

    return serve(answer)


def test_expressions_and_programs(run_fettle, place, tmp_path):
    (place / "score.py").write_text(
        "import json, sys\n"
        "for line in sys.stdin:\n"
        "    row = json.loads(line)\n"
        "    assert row['doc']['topic'] == row['topic'] and row['answers'][0] == row['answer']\n"
        "    print(json.dumps({'score': len(row['answer']) / 10}))\n")
    task = write_task(place, """
  - metric: short
    expression: share(len(answer) < 12)
  - metric: ratio
    expression: sum(len(answer)) / sum(len(reference) + len(topic))
    higher_is_better: false
  - metric: tenth
    program: [/usr/bin/python3, score.py]
""")
    for name in ("base", "tuned"):
        run_fettle("evaluate", place / name, "--tasks", task, "--output", tmp_path / name,
                   "--dtype", "float32")
    rows, told = samples(tmp_path / "base"), figures(tmp_path / "base")
    lengths = [len(row["answers"][0]) for row in rows]
    topics = sum(2 * len(row["doc"]["topic"]) for row in rows)
    assert told["short"]["value"] == pytest.approx(sum(n < 12 for n in lengths) / 24, abs=1e-12)
    assert told["ratio"]["value"] == pytest.approx(sum(lengths) / topics, abs=1e-12)
    assert told["ratio"]["higher_is_better"] is False
    assert told["tenth"]["value"] == pytest.approx(sum(lengths) / 240, abs=1e-12)
    assert told["tenth"]["signature"].startswith("program:/usr/bin/python3:")
    assert all(one["interval"] for one in told.values())
    assert [row["scores"]["tenth,none"]["value"] for row in rows] == pytest.approx(
        [n / 10 for n in lengths])
    # Kept with the rows: a comparison needs no program.
    (place / "score.py").unlink()
    done = run_fettle("compare", tmp_path / "base", tmp_path / "tuned", "--json")
    compared = {one["metric"]: one for one in json.loads(done.stdout)["comparisons"]}
    assert set(compared) == {"exact_match", "short", "ratio", "tenth"}
    other = samples(tmp_path / "tuned")
    assert compared["tenth"]["difference"] == pytest.approx(
        sum(len(b["answers"][0]) - n for b, n in zip(other, lengths, strict=True)) / 240, abs=1e-12)


def test_what_own_metrics_cannot_be(run_fettle, place):
    for metrics, code, words in (
            ("  - {metric: x, expression: 'len(answer'}", 1, "metric x"),
            ("  - {metric: x, expression: 'len(nothing)'}", 1, "nothing"),
            ("  - {metric: x, program: score.py}", 1, "a list of a program's whole path"),
            ("  - {metric: x, program: [/no/such]}", 2, "/no/such is not there"),
            ("  - {metric: x, program: [/bin/sh, -c, 'exit 3']}", 1, "exit code 3"),
            ("  - {metric: x, program: [/bin/sh, -c, 'sleep 9'], seconds: 1}", 1, "after 1 s"),
            ("  - {metric: x, judge: ''}", 1, "judge is"),
            ("  - {metric: x, judge: good, hunam: people}", 1, 'did you mean "human"'),
            ("  - {metric: x, judge: good, of: 3}", 1, "of is 3"),
            ("  - {metric: x, expression: 'len(answer)', seconds: 1}", 1, "seconds"),
            ("  - {metric: x, judge: good, least: 5, most: 5}", 1, "least must be the lower"),
            ("  - {metric: x, judge: good, template: '{who}'}", 1, "{who}"),
            ("  - {metric: x, judge: good}", 2, "--judge MODEL")):
        task = write_task(place, metrics)
        done = run_fettle("evaluate", place / "base", "--tasks", task, code=code)
        assert words in done.stderr and done.stderr.count("\n") <= 3, (metrics, done.stderr)
    done = run_fettle("evaluate", place / "base", "--tasks", task, "--rubric", "short", code=2)
    assert "--rubric" in done.stderr and "--judge" in done.stderr and done.stderr.count("\n") == 1


def test_a_judge_rates_and_agrees_with_people(run_fettle, place, serve, tmp_path):  # noqa: F811
    server = rating_server(serve)
    task = write_task(place, """
  - metric: helpful
    judge: Is it of use?
    human: people
""")
    run_fettle("evaluate", place / "base", "--tasks", task, "--output", tmp_path, "--dtype",
               "float32", "--judge", server.model)
    rows, told = samples(tmp_path), figures(tmp_path)
    asked = [request["messages"][0]["content"] for _, request, _ in server.seen]
    assert len(set(asked)) == len(asked) and all("Is it of use?" in one for one in asked)
    assert any(rows[0]["doc"]["question"] in one for one in asked)
    truth = [length_of(row["answers"][0]) for row in rows]
    known = [value for value in truth if value != 4]
    assert told["helpful"]["value"] == pytest.approx(numpy.mean(known), abs=1e-12)
    assert f"judge:{server.model}|1..10|" in told["helpful"]["signature"]
    assert f"|unclear:{len(truth) - len(known)}|" in told["helpful"]["signature"]
    both = [(value, row["doc"]["people"]) for value, row in zip(truth, rows, strict=True)
            if value != 4 and row["doc"]["people"] is not None]
    agreement = told["helpful_agreement"]
    assert agreement["value"] == pytest.approx(spearmanr(*zip(*both, strict=True))[0], abs=1e-9)
    assert agreement["n"] == len(both)
    assert rows[0]["scores"]["helpful,none"]["words"]
    # Nothing is asked twice, and another rubric is another question.
    before = len(server.seen)
    run_fettle("evaluate", place / "base", "--tasks", task, "--output", tmp_path, "--dtype",
               "float32", "--judge", server.model)
    assert len(server.seen) == before and figures(tmp_path)["helpful"] == told["helpful"]
    assert samples(tmp_path) == rows
    plain = write_task(place, "")
    run_fettle("evaluate", place / "base", "--tasks", plain, "--output", tmp_path, "--dtype",
               "float32", "--judge", server.model, "--rubric", "Is it short?")
    assert len(server.seen) == 2 * before and "judge" in figures(tmp_path)


def pair_server(serve, biased=False):  # noqa: F811
    """Prefers the longer answer; or, biased, what stands first unless the other is far longer."""

    def answer(_, request):
        prompt = request["messages"][0]["content"]
        found = re.search(r"\[Answer A\]\n(.*)\n\[Answer B\]\n(.*)\n\[End\]", prompt, re.S)
        a, b = (len(one) for one in found.groups())
        if biased:
            return chat("[[B]]" if b > a + 8 else "[[A]]")
        return chat("[[C]]" if a == b else "[[A]]" if a > b else "[[B]]")

    return serve(answer)


def check_people(told, won, rows):
    people = {"first": 0, "second": 1, "tie": 0.5, "tuned": 1}
    both = [(value, people[row["doc"]["preferred"]]) for value, row in zip(won, rows, strict=True)
            if row["doc"]["preferred"] is not None]
    assert told["n"] == len(both)
    assert told["share"] == pytest.approx(numpy.mean([a == b for a, b in both]), abs=1e-12)


@pytest.mark.parametrize("biased", [False, True])
def test_a_judge_of_pairs(run_fettle, place, serve, tmp_path, biased):  # noqa: F811
    server = pair_server(serve, biased)
    task = write_task(place, "")
    for name in ("base", "tuned"):
        run_fettle("evaluate", place / name, "--tasks", task, "--output", tmp_path / name,
                   "--dtype", "float32")
    command = ("compare", tmp_path / "base", tmp_path / "tuned", "--output", tmp_path / "report",
               "--judge", server.model, "--judge_human", "preferred")
    run_fettle(*command)
    report = json.loads((tmp_path / "report" / "compare.json").read_text())
    one = next(each for each in report["comparisons"] if each["metric"] == "judge_pairs")
    base, tuned = (samples(tmp_path / name) for name in ("base", "tuned"))

    def verdict(a, b):
        """The second model's share of the win, and whether both orders say so."""
        gap = len(b["answers"][0]) - len(a["answers"][0])
        orders = (gap >= -8, gap > 8) if biased else (gap > 0, gap > 0)
        if not biased and gap == 0:
            return 0.5, True
        return sum(orders) / 2, orders[0] == orders[1]

    told = [verdict(a, b) for a, b in zip(base, tuned, strict=True)]
    won = numpy.array([value for value, _ in told])
    assert one["n"] == 24 and one["second_value"] == pytest.approx(won.mean(), abs=1e-12)
    assert one["first_value"] == pytest.approx(1 - won.mean(), abs=1e-12)
    assert one["judge"]["consistent"] == pytest.approx(numpy.mean([same for _, same in told]))
    if not (won == 0.5).any():
        wins = int(won.sum())
        assert one["p"] == pytest.approx(binomtest(wins, 24).pvalue, abs=1e-9)
    check_people(one["judge"]["people"], won, base)
    for name in ("compare.html", "compare.md"):
        page = (tmp_path / "report" / name).read_text()
        assert "in both orders" in page and "people" in page
    assert len(server.seen) <= 48
    before = len(server.seen)
    run_fettle(*command)
    assert len(server.seen) == before


def test_a_local_judge(run_fettle, place, smollm_gguf, tmp_path):
    """A real model rates; its words are kept with the row and read again."""
    task = write_task(place, "")
    command = ("evaluate", place / "base", "--tasks", task, "--output", tmp_path, "--dtype",
               "float32", "--limit", 3, "--judge", smollm_gguf, "--judge_max_new_tokens", 24)
    run_fettle(*command)
    rows = samples(tmp_path)
    assert all(row["scores"]["judge,none"]["words"] for row in rows)
    kept = sorted((tmp_path / "judge").glob("*.json"))
    assert 1 <= len(kept) <= 3
    for path in kept:
        path.write_text(json.dumps(json.loads(path.read_text()) | {"answer": "so [[9]]"}))
    run_fettle(*command)
    assert figures(tmp_path)["judge"]["value"] == 9
    silent = tmp_path / "silent"
    shutil.copytree(place / "base", silent)
    (silent / "chat_template.jinja").unlink(missing_ok=True)
    config = json.loads((silent / "tokenizer_config.json").read_text())
    config.pop("chat_template", None)
    (silent / "tokenizer_config.json").write_text(json.dumps(config))
    done = run_fettle("evaluate", place / "base", "--tasks", task, "--judge", silent, code=2)
    assert "has no chat template" in done.stderr
    done = run_fettle("evaluate", place / "base", "--tasks", task, "--judge", place / "no", code=1)
    assert "no: " in done.stderr
