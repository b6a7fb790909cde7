"""Classification, probabilities, regression and likelihood against scikit-learn, scipy, torchmetrics."""

import math
import random
import warnings

import numpy as np
import pytest
import torch
from metric_oracle import differences, probe, score  # noqa: F401 (fixtures)
from scipy import stats
from sklearn import config_context
from sklearn import metrics as sk
from statsmodels.stats.proportion import proportion_confint
from torchmetrics.functional import regression as tmr
from torchmetrics.functional.classification.calibration_error import _ce_compute

RIGHT = "scikit-learn"


@pytest.fixture(autouse=True)
def quiet():
    with warnings.catch_warnings(), np.errstate(all="ignore"), config_context(
            skip_parameter_validation=True):
        warnings.simplefilter("ignore")
        yield


def class_cases(seed, count):
    rng = random.Random(seed)
    cases = [([0], [0], 2), ([0, 0, 0], [0, 0, 0], 3), ([1, 1], [1, 1], 2), ([0, 1], [1, 0], 2),
             ([2, 2], [0, 1], 3), ([0, 0], [1, 1], 2), ([0] * 500 + [1], [0] * 501, 2)]
    while len(cases) < count:
        classes = rng.choice([2, 2, 3, 5, 12])
        rows = rng.choice([1, 2, 5, 30, 200])
        skill = rng.random()
        truth = [rng.randrange(classes) for _ in range(rows)]
        cases.append((truth, [t if rng.random() < skill else rng.randrange(classes)
                              for t in truth], classes))
    return cases


def averaged(truth, said, labels, average):
    return sk.precision_recall_fscore_support(
        truth, said, labels=labels, average=average, zero_division=0, pos_label=1)[:3]


@pytest.mark.slow
def test_classes(probe, differences):
    cases = class_cases(30, 520)
    requests, expected = [], []
    for truth, said, classes in cases:
        columns = {"truth": truth, "said": said, "classes": classes}
        labels = list(range(classes))
        def ask(name, value, **options):
            requests.append(score(name, columns, **options))
            expected.append((f"{name} {options}" if options else name, value, (truth, said)))
        ask("accuracy", sk.accuracy_score(truth, said))
        ask("balanced_accuracy", sk.balanced_accuracy_score(truth, said))
        ask("matthews", sk.matthews_corrcoef(truth, said))
        for weights in ("none", "linear", "quadratic"):
            ask("kappa", sk.cohen_kappa_score(truth, said, labels=labels,
                                              weights=None if weights == "none" else weights),
                weights=weights)
        averages = ["macro", "micro", "weighted"] + (["binary"] if classes == 2 else [])
        for average in averages:
            theirs = averaged(truth, said, labels if average != "binary" else None, average)
            for name, value in zip(("precision", "recall", "f1"), theirs):
                ask(name, value, average=average)
            if average != "binary":
                ask(f"{average}_f1", theirs[2])
    for (name, theirs, where), ours in zip(expected, probe(requests)):
        assert "value" in ours, (name, where, ours)
        differences.check(name, RIGHT, ours["value"], theirs, where)


def probability_cases(seed, count):
    rng = np.random.default_rng(seed)
    cases = []
    while len(cases) < count:
        classes = int(rng.choice([2, 2, 3, 5]))
        rows = int(rng.choice([1, 2, 5, 40, 150]))
        truth = rng.integers(classes, size=rows)
        kind = rng.integers(4)
        table = rng.dirichlet(np.ones(classes) * (0.1 if kind == 0 else 1), size=rows)
        if kind == 1:  # many ties
            table = np.round(table * 4) + 1
            table /= table.sum(axis=1, keepdims=True)
        if kind == 2:  # certain
            table = np.eye(classes)[rng.integers(classes, size=rows)]
        if kind == 3:  # skilful
            table = (table + np.eye(classes)[truth]) / 2
        cases.append((truth.tolist(), table, classes))
    return cases


