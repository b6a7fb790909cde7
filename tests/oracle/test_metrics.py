"""The metric room's figures against scikit-learn, statsmodels and SQuAD's own rules.

FETTLE_PROBE_METRIC  the program that is judged (default: probe_metric of the build folder)
"""

import collections
import json
import math
import os
import random
import re
import string
import subprocess
import unicodedata
import warnings

import numpy as np
import pytest
from sklearn import config_context
from sklearn import metrics as sk
from statsmodels.stats.proportion import proportion_confint

TOLERANCE = 1e-9


@pytest.fixture(scope="module")
def probe(built):
    """probe(requests): one answer for each request, from one process."""
    program = os.environ.get("FETTLE_PROBE_METRIC") or built("probe_metric")

    def ask(requests):
        lines = "".join(json.dumps(request) + "\n" for request in requests)
        done = subprocess.run([str(program)], input=lines, capture_output=True, text=True,
                              timeout=300, check=True)
        answers = [json.loads(line) for line in done.stdout.split("\n") if line]
        assert len(answers) == len(requests)
        return answers

    return ask


def near(ours, theirs, where):
    theirs = float(theirs)
    if math.isnan(theirs):
        assert ours is None, where
    else:
        assert ours is not None and abs(ours - theirs) <= TOLERANCE, f"{where}: {ours} {theirs}"


def classification_cases():
    rng = random.Random(20)
    cases = [([], [], 2), ([0], [0], 1), ([0, 0, 0], [0, 0, 0], 3), ([0, 1], [-1, -1], 2),
             ([1, 1, 0, 0, 1], [1, 0, 0, 1, 1], 2), ([2, 2], [0, 1], 3)]
    while len(cases) < 500:
        classes = rng.choice([1, 2, 2, 3, 5, 12])
        rows = rng.choice([1, 2, 5, 30, 200])
        skill = rng.random()
        first = -1 if rng.random() < 0.3 else 0
        truth = [rng.randrange(classes) for _ in range(rows)]
        answers = [t if rng.random() < skill else rng.randrange(first, classes) for t in truth]
        cases.append((truth, answers, classes))
    return cases


def test_classification(probe):
    cases = classification_cases()
    answers = probe([{"metric": "classification", "truth": t, "answers": a, "classes": n}
                     for t, a, n in cases])
    for (truth, given, classes), ours in zip(cases, answers):
        where = f"{truth} {given} {classes}"
        labels = list(range(classes))
        assert np.array_equal(np.array(ours["confusion"]).reshape(classes, classes + 1),
                              confusion_matrix(truth, given, classes)), where
        if not truth:
            assert ours["accuracy"] is None and ours["balanced_accuracy"] is None
            assert ours["matthews"] == 0 and ours["macro"] == [0, 0, 0]
            continue
        truth, given = np.array(truth), np.array(given)
        with warnings.catch_warnings(), config_context(skip_parameter_validation=True):
            warnings.simplefilter("ignore")
            near(ours["accuracy"], sk.accuracy_score(truth, given), where)
            near(ours["balanced_accuracy"], sk.balanced_accuracy_score(truth, given), where)
            near(ours["matthews"], sk.matthews_corrcoef(truth, given), where)
            averages = {average: sk.precision_recall_fscore_support(
                truth, given, labels=labels, average=average, zero_division=0)
                for average in ("macro", "micro", "weighted")}
            each = sk.precision_recall_fscore_support(truth, given, labels=labels, zero_division=0)
        assert ours["support"] == list(each[3]), where
        for k in labels:
            for part in range(3):
                near(ours["classes"][k][part], each[part][k], where)
        for average, theirs in averages.items():
            for part in range(3):
                near(ours[average][part], theirs[part], f"{average} {where}")


def confusion_matrix(truth, given, classes):
    if not truth:
        return np.zeros((classes, classes + 1))
    # The answers of no class (-1) are scikit-learn's first column; fettle's last.
    whole = sk.confusion_matrix(truth, given, labels=[-1, *range(classes)])[1:]
    return np.concatenate([whole[:, 1:], whole[:, :1]], axis=1)


def test_wilson(probe):
    rng = random.Random(21)
    cases = [(0, 1, 0.95), (1, 1, 0.95), (0, 10**9, 0.95), (10**9, 10**9, 0.95)]
    while len(cases) < 1000:
        rows = rng.choice([1, 2, 3, 10, 100, 1319, 10**6])
        cases.append((rng.randint(0, rows), rows, rng.choice([0.5, 0.9, 0.95, 0.99, 0.999])))
    answers = probe([{"metric": "wilson", "successes": k, "rows": n, "level": level}
                     for k, n, level in cases])
    for (k, n, level), ours in zip(cases, answers):
        low, high = proportion_confint(k, n, alpha=1 - level, method="wilson")
        near(ours["low"], low, (k, n, level))
        near(ours["high"], high, (k, n, level))


def philox_below(seed, count, bound):
    """Random(seed, "bootstrap").below(i, bound) for i < count: Philox4x32-10 in Python integers."""
    mask32, mask64 = (1 << 32) - 1, (1 << 64) - 1
    name = 0xCBF29CE484222325
    for byte in b"bootstrap":
        name = ((name ^ byte) * 0x100000001B3) & mask64
    mixed = ((seed * 0x9E3779B97F4A7C15) & mask64) ^ name
    mixed ^= mixed >> 31
    mixed = (mixed * 0xBF58476D1CE4E5B9) & mask64
    mixed ^= mixed >> 29
    out = []
    for index in range(count):
        c, key = [index & mask32, index >> 32, 0, 0], [mixed & mask32, mixed >> 32]
        for _ in range(10):
            a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
            c = [(b >> 32) ^ c[1] ^ key[0], b & mask32, (a >> 32) ^ c[3] ^ key[1], a & mask32]
            key = [(key[0] + 0x9E3779B9) & mask32, (key[1] + 0xBB67AE85) & mask32]
        out.append((((c[1] << 32) | c[0]) * bound) >> 64)
    return out


