"""BLEU, chrF and TER against sacreBLEU: scores, sentence scores and signatures."""

import random

import pytest
from metric_oracle import differences, phrase, probe, real_pairs, score, text_rows  # noqa: F401
from sacrebleu.metrics import BLEU, CHRF, TER

BLEU_OPTIONS = [{"tokenize": name} for name in ("13a", "none", "intl", "char", "zh")] + [
    {"smooth_method": "none"}, {"smooth_method": "floor"}, {"smooth_method": "add-k"},
    {"smooth_method": "floor", "smooth_value": 0.5}, {"lowercase": True},
    {"effective_order": True}, {"max_ngram_order": 2}]
CHRF_OPTIONS = [{}, {"lowercase": True}, {"whitespace": True}, {"eps_smoothing": True},
                {"char_order": 3}, {"beta": 3}]
TER_OPTIONS = [{}, {"normalized": True}, {"no_punct": True}, {"case_sensitive": True},
               {"normalized": True, "asian_support": True},
               {"no_punct": True, "asian_support": True}]


def columns(rows):
    return {"answers": [answer for answer, _ in rows], "references": [right for _, right in rows]}


def streams(rows):
    """sacreBLEU's form: one list a reference, None where a row has fewer."""
    most = max(len(right) for _, right in rows)
    return [[right[k] if k < len(right) else None for _, right in rows] for k in range(most)]


def corpora(rows, seed):
    rng = random.Random(seed)
    return [rng.sample(rows, rng.choice([1, 2, 10, 40])) for _ in range(60)]


def compare(probe, differences, name, make, cases):
    """cases: (rows, options). Corpus figures, each sentence's figure, and the signature."""
    answers = probe([{**score(name, columns(rows), **options), "each": True}
                     for rows, options in cases])
    for (rows, options), ours in zip(cases, answers):
        assert "value" in ours, (ours, options)
        theirs = make(options)
        result = theirs.corpus_score([answer for answer, _ in rows], streams(rows))
        differences.check(f"{name} {options or ''}", "sacrebleu", ours["value"], result.score, rows)
        signature = str(theirs.get_signature()).rpartition("|version:")[0]
        assert ours["signature"].startswith(f"{name}|{signature}"), (ours["signature"], signature)
        for (answer, right), mine in zip(rows, ours["each"]):
            differences.check(f"{name} sentences", "sacrebleu", mine,
                              theirs.sentence_score(answer, right).score, (answer, right))


def test_bleu(probe, differences, caplog):
    caplog.set_level("ERROR", "sacrebleu")
    rows = text_rows(50, 700)
    cases = [(part, options) for k, options in enumerate(BLEU_OPTIONS)
             for part in corpora(rows, k)]
    compare(probe, differences, "bleu", lambda options: BLEU(**options), cases)


@pytest.mark.parametrize("name, order", [("chrf", 0), ("chrf++", 2)])
def test_chrf(probe, differences, name, order):
    rows = text_rows(51, 500)
    cases = [(part, options) for k, options in enumerate(CHRF_OPTIONS)
             for part in corpora(rows, k)[:25]]
    compare(probe, differences, name, lambda options: CHRF(word_order=order, **options), cases)


@pytest.mark.slow
def test_ter(probe, differences):
    rows = text_rows(52, 510, references=2)
    rng = random.Random(53)
    # Few kinds of words and long texts: many shifts, and the beam's edges.
    few = [(" ".join(rng.choice("abcdef") for _ in range(rng.choice([3, 20, 40]))),
            [" ".join(rng.choice("abcdef") for _ in range(rng.choice([1, 20, 50])))])
           for _ in range(15)]
    cases = [(rows[i:i + 10], TER_OPTIONS[i // 10 % 6]) for i in range(0, 510, 10)]
    compare(probe, differences, "ter", lambda options: TER(**options), [*cases, (few, {})])


def test_real_texts(probe, differences, assets):
    rows = real_pairs(assets, 300)
    for name, make in (("bleu", BLEU), ("chrf", CHRF), ("ter", TER)):
        compare(probe, differences, name, lambda options, make=make: make(**options), [(rows, {})])


def test_the_readme_of_sacrebleu(probe):
    answers = ["The dog bit the man.", "It wasn't surprising.", "The man had just bitten him."]
    right = [["The dog bit the man.", "The dog had bit the man."],
             ["It was not unexpected.", "No one was surprised."],
             ["The man bit him first.", "The man had bitten the dog."]]
    given = {"answers": answers, "references": right}
    found = probe([score("bleu", given), score("bleu", given, tokenize="none"),
                   score("bleu", given, tokenize="intl"), score("chrf", given),
                   score("chrf++", given), score("ter", given), score("sentence_bleu", given)])
    for ours, theirs in zip(found, (48.530827009929865, 49.1919566, 43.91623493,
                                    59.72751782684763, 59.15310444399262, 40.0)):
        assert abs(ours["value"] - theirs) < 1e-7
    last = BLEU(effective_order=True)
    assert abs(found[6]["value"] - sum(last.sentence_score(a, r).score
                                       for a, r in zip(answers, right)) / 3) < 1e-9


def test_hostile_texts(probe):
    long = "a b c d e f g h " * 60_000
    one = {"answers": ["x"], "references": [[]]}
    big = {"answers": [long], "references": [[long[8:] + "z"]]}
    escapes = "&amp;lt;<skipped>" * 60_000
    many, = probe([score("bleu", {"answers": [escapes], "references": [["< " * 60_000]]})])
    assert abs(many["value"] - 100) < 1e-9
    bleu, chrf, ter, none = probe([score("bleu", big), score("chrf", big), score("ter", big),
                                   score("bleu", one)])
    assert bleu["value"] > 99 and chrf["value"] > 99
    assert "480000 words; allowed: 10000" in ter["error"]
    assert "row 1 has none" in none["error"]
