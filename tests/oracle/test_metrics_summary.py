"""ROUGE, METEOR, error rates, diversity and pass@k against rouge-score, NLTK, jiwer,
rapidfuzz and sacreBLEU, SQuAD 2's thresholds by their rule."""

import pathlib
import random
import shutil

import jiwer
import nltk
import numpy as np
import pytest
from metric_oracle import differences, phrase, probe, real_pairs, score, text_rows  # noqa: F401
from nltk.corpus.reader.wordnet import WordNetCorpusReader
from nltk.stem.porter import PorterStemmer
from nltk.translate.meteor_score import meteor_score
from rapidfuzz.distance import Levenshtein
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu.metrics import BLEU

WORDNET = pathlib.Path("/usr/share/wordnet")
LEXNAMES = """adj.all adj.pert adv.all noun.Tops noun.act noun.animal noun.artifact noun.attribute
noun.body noun.cognition noun.communication noun.event noun.feeling noun.food noun.group
noun.location noun.motive noun.object noun.person noun.phenomenon noun.plant noun.possession
noun.process noun.quantity noun.relation noun.shape noun.state noun.substance noun.time verb.body
verb.change verb.cognition verb.communication verb.competition verb.consumption verb.contact
verb.creation verb.emotion verb.motion verb.perception verb.possession verb.social verb.stative
verb.weather adj.ppl""".split()
PARTS = {"noun": 1, "verb": 2, "adj": 3, "adv": 4}


def columns(rows):
    return {"answers": [answer for answer, _ in rows], "references": [right for _, right in rows]}


def each(probe, name, rows, **options):
    ours, = probe([{**score(name, columns(rows), **options), "each": True}])
    assert "value" in ours, ours
    return ours


def lined(rng, text):
    return "".join(c if c != " " or rng.random() > 0.2 else "\n" for c in text)


def test_rouge(probe, differences, assets):
    rng = random.Random(60)
    rows = text_rows(61, 600) + real_pairs(assets, 200)
    rows = [(lined(rng, answer), [lined(rng, one) for one in right]) for answer, right in rows]
    rows += [("testing one two", ["testing one"]),
             ("w1 w2 w6 w7 w8\nw1 w3 w8 w9 w5", ["w1 w2 w3 w4 w5"]), ("\n\n", ["a\n"]),
             ("\u212a \u0130x", ["k ix"])]
    kinds = ["rouge1", "rouge2", "rougeL", "rougeLsum"]
    for stemmer in (False, True):
        theirs = [RougeScorer(kinds, use_stemmer=stemmer).score_multi(right, answer)
                  for answer, right in rows]
        for kind in kinds:
            for measure, part in (("f1", "fmeasure"), ("precision", "precision"),
                                  ("recall", "recall")):
                ours = each(probe, kind, rows, use_stemmer=stemmer, measure=measure)
                for row, mine, other in zip(rows, ours["each"], theirs):
                    differences.check(f"{kind} {'stemmed' if stemmer else ''}", "rouge-score",
                                      mine, getattr(other[kind], part), row)


class Reader(WordNetCorpusReader):
    """The reader without its map from this database to NLTK's own copy, which is not there."""

    def map_wn(self, version="wordnet"):
        return None


@pytest.fixture(scope="module")
def wordnet(tmp_path_factory):
    """NLTK's reader over Debian's WordNet 3.0 files, with the two lists that Debian leaves out."""
    if not (WORDNET / "data.noun").is_file():
        pytest.skip("no WordNet at /usr/share/wordnet (package wordnet-base)")
    folder = tmp_path_factory.mktemp("wordnet")
    for path in WORDNET.iterdir():
        shutil.copy(path, folder)
    (folder / "lexnames").write_text("".join(
        f"{k:02d}\t{LEXNAMES[k]}\t{PARTS[LEXNAMES[k].split('.')[0]]}\n" for k in range(len(LEXNAMES))))
    nltk.data.path.append(str(folder))  # NLTK reads nothing outside these
    return Reader(str(folder), None)


