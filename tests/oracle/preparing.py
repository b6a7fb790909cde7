"""What the tests of `fettle prepare` share: recipes, rows, and the files of a prepared folder."""

import hashlib
import json
import random

WANTED = ["repair", "drop_empty", "exact_duplicates", "near_duplicates"]
SPLIT = {"parts": ["train", "validation=0.1", "test=0.1"]}


def rows_in(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def written(folder):
    """name: sha256 of every file of a prepared folder."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in folder.iterdir() if path.is_file() and path.name != ".lock"}


def write_recipe(folder, sources, stages, **rest):
    recipe = {"sources": sources, "stages": stages} | rest
    path = folder / "recipe.yaml"
    path.write_text(json.dumps(recipe), encoding="utf-8")
    return path


def prepare(run_fettle, folder, *, output, options=(), code=0, **recipe):
    path = write_recipe(folder, recipe.pop("sources"), recipe.pop("stages", []), **recipe)
    return run_fettle("prepare", path, "--json", "--set", f"output_dir={output}", *options,
                      code=code)


def synthetic(path, count, words=30):
    rng = random.Random(5)
    vocabulary = ["".join(rng.choices("abcdefghijklmnop", k=6)) for _ in range(4000)]
    with path.open("w", encoding="utf-8") as out:
        for i in range(count):
            text = " ".join(rng.choices(vocabulary, k=words))
            out.write(json.dumps({"text": text, "label": "ab"[i % 2]}) + "\n")
            if i % 10 == 0:
                out.write(json.dumps({"text": text, "label": "ab"[i % 2]}) + "\n")
    return path
