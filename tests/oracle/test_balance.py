"""Splits, folds, sampling and weights against scikit-learn and imbalanced-learn."""

import collections
import json
import subprocess

import numpy as np
import pytest
from sklearn.model_selection import (GroupKFold, KFold, StratifiedGroupKFold, StratifiedKFold,
                                     StratifiedShuffleSplit, train_test_split)
from sklearn.utils.class_weight import compute_class_weight

over_sampling = pytest.importorskip("imblearn.over_sampling")
under_sampling = pytest.importorskip("imblearn.under_sampling")


@pytest.fixture(scope="module")
def ask(built):
    program = built("probe_rows")

    def run(request):
        done = subprocess.run([str(program)], input=json.dumps(request) + "\n", text=True,
                              capture_output=True, check=True, timeout=120)
        return json.loads(done.stdout)

    return run


def classes_of(seed, rows, kinds):
    rng = np.random.default_rng(seed)
    return rng.choice(kinds, size=rows, p=rng.dirichlet(np.ones(kinds) * 3))


def table(classes, parts, part):
    return np.bincount(classes[np.asarray(parts) == part], minlength=classes.max() + 1)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.25, 1 / 3, 0.5])
@pytest.mark.parametrize("rows", [50, 101, 1000, 2047])
def test_plain_split_has_the_sizes_of_train_test_split(ask, rows, share):
    train, test = train_test_split(np.arange(rows), test_size=share)
    parts = ask({"op": "parts", "rows": rows, "parts": ["train", f"test={share!r}"]})
    assert collections.Counter(parts) == {0: len(train), 1: len(test)}


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("share", [0.1, 0.27, 0.5])
def test_stratified_split_has_the_proportions_of_stratified_shuffle_split(ask, seed, share):
    classes = classes_of(seed, 300 + 37 * seed, 2 + seed % 4)
    parts = ask({"op": "parts", "rows": len(classes), "classes": classes.tolist(),
                 "parts": ["train", f"test={share!r}"], "seed": seed})
    split = StratifiedShuffleSplit(1, test_size=share, random_state=seed)
    train, test = next(split.split(classes, classes))
    # Equal remainders are rounded up at random by both: then a class may differ by one row.
    counts = np.bincount(classes)
    remainders = np.round(counts / len(classes) * len(train) % 1, 9)
    tied = np.isin(remainders, [one for one in remainders if (remainders == one).sum() > 1])
    for part, theirs in ((0, train), (1, test)):
        difference = table(classes, parts, part) - np.bincount(classes[theirs],
                                                               minlength=len(counts))
        assert difference.sum() == 0
        assert np.abs(difference[tied]).max(initial=0) <= 1
        assert not difference[~tied].any()


def folds_table(classes, folds, count):
    return [np.bincount(classes[folds == fold], minlength=classes.max() + 1).tolist()
            for fold in range(count)]


def fold_numbers(splitter, classes, groups=None):
    folds = np.zeros(len(classes), dtype=int)
    for number, (_, held) in enumerate(splitter.split(classes, classes, groups)):
        folds[held] = number
    return folds


@pytest.mark.parametrize("rows,count", [(10, 3), (101, 5), (1000, 7)])
def test_plain_folds_have_the_sizes_of_kfold(ask, rows, count):
    folds = np.array(ask({"op": "parts", "rows": rows, "folds": count}))
    theirs = fold_numbers(KFold(count, shuffle=True), np.zeros(rows, dtype=int))
    assert np.bincount(folds).tolist() == np.bincount(theirs).tolist()


@pytest.mark.parametrize("seed", range(8))
def test_stratified_folds_have_the_tables_of_stratified_kfold(ask, seed):
    classes = classes_of(seed, 200 + 13 * seed, 3)
    count = 3 + seed % 5
    folds = np.array(ask({"op": "parts", "rows": len(classes), "classes": classes.tolist(),
                          "folds": count, "seed": seed}))
    theirs = fold_numbers(StratifiedKFold(count, shuffle=True, random_state=seed), classes)
    assert folds_table(classes, folds, count) == folds_table(classes, theirs, count)