def vocabulary(seed, count):
    """Words of WordNet and their inflected forms."""
    rng = random.Random(seed)
    words = []
    for part in PARTS:
        lines = (WORDNET / f"index.{part}").read_text(encoding="latin-1").splitlines()[29:]
        words += [line.split(" ")[0] for line in rng.sample(lines, count)]
        lines = (WORDNET / f"{part}.exc").read_text(encoding="latin-1").splitlines()
        words += [line.split(" ")[0] for line in rng.sample(lines, min(count, len(lines)))]
    words = [word for word in words if "_" not in word]
    return words + [word + rng.choice(["s", "ed", "ing", "er", "est", "es"]) for word in words]


@pytest.mark.slow
def test_meteor(probe, differences, wordnet, assets):
    rng = random.Random(62)
    words = vocabulary(63, 150)
    rows = text_rows(64, 300) + real_pairs(assets, 200)
    for _ in range(300):  # answers made of synonyms of the reference's words
        right = [rng.choice(words) for _ in range(rng.randint(1, 12))]
        answer = []
        for word in right:
            names = [name for synset in wordnet.synsets(word) for name in synset.lemma_names()]
            answer.append(rng.choice(names) if names and rng.random() < 0.7 else word)
        rows.append((" ".join(answer), [" ".join(right)]))
    rows.append(("It is a guide to action which ensures that the military always obeys the "
                 "commands of the party",
                 ["It is a guide to action that ensures that the military will forever heed Party "
                  "commands"]))
    ours = each(probe, "meteor", rows)["each"]
    for (answer, right), mine in zip(rows, ours):
        theirs = meteor_score([one.split() for one in right], answer.split(), wordnet=wordnet)
        differences.check("meteor", "nltk", mine, theirs, (answer, right))
    assert abs(ours[-1] - 0.6944444444444445) < 1e-12


def test_stems_of_many_words(probe):
    if not (WORDNET / "index.noun").is_file():
        pytest.skip("no WordNet at /usr/share/wordnet (package wordnet-base)")
    words = sorted(set(vocabulary(65, 4000)))
    words += ["sky", "skies", "dying", "news", "innings", "proceed", "succeed", "ties", "dies",
              "spied", "died", "a", "is", "by", "yyyy", "say", "toy", "syzygy", "geologi", "radicalli",
              "\u00e9t\u00e9s", "na\u00efveness"]
    stem = PorterStemmer().stem
    assert [stem(word) for word in words] == probe([{"metric": "stems", "words": words}])[0]["stems"]


def test_error_rates(probe, differences):
    rng = random.Random(66)
    rows = [(answer, right[:1]) for answer, right in text_rows(67, 600)]
    rows += [(phrase(rng, 300), [phrase(rng, 300)]) for _ in range(30)]
    for name, theirs in (("wer", jiwer.wer), ("cer", jiwer.cer)):
        ours = each(probe, name, rows)["each"]
        for (answer, right), mine in zip(rows, ours):
            if not right[0].strip():
                assert mine == (1 if answer.strip() else 0), (answer, right)
                continue
            differences.check(name, "jiwer", mine, theirs(right[0], answer), (answer, right))
        whole = [(a, r) for a, r in rows if r[0].strip()]
        ours = each(probe, name, whole)["value"]
        differences.check(name, "jiwer", ours, theirs([r[0] for _, r in whole],
                                                      [a for a, _ in whole]), "all")
    ours = each(probe, "edit_distance", rows)["each"]
    for (answer, right), mine in zip(rows, ours):
        differences.check("edit_distance", "rapidfuzz", mine,
                          Levenshtein.distance(answer, right[0]), (answer, right))


