"""What val_size holds out is never nearly the same as a row that is trained on."""

import json
import random

import pytest

INSTRUCTION = "Read the following report and say which of the two kinds it is, in one word."


def planted():
    """Families of rows that differ in the last of forty words, and rows that stand alone."""
    rng = random.Random(3)
    words = [f"{a}{b}" for a in ("ka", "lo", "mi", "nu", "ra", "se", "ti") for b in
             ("ban", "del", "fon", "gur", "him", "jal", "kos", "lem", "mor")]
    rows = []
    for number in range(60):
        text = [rng.choice(words) for _ in range(40)]
        for copy in range(4 if number % 3 == 0 else 1):
            rows.append({"text": " ".join(text[:-1] + [f"other{copy}"]), "label": "ab"[number % 2]})
    rng.shuffle(rows)
    return rows


def shingles(text):
    words = text.split()
    return {tuple(words[i:i + 5]) for i in range(len(words) - 4)}


@pytest.mark.parametrize("seed", range(3))
def test_no_pair_across_the_split_is_near(run_fettle, tmp_path, seed):
    rows = planted()
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(json.dumps({"model_name_or_path": "none", "dataset": [str(path)],
                                  "instruction": INSTRUCTION, "val_size": 0.3, "seed": seed}))
    shown = run_fettle("show", "data", recipe, "--json", "--rows", 1000).stdout.splitlines()
    trained = {json.loads(line)["messages"][0]["content"].removeprefix(INSTRUCTION + "\n\n")
               for line in shown}
    held = [row["text"] for row in rows if row["text"] not in trained]
    assert 0.25 < len(held) / len(rows) < 0.4
    for text in held:
        mine = shingles(text)
        for other in trained:
            theirs = shingles(other)
            assert len(mine & theirs) / len(mine | theirs) < 0.8
    told = run_fettle("show", "data", recipe, "--rows", 0).stdout
    # The families of the held-out rows, by brute force: all but one row of each came along.
    families = []
    for text in held:
        near = [one for one in families
                if len(shingles(text) & one) / len(shingles(text) | one) >= 0.6]
        if not near:
            families.append(shingles(text))
    assert f"nearly repeat: {len(held) - len(families)}\n" in told