@pytest.mark.parametrize("seed", range(6))
def test_grouped_folds_have_the_sizes_of_group_kfold(ask, seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 60, size=400)
    count = 3 + seed % 4
    folds = np.array(ask({"op": "parts", "rows": 400, "units": groups.tolist(), "folds": count,
                          "seed": seed}))
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))
    theirs = fold_numbers(GroupKFold(count), np.zeros(400, dtype=int), groups)
    assert sorted(np.bincount(folds)) == sorted(np.bincount(theirs))


@pytest.mark.parametrize("seed", range(6))
def test_stratified_groups_are_as_even_as_stratified_group_kfold(ask, seed):
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 80, size=500)
    classes = classes_of(seed, 500, 3)
    folds = np.array(ask({"op": "parts", "rows": 500, "units": groups.tolist(),
                          "classes": classes.tolist(), "folds": 4, "seed": seed}))
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups))

    def unevenness(numbers):
        shares = np.array(folds_table(classes, numbers, 4)) / np.bincount(classes)
        return shares.std(axis=0).mean()

    theirs = min(unevenness(fold_numbers(StratifiedGroupKFold(4, shuffle=True, random_state=k),
                                         classes, groups)) for k in range(3))
    assert unevenness(folds) <= 2 * theirs + 0.01


STRATEGIES = ["auto", "minority", "majority", "not minority", "not majority", "all"]


def imblearn_counts(sampler, classes):
    try:
        _, resampled = sampler.fit_resample(np.arange(len(classes)).reshape(-1, 1), classes)
    except ValueError:
        return None
    return np.bincount(resampled, minlength=classes.max() + 1).tolist()


def check_counts(ask, classes, method, ours, theirs):
    kinds = int(classes.max()) + 1
    counts = np.bincount(classes, minlength=kinds).tolist()
    answer = ask({"op": "resample", "method": method, "labels": [str(k) for k in range(kinds)],
                  "counts": counts, "classes": classes.tolist(), "strategy": ours})
    make = over_sampling.RandomOverSampler if method == "over" else \
        under_sampling.RandomUnderSampler
    expected = imblearn_counts(make(sampling_strategy=theirs, random_state=0), classes)
    if expected is None:
        assert "error" in answer, answer
        return
    assert answer["targets"] == expected
    made = np.bincount(classes, weights=answer["repeats"], minlength=kinds)
    assert made.astype(int).tolist() == expected


@pytest.mark.parametrize("method", ["over", "under"])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_strategies_give_the_counts_of_imbalanced_learn(ask, method, strategy):
    for seed in range(4):
        check_counts(ask, classes_of(seed, 150, 2 + seed), method, [strategy], strategy)


@pytest.mark.parametrize("method", ["over", "under"])
@pytest.mark.parametrize("ratio", [0.05, 0.3, 0.5, 0.77, 1.0])
def test_ratios_give_the_counts_of_imbalanced_learn(ask, method, ratio):
    classes = np.array([0] * 31 + [1] * 173)
    check_counts(ask, classes, method, [repr(ratio)], ratio)
    check_counts(ask, classes_of(3, 90, 3), method, [repr(ratio)], ratio)


@pytest.mark.parametrize("method,wanted", [("over", {0: 40, 1: 200}), ("under", {0: 10, 1: 31}),
                                           ("over", {0: 5}), ("under", {1: 500})])
def test_counts_by_name_are_those_of_imbalanced_learn(ask, method, wanted):
    classes = np.array([0] * 31 + [1] * 173)
    check_counts(ask, classes, method, [f"{label}={count}" for label, count in wanted.items()],
                 wanted)


@pytest.mark.parametrize("seed", range(5))
def test_balanced_weights_are_those_of_compute_class_weight(ask, seed):
    classes = classes_of(seed, 200, 2 + seed)
    present = np.unique(classes)
    expected = compute_class_weight("balanced", classes=present, y=classes)
    weights = ask({"op": "weights", "counts": np.bincount(classes).tolist()})
    assert np.array(weights)[present] == pytest.approx(expected, rel=1e-12)
