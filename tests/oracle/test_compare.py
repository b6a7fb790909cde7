"""fettle compare: tests equal to statsmodels', corrections, slices, flips, one page; resumed rows."""

import json
import random

import browser
import pytest
import transformers
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests
from tiny_models import make_model, make_tokenizer

TASK = """
task: colours
dataset_path: json
dataset_kwargs: {data_files: {test: rows.jsonl}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{question}} "
doc_to_target: label
doc_to_choice: ["blue", "green", "a colour <b>"]
slices: [topic]
metric_list:
  - metric: acc
  - metric: acc_norm
  - metric: brier_score
  - metric: macro_f1
"""


@pytest.fixture(scope="module")
def judged(run_fettle, tmp_path_factory):
    folder = tmp_path_factory.mktemp("compare")
    draw = random.Random(5)
    rows = [{"question": f"which colour has the {draw.choice(['sky', 'grass'])} {i}",
             "label": draw.randrange(3), "topic": draw.choice(["sky", "land"])} for i in range(40)]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "colours.yaml").write_text(TASK)
    for seed, name in enumerate(("base", "tuned")):
        make_tokenizer(folder / name)
        make_model(transformers.LlamaForCausalLM, seed=seed).save_pretrained(folder / name)
        run_fettle("evaluate", folder / name, "--tasks", folder / "colours.yaml", "--output",
                   folder / f"{name}-rows", "--dtype", "float32")
    run_fettle("compare", folder / "base-rows", folder / "tuned-rows", "--output",
               folder / "report", "--names", "base", "tuned")
    return folder


def samples(folder):
    lines = (folder / "colours.samples.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_tests_equal_statsmodels(judged):
    report = json.loads((judged / "report" / "compare.json").read_text())
    by_metric = {one["metric"]: one for one in report["comparisons"]}
    right = [[row["likeliest"] in row["gold"] for row in samples(judged / f"{name}-rows")]
             for name in ("base", "tuned")]
    table = [[sum(a is x and b is y for a, b in zip(*right, strict=True)) for y in (True, False)]
             for x in (True, False)]
    acc = by_metric["acc"]
    assert acc["test"] == "McNemar (exact)"
    assert acc["p"] == pytest.approx(mcnemar(table, exact=True).pvalue, abs=1e-12)
    assert acc["difference"] == pytest.approx((sum(right[1]) - sum(right[0])) / 40, abs=1e-12)
    assert len(acc["flips"]) == table[0][1] + table[1][0]
    p = [one["p"] for one in report["comparisons"]]
    for key, method in (("p_holm", "holm"), ("p_fdr", "fdr_bh")):
        assert [one[key] for one in report["comparisons"]] == pytest.approx(
            multipletests(p, method=method)[1].tolist(), abs=1e-12)
    topics = {slice_["value"]: slice_ for slice_ in acc["slices"] if slice_["column"] == "topic"}
    for topic, one in topics.items():
        places = [i for i, row in enumerate(samples(judged / "base-rows"))
                  if row["doc"]["topic"] == topic]
        assert one["first"] == pytest.approx(sum(right[0][i] for i in places) / len(places))
    gaps = [one["difference"] for one in acc["slices"]]
    assert gaps == sorted(gaps) and len(topics) == 2


def test_the_page_stands_alone(judged):
    page = (judged / "report" / "compare.html").read_text(encoding="utf-8")
    assert "a colour &lt;b&gt;" in page and "a colour <b>" not in page
    assert "<script" not in page and "http" not in page and page.count("<svg") > 4
    assert (judged / "report" / "compare.csv").read_text().count("\n") == 9
    assert "| colours | acc | tuned |" in (judged / "report" / "compare.md").read_text()


def test_rows_of_a_killed_run_are_not_asked_again(judged, run_fettle, tmp_path):
    whole = (judged / "base-rows" / "colours.samples.jsonl").read_text(encoding="utf-8")
    kept = whole.splitlines(keepends=True)[:7]
    marked = json.loads(kept[3])
    marked["log_likelihoods"][0] = -0.125  # shows that the row was taken, not asked again
    kept[3] = json.dumps(marked) + "\n"
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "colours.samples.jsonl").write_text("".join(kept) + whole[:40])
    run_fettle("evaluate", judged / "base", "--tasks", judged / "colours.yaml", "--output",
               tmp_path / "out", "--dtype", "float32")
    now, before = samples(tmp_path / "out"), samples(judged / "base-rows")
    assert now[3]["log_likelihoods"][0] == -0.125
    assert [row["hash"] for row in now] == [row["hash"] for row in before]
    assert now[8] == before[8] or now[8]["log_likelihoods"] == pytest.approx(
        before[8]["log_likelihoods"], abs=1e-4)


def test_batches_change_nothing(judged, run_fettle, tmp_path):
    run_fettle("evaluate", judged / "base", "--tasks", judged / "colours.yaml", "--output",
               tmp_path, "--dtype", "float32", "--batch_tokens", 1)
    for one, many in zip(samples(tmp_path), samples(judged / "base-rows"), strict=True):
        assert one["log_likelihoods"] == pytest.approx(many["log_likelihoods"], abs=1e-4)


def test_what_cannot_be_compared_is_said(judged, run_fettle, tmp_path):
    done = run_fettle("compare", judged / "base-rows", code=2)
    assert "two or more" in done.stderr
    done = run_fettle("compare", judged / "base-rows", judged / "tuned", code=2)
    assert "--tasks" in done.stderr
    task = tmp_path / "t.yaml"
    task.write_text(TASK.replace("doc_to_target: label", "doc_to_target: !function f.g"))
    done = run_fettle("evaluate", judged / "base", "--tasks", task, code=1)
    assert f"{task}:8: !function names Python code" in done.stderr


def test_the_page_in_a_browser(judged):
    """Readable on both widths and schemes, and nothing is asked of any network."""
    driver = browser.start()
    try:
        page = browser.Page(driver)
        driver.get((judged / "report" / "compare.html").as_uri())
        page.check_looks("compare")
        assert "a colour <b>" in page.text("body") and page.script(
            "return document.querySelectorAll('svg').length") > 0
        assert page.script("return performance.getEntriesByType('resource').length") == 0
        page.script("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        page.check_looks("compare-open")
        assert not page.errors()
    finally:
        driver.quit()


def test_a_competitor_that_is_none_is_named_before_any_is_judged(run_fettle, judged):
    done = run_fettle("compare", judged / "base", judged / "tunde", "--tasks",
                      judged / "colours.yaml", "--output", judged / "never", code=1)
    [line] = done.stderr.splitlines()
    assert "tunde: there is no such model" in line
    assert not (judged / "never").exists()