def calibration_errors(table, right):
    """(bins, name, torchmetrics' figure), whose public functions go through single precision."""
    confidence = torch.tensor(table.max(axis=1))
    for bins in (10, 15):
        places = confidence.numpy() * bins
        # On an inner edge the last bit of the edge decides, which torch rounds by machine.
        if np.any((np.abs(places - places.round()) < 1e-9) & (places < bins - 0.5)):
            continue
        for name, norm in (("ece", "l1"), ("mce", "max")):
            yield bins, name, _ce_compute(confidence, torch.tensor(right.astype(float)), bins,
                                          norm=norm)


@pytest.mark.slow
def test_probabilities(probe, differences):
    requests, expected = [], []
    for truth, table, classes in probability_cases(31, 520):
        columns = {"truth": truth, "probabilities": table.tolist(), "classes": classes}
        labels = list(range(classes))
        truth = np.array(truth)
        def ask(name, oracle, value, **options):
            requests.append(score(name, columns, **options))
            expected.append((f"{name} {options}" if options else name, oracle, value,
                             (truth.tolist(), table.tolist())))
        ask("log_loss", RIGHT, sk.log_loss(truth, table, labels=labels))
        ask("brier", RIGHT, sk.brier_score_loss(truth, table, labels=labels))
        if classes == 2:
            ask("roc_auc", RIGHT, sk.roc_auc_score(truth, table[:, 1], labels=labels))
            ask("average_precision", RIGHT, sk.average_precision_score(truth, table[:, 1]))
        else:
            whole = set(truth) == set(labels)
            hits = np.eye(classes)[truth]
            for average in ("macro", "weighted"):
                ask("average_precision", RIGHT,
                    sk.average_precision_score(hits, table, average=average), average=average)
                for multi in ("ovr", "ovo"):
                    if whole and len(set(truth)) > 1:
                        ask("roc_auc", RIGHT, sk.roc_auc_score(
                            truth, table, labels=labels, multi_class=multi, average=average),
                            multi_class=multi, average=average)
        answer = table.argmax(axis=1)
        for bins, name, value in calibration_errors(table, answer == truth):
            ask(name, "torchmetrics", value, bins=bins)
    answers = probe(requests)
    for (name, oracle, theirs, where), ours in zip(expected, answers):
        assert "value" in ours, (name, where, ours)
        differences.check(name, oracle, ours["value"], theirs, where)


def number_cases(seed, count):
    rng = np.random.default_rng(seed)
    cases = [([1.0], [2.0]), ([1.0, 1.0], [1.0, 1.0]), ([1.0, 1.0], [1.0, 2.0]),
             ([0.0, 1.0], [3.0, 3.0]), ([1.0, 2.0], [2.0, 1.0])]
    while len(cases) < count:
        rows = int(rng.choice([2, 3, 10, 60, 300]))
        a = rng.normal(size=rows)
        b = a * rng.normal() + rng.normal(size=rows)
        kind = rng.integers(4)
        if kind == 0:
            a, b = np.round(a), np.round(b)
        if kind == 1:
            a, b = np.round(a * 2), b * 1e-3
        if kind == 2:
            a = a + 10
        cases.append((a.tolist(), b.tolist()))
    return cases


def test_numbers(probe, differences):
    requests, expected = [], []
    for targets, values in number_cases(32, 700):
        columns = {"targets": targets, "values": values}
        figures = [("mse", RIGHT, sk.mean_squared_error(targets, values)),
                   ("rmse", RIGHT, sk.root_mean_squared_error(targets, values)),
                   ("mae", RIGHT, sk.mean_absolute_error(targets, values)),
                   ("mse", "torchmetrics",
                    tmr.mean_squared_error(torch.tensor(values, dtype=torch.float64),
                                           torch.tensor(targets, dtype=torch.float64))),
                   ("r2", RIGHT, sk.r2_score(targets, values))]
        if len(targets) > 1:
            figures += [("pearson", "scipy", stats.pearsonr(targets, values)[0]),
                        ("spearman", "scipy", stats.spearmanr(targets, values)[0]),
                        ("kendall", "scipy", stats.kendalltau(targets, values)[0])]
        for name, oracle, value in figures:
            requests.append(score(name, columns))
            expected.append((name, oracle, value, (targets, values)))
    for (name, oracle, theirs, where), ours in zip(expected, probe(requests)):
        assert "value" in ours, (name, where, ours)
        differences.check(name, oracle, ours["value"], theirs, where)


