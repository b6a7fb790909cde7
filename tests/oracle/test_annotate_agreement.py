"""Agreement figures of annotators against scikit-learn, statsmodels and PyPI's krippendorff."""

import json
import math
import os
import random
import subprocess
import warnings

import krippendorff
import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa

TOLERANCE = 1e-12
LEVELS = ("nominal", "ordinal", "interval")


@pytest.fixture(scope="module")
def probe(built):
    program = os.environ.get("FETTLE_PROBE_ANNOTATE") or built("probe_annotate")

    def ask(requests):
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run([str(program)], input=lines, capture_output=True, text=True,
                              timeout=300, check=True)
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(requests)
        return answers

    return ask


def same(ours, theirs, where):
    if theirs is None or math.isnan(theirs):
        assert ours is None, where
    else:
        assert ours is not None and abs(ours - theirs) <= TOLERANCE, f"{where}: {ours} {theirs}"


def kappa_cases():
    rng = random.Random(4)
    for number in range(300):
        classes = rng.choice([2, 2, 3, 5, 11])
        rows = rng.choice([1, 2, 5, 40, 300])
        skill = rng.random()
        a = [rng.randrange(classes) for _ in range(rows)]
        b = [x if rng.random() < skill else rng.randrange(classes) for x in a]
        yield {"a": a, "b": a if number % 50 == 0 else b, "classes": classes}


def test_cohens_kappa(probe):
    cases = list(kappa_cases())
    for case, ours in zip(cases, probe(cases)):
        for figure, weights in zip(ours, (None, "linear", "quadratic")):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                theirs = cohen_kappa_score(case["a"], case["b"], weights=weights,
                                           labels=list(range(case["classes"])))
            same(figure, theirs, (case, weights))


def test_fleiss_kappa(probe):
    rng = random.Random(5)
    cases, tables = [], []
    while len(cases) < 200:
        classes, raters = rng.choice([2, 3, 6]), rng.choice([2, 3, 7])
        table = [[0] * classes for _ in range(rng.choice([1, 4, 50]))]
        for row in table:
            favourite = rng.randrange(classes)
            for _ in range(raters):
                row[favourite if rng.random() < 0.6 else rng.randrange(classes)] += 1
        if len({i for row in table for i, n in enumerate(row) if n}) < 2:
            continue  # one class alone: undefined, and a division by zero there
        tables.append(table)
        cases.append({"counts": sum(table, []), "classes": classes})
    for table, ours in zip(tables, probe(cases)):
        same(ours, fleiss_kappa(np.array(table), method="fleiss"), table)


def alpha_cases():
    rng = random.Random(6)
    while True:
        annotators, units = rng.choice([2, 3, 6]), rng.choice([2, 5, 30, 200])
        values = rng.choice([[0, 1], [1, 2, 3, 4, 5], [-2, 0, 1, 10], [0.5, 1.25, 7, 8, 9, 30]])
        missing, skill = rng.choice([0, 0.1, 0.5]), rng.random()
        truth = [rng.choice(values) for _ in range(units)]
        yield [[None if rng.random() < missing else
                t if rng.random() < skill else rng.choice(values) for t in truth]
               for _ in range(annotators)]


def theirs_alpha(matrix, level):
    data = np.array([[np.nan if v is None else v for v in row] for row in matrix], dtype=float)
    return krippendorff.alpha(reliability_data=data, level_of_measurement=level)


def test_krippendorffs_alpha(probe):
    cases, expected = [], []
    for matrix in alpha_cases():
        if len(cases) == 300:
            break
        paired = [{v for v in unit if v is not None} for unit in zip(*matrix)
                  if sum(v is not None for v in unit) > 1]
        everything = {v for row in matrix for v in row if v is not None}
        # With one value among what can be paired, alpha is undefined there too.
        if len(set().union(*paired, set())) < 2 or len(everything) < 2:
            continue
        cases.append({"values": matrix})
        expected.append([theirs_alpha(matrix, level) for level in LEVELS])
    for case, ours, theirs in zip(cases, probe(cases), expected):
        for figure, other, level in zip(ours, theirs, LEVELS):
            same(figure, other, (case, level))


def test_undefined_figures_are_null(probe):
    alone = [{"values": [[1, None], [None, 2]]}, {"values": [[1, 1], [1, 1]]},
             {"values": [[None], [None]]}]
    assert probe(alone) == [[None] * 3] * 3
    assert probe([{"a": [0, 0], "b": [0, 0], "classes": 2}]) == [[None] * 3]
    assert probe([{"counts": [2, 0, 2, 0], "classes": 2}]) == [None]
