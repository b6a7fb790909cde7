"""Intervals, paired tests, corrections, effects and sample sizes against scipy, statsmodels and
sacreBLEU's rules."""

import random
import warnings

import numpy as np
import pytest
from metric_oracle import differences, probe  # noqa: F401 (fixtures)
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.meta_analysis import effectsize_smd
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import NormalIndPower
from statsmodels.stats.proportion import (confint_proportions_2indep, proportion_confint,
                                          proportion_effectsize)


def statistic(what, **values):
    return {"metric": "statistics", "what": what, **values}


def test_clopper_pearson(probe, differences):
    rng = random.Random(40)
    cases = [(0, 1, 0.95), (1, 1, 0.95), (0, 10**6, 0.95), (10**6, 10**6, 0.9)]
    while len(cases) < 600:
        n = rng.choice([1, 2, 5, 30, 400, 10000])
        cases.append((rng.randint(0, n), n, rng.choice([0.5, 0.9, 0.95, 0.999])))
    for (k, n, level), ours in zip(cases, probe([
            statistic("clopper_pearson", k=k, n=n, level=level) for k, n, level in cases])):
        low, high = proportion_confint(k, n, alpha=1 - level, method="beta")
        differences.check("clopper_pearson", "statsmodels", ours["low"], low, (k, n, level))
        differences.check("clopper_pearson", "statsmodels", ours["high"], high, (k, n, level))


def test_mcnemar(probe, differences):
    rng = random.Random(41)
    cases = [(0, 0), (1, 0), (0, 7), (1000, 1000), (10000, 9000)]
    cases += [(rng.randrange(60), rng.randrange(60)) for _ in range(500)]
    for (b, c), ours in zip(cases, probe([statistic("mcnemar", b=b, c=c) for b, c in cases])):
        table = [[5, b], [c, 5]]
        if b + c > 0:
            theirs = mcnemar(table, exact=True).pvalue
            differences.check("mcnemar exact", "statsmodels", ours["exact"]["p"], theirs, (b, c))
            for key, corrected in (("chi2", False), ("corrected", True)):
                result = mcnemar(table, exact=False, correction=corrected)
                differences.check(f"mcnemar {key}", "statsmodels", ours[key]["p"], result.pvalue,
                                  (b, c))
                differences.check(f"mcnemar {key}", "statsmodels", ours[key]["statistic"],
                                  result.statistic, (b, c))
        else:
            assert ours["exact"]["p"] == ours["chi2"]["p"] == ours["corrected"]["p"] == 1


def test_corrections(probe, differences):
    rng = np.random.default_rng(42)
    cases = [[0.5], [0.0, 1.0], [0.01] * 4]
    # statsmodels is slow a call: few families, many tests in each.
    cases += [(rng.random(size=25) ** 3).tolist() for _ in range(24)]
    for p, ours in zip(cases, probe([statistic("corrections", p=p) for p in cases])):
        for key, method in (("holm", "holm"), ("bh", "fdr_bh")):
            for mine, theirs in zip(ours[key], multipletests(p, method=method)[1]):
                differences.check(method, "statsmodels", mine, theirs, p)


def test_effects(probe, differences):
    rng = np.random.default_rng(43)
    groups = [(rng.normal(size=rng.integers(2, 40)), rng.normal(1, 2, size=rng.integers(2, 40)))
              for _ in range(500)]
    levels = rng.choice([0.8, 0.95, 0.99], size=500)
    answers = probe([statistic("mean_difference", values=a.tolist(), level=level)
                     for (a, _), level in zip(groups, levels)])
    for (a, _), level, ours in zip(groups, levels, answers):
        low, high = stats.ttest_1samp(a, 0).confidence_interval(level)
        differences.check("mean_difference", "scipy", ours["low"], low, len(a))
        differences.check("mean_difference", "scipy", ours["high"], high, len(a))
    answers = probe([statistic("hedges", first=a.tolist(), second=b.tolist(), level=level)
                     for (a, b), level in zip(groups, levels)])
    for (a, b), level, ours in zip(groups, levels, answers):
        effect, variance = effectsize_smd(a.mean(), a.std(ddof=1), len(a), b.mean(),
                                          b.std(ddof=1), len(b))
        half = stats.norm.ppf(0.5 + level / 2) * np.sqrt(variance)
        differences.check("hedges_g", "statsmodels", ours["value"], effect, (len(a), len(b)))
        differences.check("hedges_g", "statsmodels", ours["low"], effect - half, (len(a), len(b)))


def test_share_differences(probe, differences):
    rng = random.Random(44)
    cases = []
    while len(cases) < 500:
        na, nb = rng.choice([1, 5, 50, 1000]), rng.choice([1, 5, 50, 1000])
        cases.append((rng.randint(0, na), na, rng.randint(0, nb), nb, rng.choice([0.8, 0.95])))
    answers = probe([statistic("shares", a=a, na=na, b=b, nb=nb, level=level)
                     for a, na, b, nb, level in cases])
    for (a, na, b, nb, level), ours in zip(cases, answers):
        low, high = confint_proportions_2indep(a, na, b, nb, method="newcomb", compare="diff",
                                               alpha=1 - level, correction=False)
        differences.check("share_difference", "statsmodels", ours["low"], low, (a, na, b, nb))
        differences.check("share_difference", "statsmodels", ours["high"], high, (a, na, b, nb))