def test_likelihood(probe, differences):
    rng = np.random.default_rng(33)
    requests, expected = [], []
    for _ in range(500):
        rows = int(rng.choice([1, 3, 20]))
        tokens = rng.integers(1, 50, size=rows)
        nll = rng.uniform(0, 4, size=rows) * tokens
        words, size = rng.integers(1, 30, size=rows), rng.integers(20, 300, size=rows)
        right = rng.integers(0, tokens + 1)
        columns = {"nll": nll.tolist(), "tokens": tokens.tolist(), "words": words.tolist(),
                   "bytes": size.tolist(), "right_tokens": right.tolist()}
        for name, value in (("loss", nll.sum() / tokens.sum()),
                            ("perplexity", np.exp(nll.sum() / tokens.sum())),
                            ("byte_perplexity", np.exp(nll.sum() / size.sum())),
                            ("bits_per_byte", nll.sum() / size.sum() / math.log(2)),
                            ("token_accuracy", right.sum() / tokens.sum())):
            requests.append(score(name, columns))
            expected.append((name, value))
    for (name, theirs), ours in zip(expected, probe(requests)):
        differences.check(name, "numpy", ours["value"], theirs, name)


def test_refusals(probe):
    nan = 1e999
    bad = [
        (score("accuracy", {"truth": [], "said": [], "classes": 2}), "no rows"),
        (score("accuracy", {"truth": [0], "said": [0, 1], "classes": 2}), "1 and 2"),
        (score("f1", {"truth": [5], "said": [0], "classes": 2}), "allowed: 0 to 1"),
        (score("mse", {"targets": [1.0, 2.0], "values": [1.0, nan]}), "cannot"),
        (score("brier", {"truth": [0], "probabilities": [[1.5, 0.1]], "classes": 2}), "0 to 1"),
        (score("log_loss", {"truth": [0], "probabilities": [[0.5]], "classes": 3}), "3 were"),
        (score("accurracy", {}), "did you mean"),
        (score("f1", {"truth": [0], "said": [0], "classes": 2}, averag="x"), "average"),
        (score("f1", {"truth": [0], "said": [0], "classes": 2}, average="x"), "macro"),
        (score("confusion", {}), "a table"),
    ]
    for (request, words), answer in zip(bad, probe([request for request, _ in bad])):
        if words == "cannot":
            assert "error" in answer
        else:
            assert words in answer["error"], answer
        assert "\n" not in answer["error"]


def test_intervals_by_name(probe):
    columns = {"truth": [0, 1, 1, 0] * 10, "said": [0, 1, 0, 0] * 10, "classes": 2}
    wilson, boot, grouped = probe([
        {**score("accuracy", columns), "interval": True},
        {**score("f1", columns), "interval": True, "seed": 3},
        {**score("accuracy", {**columns, "clusters": [i // 4 for i in range(40)]}),
         "interval": True, "seed": 3}])
    assert wilson["signature"] == "accuracy|n:40|wilson95"
    low, high = proportion_confint(30, 40, method="wilson")
    assert abs(wilson["interval"]["low"] - low) < 1e-12
    assert abs(wilson["interval"]["high"] - high) < 1e-12
    assert boot["signature"] == "f1|average:binary|positive:1|n:40|bootstrap95:1000|seed:3"
    assert boot["interval"]["low"] < boot["value"] < boot["interval"]["high"]
    # Every cluster holds the same four rows: whichever are drawn, the figure is the same.
    assert grouped["interval"] == {"low": 0.75, "high": 0.75}
    assert "clustered-bootstrap95" in grouped["signature"]