def test_bootstrap(probe):
    rng = np.random.default_rng(22)
    cases = [(rng.normal(size=size).tolist(), seed, level)
             for size in (1, 2, 17, 40) for seed in (0, 7, 2**63) for level in (0.8, 0.95)]
    answers = probe([{"metric": "bootstrap", "values": values, "seed": seed, "resamples": 50,
                      "level": level} for values, seed, level in cases])
    for (values, seed, level), ours in zip(cases, answers):
        rows = np.array(philox_below(seed, 50 * len(values), len(values))).reshape(50, -1)
        means = np.array(values)[rows].mean(axis=1)
        low, high = np.percentile(means, [50 * (1 - level), 100 - 50 * (1 - level)])
        near(ours["low"], low, (seed, level))
        near(ours["high"], high, (seed, level))


def squad_normalise(text):
    """Rajpurkar et al.'s rules, in their order."""
    text = "".join(c for c in text.lower() if c not in set(string.punctuation))
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def squad_f1(answer, right):
    given, gold = squad_normalise(answer).split(), squad_normalise(right).split()
    if not given or not gold:
        return float(given == gold)
    common = sum((collections.Counter(given) & collections.Counter(gold)).values())
    if common == 0:
        return 0.0
    precision, recall = common / len(given), common / len(gold)
    return 2 * precision * recall / (precision + recall)


def text_cases():
    rng = random.Random(23)
    pieces = ["the", "a", "an", "The", "cat", "Cat", "sat", "down", "x", "42", "\u00c9t\u00e9",
              "\u039f\u0394\u039f\u03a3", "\u03a3", "\u0130stanbul", "\u1e9e", "na\u00efve",
              "a\u0301", "\u4f60\u597d", "\U0001f600", "\u2160\u2161", "\u00bd", "\u0661\u0662",
              "don't", "U.S.A.", "\u201cthe\u201d", "the-a", "_the_", "\u02b0the", "\u0345a",
              "a\u200db", "\u01c5", "\u2019s", "\u0391\u03a3\u2019", "\u0391\u03a3.\u0392"]
    gaps = [" ", "  ", "\t", "\n", "\u00a0", "\u3000", "\u2028", "\x1c", "\x85", ", ", ".", "",
            "-", "\u200b"]
    # Right texts come from the same pieces: half of them share words with the answer.
    cases = [("The cat sat.", ["cat sat down"]), ("the", ["a"]), ("x", [""]), ("", [""]),
             ("", []), ("a", []), ("x", [])]
    while len(cases) < 1000:
        def phrase():
            return "".join(rng.choice(pieces) + rng.choice(gaps)
                           for _ in range(rng.randrange(7)))
        answer = phrase()
        right = [phrase() for _ in range(rng.randrange(3))]
        if rng.random() < 0.3:
            right.append(answer.upper())
        cases.append((answer, right))
    return cases


def test_text(probe):
    cases = text_cases()
    answers = probe([{"metric": "text", "answer": answer, "right": right}
                     for answer, right in cases])
    for (answer, right), ours in zip(cases, answers):
        where = ascii((answer, right))
        golds = right or [""]
        assert ours["squad"] == squad_normalise(answer), where
        assert ours["strip_lower"] == answer.strip().lower(), where
        assert ours["exact_match"] == max(
            squad_normalise(answer) == squad_normalise(gold) for gold in golds), where
        near(ours["f1"], max(squad_f1(answer, gold) for gold in golds), where)


def test_lower_case_and_white_space_of_every_character(probe):
    points = [chr(p) for p in range(1, 0x30000) if not 0xD800 <= p < 0xE000]
    rows = ["".join(points[i:i + 64]) for i in range(0, len(points), 64)]
    rows += [f"x{c}the{c}y" for c in points if not c.isalnum()][:20000]
    # Whether a sigma is final depends on what stands beside it.
    rows += [f"A{c}\u03a3 A\u03a3{c} A\u03a3{c}B {c}\u03a3" 
             for c in points if ord(c) < 0x3100 or 0xa640 <= ord(c) < 0x10000 and not c.isalpha()
             or 0x1f100 <= ord(c) < 0x1f400]
    answers = probe([{"metric": "text", "answer": row, "right": []} for row in rows])
    known = [i for i, row in enumerate(rows)
             if all(unicodedata.category(c) not in ("Cn", "Co") for c in row)]
    assert len(known) > 5000
    for i in known:
        assert answers[i]["strip_lower"] == rows[i].strip().lower(), ascii(rows[i])
        assert answers[i]["squad"] == squad_normalise(rows[i]), ascii(rows[i])


def test_likelihood_figures(probe):
    rng = random.Random(24)
    cases = [(rng.uniform(0, 5000), rng.randrange(1, 5000)) for _ in range(500)]
    cases = [(nll, count) for nll, count in cases if nll / count < 20] + [(0.0, 7)]
    answers = probe([{"metric": "likelihood", "nll": nll, "count": count} for nll, count in cases])
    for (nll, count), ours in zip(cases, answers):
        theirs = float(np.exp(np.float64(nll) / count))
        assert abs(ours["perplexity"] - theirs) <= TOLERANCE * max(1, theirs)
        near(ours["bits_per_byte"], nll / math.log(2) / count, (nll, count))
    assert probe([{"metric": "likelihood", "nll": 0.0, "count": 0}]) == [
        {"perplexity": None, "bits_per_byte": None}]