def test_sample_sizes(probe, differences):
    rng = random.Random(45)
    cases = [(rng.uniform(0.1, 1.5), rng.choice([0.01, 0.05, 0.1]), rng.uniform(0.4, 0.99),
              rng.random(), rng.random()) for _ in range(500)]
    answers = probe([statistic("needed", effect=e, alpha=a, power=p, p1=x, p2=y)
                     for e, a, p, x, y in cases])
    for (e, a, p, x, y), ours in zip(cases, answers):
        two = NormalIndPower().power(e, ours["two"], a, ratio=1)
        one = NormalIndPower().power(e, ours["paired"], a, ratio=0)
        differences.check("needed_rows (power reached)", "statsmodels", two, p, (e, a, p))
        differences.check("needed_paired_rows (power reached)", "statsmodels", one, p, (e, a, p))
        differences.check("cohens_h", "statsmodels", ours["h"], proportion_effectsize(x, y), (x, y))


def test_bca(probe, differences):
    rng = np.random.default_rng(46)
    # Multiples of 1/64, whose sums are exact: rounding makes no ties.
    cases = [((rng.exponential(size=rng.integers(3, 30)) * 64).round() / 64, seed, level)
             for seed in range(250) for level in (0.9, 0.95)]
    answers = probe([{"metric": "bca", "values": values.tolist(), "seed": seed, "resamples": 60,
                      "level": level} for values, seed, level in cases])
    for (values, seed, level), ours in zip(cases, answers):
        given = stats._resampling.BootstrapResult(None, np.array(ours["draws"]), 0.0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = stats.bootstrap((values,), np.mean, n_resamples=0, confidence_level=level,
                                     method="BCa", bootstrap_result=given).confidence_interval
        differences.check("bca_bootstrap", "scipy", ours["low"], theirs.low, (values, seed))
        differences.check("bca_bootstrap", "scipy", ours["high"], theirs.high, (values, seed))


def numbers(values):
    return {"targets": [0.0] * len(values), "values": list(values)}


def paired(test, first, second, **options):
    return {"metric": "paired", "test": test, "name": "mae", "first": numbers(first),
            "second": numbers(second), **options}


def test_exact_permutation(probe, differences):
    rng = np.random.default_rng(47)
    cases = [(np.abs(rng.normal(size=n)).round(rng.integers(0, 3)),
              np.abs(rng.normal(0.3, 1, size=n)).round(1))
             for n in rng.integers(2, 9, size=500)]
    answers = probe([paired("permutation", a, b, resamples=1000) for a, b in cases])
    for (a, b), ours in zip(cases, answers):
        assert ours["exact"]
        if abs(a.sum() - b.sum()) < 1e-9:  # equal but for rounding: as far as every assignment
            assert ours["p"] == 1
            continue
        theirs = stats.permutation_test((a, b), lambda x, y: np.mean(x) - np.mean(y),
                                        permutation_type="samples", n_resamples=1000)
        differences.check("permutation exact", "scipy", ours["p"], theirs.pvalue, (a, b))


def test_sampled_tests_agree_with_normal_theory(probe):
    rng = np.random.default_rng(48)
    a = rng.normal(size=400)
    for shift in (0.0, 0.05, 0.15):
        b = np.abs(a) + rng.normal(shift, 0.6, size=400)
        b = np.abs(b)
        drawn, permuted = probe([paired("bootstrap", np.abs(a), b, resamples=4000, seed=5),
                                 paired("permutation", np.abs(a), b, resamples=4000, seed=5)])
        theirs = stats.ttest_rel(np.abs(a), b)
        interval = theirs.confidence_interval(0.95)
        assert not permuted["exact"] and permuted["draws"] == 4000
        for ours in (drawn, permuted):
            assert abs(ours["difference"] - (np.abs(a).mean() - b.mean())) < 1e-12
            assert abs(ours["p"] - theirs.pvalue) < 0.03
        width = interval.high - interval.low
        assert abs(drawn["low"] - interval.low) < 0.06 * width
        assert abs(drawn["high"] - interval.high) < 0.06 * width


def test_pairs_of_different_rows_are_refused(probe):
    ours, = probe([paired("bootstrap", [1.0, 2.0], [1.0])])
    assert "2 rows against 1" in ours["error"]


@pytest.mark.parametrize("name", ["r2", "pearson"])
def test_permutation_needs_sums(probe, name):
    request = paired("permutation", [1.0, 2.0, 3.0], [1.0, 2.0, 4.0])
    assert "paired bootstrap" in probe([{**request, "name": name}])[0]["error"]
