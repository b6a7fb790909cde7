"""Duplicates and benchmark overlap: similarities against datasketch, clusters and overlaps against
plain Python that compares everything."""

import json
import math
import random
import re
import string
import subprocess

import pytest

datasketch = pytest.importorskip("datasketch")

WORDS = [a + b + c + d for a in "bdfklmnprst" for b in "aeiou" for c in "bdglmnrst" for d in "aiou"]


@pytest.fixture(scope="module")
def ask(built):
    """ask({"op": ...}) -> the probe's answer."""
    program = built("probe_rows")

    def run(request):
        done = subprocess.run([str(program)], input=json.dumps(request) + "\n", text=True,
                              capture_output=True, check=True, timeout=120)
        answer = json.loads(done.stdout)
        assert not (isinstance(answer, dict) and "error" in answer), answer
        return answer

    return run


def normal(text):
    """ASCII alone: what src/data/match/words.h promises, said in another way."""
    return " ".join(re.sub(r"[^a-z0-9\s]", "", text.lower()).split())


def shingles(text, size):
    words = normal(text).split()
    if len(words) <= size:
        return {" ".join(words)} if words else set()
    return {" ".join(words[i:i + size]) for i in range(len(words) - size + 1)}


def jaccard(a, b):
    return len(a & b) / len(a | b) if a | b else 0.0


def edited_pairs(count, seed):
    """Pairs of texts with 0 to 30 of 80 words changed, in other cases and punctuation."""
    rng = random.Random(seed)
    pairs = []
    for i in range(count):
        words = rng.choices(WORDS, k=80)
        other = list(words)
        for at in rng.sample(range(80), i % 31):
            other[at] = rng.choice(WORDS)
        pairs.append((" ".join(words), ", ".join(word.title() for word in other) + "!"))
    return pairs


def minhash(items, permutations):
    made = datasketch.MinHash(num_perm=permutations)
    made.update_batch([item.encode() for item in items])
    return made


@pytest.mark.parametrize("permutations", [64, 128, 256])
def test_estimates_err_as_little_as_datasketch(ask, permutations):
    size = 3
    pairs = edited_pairs(400, permutations)
    found = ask({"op": "similarities", "texts": [text for pair in pairs for text in pair],
                 "size": size, "permutations": permutations})
    ours, theirs, stated = [], [], []
    for (a, b), (estimate, exact) in zip(pairs, found):
        a, b = shingles(a, size), shingles(b, size)
        truth = jaccard(a, b)
        assert exact == pytest.approx(truth, abs=1e-12)
        ours.append((estimate - truth) ** 2)
        theirs.append(
            (minhash(a, permutations).jaccard(minhash(b, permutations)) - truth) ** 2)
        stated.append(truth * (1 - truth) / permutations)
    # The mean square errors are the stated variance, within 5 standard errors of 400 pairs.
    assert sum(ours) / sum(stated) == pytest.approx(1, abs=5 * math.sqrt(2 / 350))
    assert sum(ours) <= 1.35 * sum(theirs)


def clusters_of(rows, texts, same):
    root = list(range(len(texts)))
    for i in range(len(texts)):
        for j in range(i):
            if root[i] != root[j] and same(rows[i], rows[j]):
                low, high = sorted((root[i], root[j]))
                root = [low if one == high else one for one in root]
    sizes = {one: root.count(one) for one in set(root)}
    return {(i, one) for i, one in enumerate(root) if sizes[one] > 1}


def test_exact_duplicates_are_those_of_equal_normal_text(ask, tmp_path):
    rng = random.Random(4)
    texts = []
    for _ in range(400):
        words = rng.choices(["Red", "blue;", "green", "it's", "-", "42"], k=3)
        texts.append(rng.choice([" ", "  ", "\n"]).join(words))
    found = ask({"op": "duplicates", "exact": True, "texts": texts, "folder": str(tmp_path)})
    keys = [normal(text) for text in texts]
    assert {tuple(row) for row in found} == clusters_of(keys, texts, lambda a, b: a == b)


@pytest.mark.parametrize("threshold", [0.6, 0.8])
def test_near_duplicates_are_those_that_comparing_all_pairs_finds(ask, tmp_path, threshold):
    pairs = edited_pairs(150, 9)
    texts = [text for pair in pairs for text in pair]
    random.Random(1).shuffle(texts)
    found = ask({"op": "duplicates", "texts": texts, "size": 3, "threshold": threshold,
                 "folder": str(tmp_path), "recall": 0.999})
    rows = [shingles(text, 3) for text in texts]
    truth = clusters_of(rows, texts, lambda a, b: jaccard(a, b) >= threshold)
    found = {tuple(row) for row in found}
    assert found <= truth  # precision is 1: the true similarity decides
    assert len(found) >= 0.99 * len(truth) > 20


def janitor_grams(text, size):
    """The n-grams of lm-evaluation-harness' Janitor: punctuation deleted, lower case, split."""
    words = text.translate(str.maketrans("", "", string.punctuation)).lower().split()
    return {" ".join(words[i:i + size]) for i in range(len(words) - size + 1)}


def test_overlaps_are_those_of_the_janitor(ask):
    rng = random.Random(12)
    items = [" ".join(rng.choices(WORDS, k=rng.randrange(13, 60))) for _ in range(200)]
    texts = []
    for i in range(400):
        words = rng.choices(WORDS, k=60)
        if i % 2:
            source = rng.choice(items).split()
            length = rng.randrange(9, 18)
            begin = rng.randrange(max(1, len(source) - length))
            words[20:20 + length] = source[begin:begin + length]
        texts.append(" ".join(word.title() + rng.choice(["", ",", ".", " -"]) for word in words))
    found = ask({"op": "overlaps", "items": items, "texts": texts})
    grams = set().union(*(janitor_grams(item, 13) for item in items))
    dirty = [bool(janitor_grams(text, 13) & grams) for text in texts]
    assert [bool(overlaps) for overlaps in found] == dirty
    assert 50 < sum(dirty) < 200