def test_diversity(probe, differences):
    rng = random.Random(68)
    sets = [[phrase(rng) for _ in range(rng.choice([1, 2, 3, 10, 30]))] for _ in range(520)]
    sets[0], sets[1] = ["same same", "same same"], [""]
    requests, expected = [], []
    for answers in sets:
        for n in (1, 2):
            grams = [tuple(words[i:i + n]) for words in map(str.split, answers)
                     for i in range(len(words) - n + 1)]
            requests.append(score("distinct", {"answers": answers}, n=n))
            expected.append(("distinct", "Li et al.'s formula",
                             len(set(grams)) / len(grams) if grams else float("nan")))
        theirs = BLEU(effective_order=True, tokenize="none")
        requests.append(score("self_bleu", {"answers": answers}))
        expected.append(("self_bleu", "sacrebleu", np.mean([
            theirs.sentence_score(answer, answers[:i] + answers[i + 1:]).score
            for i, answer in enumerate(answers)]) if len(answers) > 1 else float("nan")))
        requests.append(score("length", {"answers": answers}, unit="characters"))
        expected.append(("length", "Python", np.mean([len(answer) for answer in answers])))
    for (name, oracle, theirs), ours in zip(expected, probe(requests)):
        differences.check(name, oracle, ours["value"], theirs, name)


def best_of_thresholds(rows, scores, silence):
    """SQuAD 2's find_best_thresh: rows answer in the order of their no-answer score."""
    current = best = sum(1 for _, right in rows if not right)
    for i in sorted(range(len(rows)), key=lambda i: silence[i]):
        answer, right = rows[i]
        current += scores[i] if right else -1 if answer else 0
        best = max(best, current)
    return best / len(rows)


def test_thresholds(probe, differences):
    rng = random.Random(69)
    requests, cases = [], []
    for _ in range(510):
        rows = text_rows(rng.randrange(10**6), rng.choice([6, 8, 20]))
        rows = [(answer, right if rng.random() < 0.6 else []) for answer, right in rows]
        silence = [round(rng.random(), rng.choice([1, 3])) for _ in rows]
        for name, base in (("squad_best_em", "squad_em"), ("squad_best_f1", "squad_f1")):
            requests.append({**score(base, columns(rows)), "each": True})
            requests.append(score(name, {**columns(rows), "values": silence}))
            cases.append((name, rows, silence))
    answers = probe(requests)
    for (name, rows, silence), singles, ours in zip(cases, answers[::2], answers[1::2]):
        differences.check(name, "evaluate-v2.0's rule", ours["value"],
                          best_of_thresholds(rows, singles["each"], silence), rows)


def test_pass_at_k(probe, differences):
    rng = random.Random(70)
    cases = [(rng.randint(1, 200), 0, 0) for _ in range(520)]
    cases = [(n, rng.randint(0, n), rng.randint(1, n)) for n, _, _ in cases]
    answers = probe([score("pass_at_k", {"samples": [n], "passed": [c]}, k=k) for n, c, k in cases])
    for (n, c, k), ours in zip(cases, answers):
        theirs = 1.0 if n - c < k else 1.0 - np.prod(1.0 - k / np.arange(n - c + 1, n + 1))
        differences.check("pass_at_k", "Chen et al.'s formula", ours["value"], theirs, (n, c, k))
    bad, = probe([score("pass_at_k", {"samples": [3], "passed": [1]}, k=5)])
    assert "row 1 has 1 right of 3" in bad["error"]


def test_hostile_texts(probe, tmp_path):
    big = "a b c d " * 125_000
    given = {"answers": [big], "references": [[big.replace("a", "e")]]}
    rouge1, rouge_l, edit, same, missing = probe([
        score("rouge1", given), score("rougeL", given), score("edit_distance", given),
        score("edit_distance", {"answers": [big], "references": [[big]]}),
        score("meteor", {"answers": ["a"], "references": [["a"]]}, wordnet=str(tmp_path))])
    assert abs(rouge1["value"] - 0.75) < 1e-12
    assert "pairs; cut the texts" in rouge_l["error"] and "pairs; cut the texts" in edit["error"]
    assert same["value"] == 0
    assert "index.noun" in missing["error"]
