"""Folders as Hugging Face's `datasets` lays them out, and LLaMA-Factory's dataset_info.json."""

import gzip
import json

import pyarrow
import pyarrow.parquet
import pytest

from collecting import Collect


@pytest.fixture(scope="module")
def collect(built):
    return Collect(built("probe_collect"))


LAYOUTS = [
    ["data/train-00000-of-00002.jsonl", "data/train-00001-of-00002.jsonl",
     "data/test-00000-of-00001.jsonl"],
    ["data/train-00000-of-00001.jsonl", "data/extra_split-00000-of-00001.jsonl"],
    ["train.jsonl", "test.jsonl"],
    ["train.jsonl", "dev.jsonl", "eval.jsonl"],
    ["my_train_file.jsonl", "my-validation.jsonl"],
    ["train/a.jsonl", "train/b.jsonl", "test/a.jsonl"],
    ["data/training/a.jsonl", "data/valid/a.jsonl", "data/testing/a.jsonl"],
    ["a.jsonl", "b.jsonl"],
    ["train_1.jsonl", "train_2.jsonl", "trainer.jsonl"],
    ["training.jsonl", "other.jsonl"],
]


def fill(folder, names):
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(json.dumps({"text": f"{name} {k}"}) + "\n" for k in range(2 + i)))


@pytest.mark.parametrize("names", LAYOUTS, ids=lambda names: names[0])
def test_splits_are_those_of_datasets(collect, tmp_path, names):
    from datasets.data_files import DataFilesDict, get_data_patterns
    fill(tmp_path, names)
    patterns = get_data_patterns(str(tmp_path))
    found = DataFilesDict.from_patterns(patterns, base_path=str(tmp_path))
    for split, files in found.items():
        expected = [json.loads(line)["text"] for file in sorted(files)
                    for line in open(file, encoding="utf-8")]
        got = collect(path=tmp_path, split=str(split))
        assert [row["text"] for row in got.rows] == expected, split
    assert "there is no split" in collect.refused(path=tmp_path, split="nope")


def test_configs_of_the_card(collect, tmp_path):
    fill(tmp_path, ["a/x.jsonl", "a/y.jsonl", "b.jsonl", "c/train.jsonl", "c/test.jsonl"])
    (tmp_path / "README.md").write_text("""---
license: cc-by-4.0
homepage: https://example.org/rows
configs:
- config_name: first
  default: true
  data_files:
  - {split: train, path: a/x.jsonl}
  - {split: held_out, path: ["a/y.jsonl", "b.jsonl"]}
- config_name: second
  data_dir: c
- config_name: third
  data_files: "b.*"
dataset_info:
  features:
  - {name: label, dtype: {class_label: {names: {'0': neg, '1': pos}}}}
---
# Card
""")

    def texts(**config):
        return [row["text"] for row in collect(path=tmp_path, **config).rows]

    assert texts() == ["a/x.jsonl 0", "a/x.jsonl 1"]
    assert len(texts(split="held_out")) == 3 + 4
    assert texts(subset="second", split="test")[0] == "c/test.jsonl 0"
    assert texts(subset="third")[0] == "b.jsonl 0"
    assert "first, second, third" in collect.refused(path=tmp_path, subset="fourth")
    assert "train, held_out" in collect.refused(path=tmp_path, split="test")
    said = collect.describe(path=tmp_path)
    assert (said["licence"], said["origin"]) == ("cc-by-4.0", "https://example.org/rows")
    (tmp_path / "a/x.jsonl").write_text('{"text": "t", "label": 1}\n')
    assert collect(path=tmp_path).rows[0]["label"] == "pos"
    (tmp_path / "README.md").write_text("---\nconfigs: [\n---\n")
    assert "YAML" in collect.refused(path=tmp_path)


def test_dataset_infos_of_older_folders(collect, tmp_path):
    table = pyarrow.table({"sentence": ["a", "b"], "label": [0, 1]})
    pyarrow.parquet.write_table(table, tmp_path / "train.parquet")
    (tmp_path / "dataset_infos.json").write_text(json.dumps({"default": {
        "license": "MIT", "homepage": "h", "features": {"label": {"names": ["no", "yes"]}}}}))
    assert collect(path=tmp_path).rows == [{"text": "a", "label": "no"}, {"text": "b", "label": "yes"}]
    assert collect.describe(path=tmp_path)["licence"] == "MIT"
    said = collect.describe(path=tmp_path, licence="mine", origin="me")
    assert (said["licence"], said["origin"]) == ("mine", "me")


def given_rows(folder, name):
    """The rows of a demo file as Python reads them."""
    path = folder / name
    if not path.exists():
        path = folder / (name + ".gz")
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    if text.lstrip().startswith("["):
        return json.loads(text)
    return [json.loads(line) for line in text.splitlines() if line.strip()]


ROLES = {"human": "user", "gpt": "assistant", "function_call": "assistant", "observation": "tool",
         "system": "system", "user": "user", "assistant": "assistant", "tool": "tool"}


def test_demo_files_of_llamafactory(collect, assets):
    folder = assets / "datasets/llamafactory-demo"
    info = json.loads((folder / "dataset_info.json").read_text())

    def read(name):
        got = collect(path=f"{name}@{folder}")
        assert not got.error and not got.bad, name
        return got.rows, given_rows(folder, info[name]["file_name"])

    for name in ("identity", "alpaca_en_demo", "alpaca_zh_demo"):
        rows, given = read(name)
        assert [(r["instruction"], r["input"], r["output"]) for r in rows] == [
            (g["instruction"], g["input"], g["output"]) for g in given]
    rows, given = read("glaive_toolcall_en_demo")
    for row, one in zip(rows, given, strict=True):
        assert [m["role"] for m in row["messages"]] == [ROLES[t["from"]] for t in one["conversations"]]
        if one["tools"] not in ("", "[]"):
            assert [t["function"] for t in row["tools"]] == json.loads(one["tools"])
        for message, turn in zip(row["messages"], one["conversations"], strict=True):
            if turn["from"] == "function_call":
                call = json.loads(turn["value"])
                call = call if isinstance(call, list) else [call]
                assert [c["function"]["name"] for c in message["tool_calls"]] == [
                    c["name"] for c in call]
            else:
                assert message["content"] == turn["value"]
    rows, given = read("dpo_en_demo")
    for row, one in zip(rows, given, strict=True):
        assert [m["content"] for m in row["prompt"]] == [t["value"] for t in one["conversations"]]
        assert row["chosen"] == [{"role": "assistant", "content": one["chosen"]["value"]}]
        assert row["rejected"] == [{"role": "assistant", "content": one["rejected"]["value"]}]
    rows, given = read("kto_en_demo")
    for row, one in zip(rows, given, strict=True):
        whole = row["prompt"] + row["completion"]
        assert [(m["role"], m["content"]) for m in whole] == [
            (ROLES[m["role"]], m["content"]) for m in one["messages"]]
        assert row["label"] is one["label"]
    rows, given = read("c4_demo")
    assert [row["text"] for row in rows] == [one["text"] for one in given]


def test_demo_entries_that_are_not_there(collect, assets):
    folder = assets / "datasets/llamafactory-demo"
    assert "did you mean \"identity\"" in collect.refused(path=f"identiy@{folder}")
    assert "fetch it" in collect.refused(path=f"alpaca_en@{folder}")


def test_all_demo_files_by_looking(collect, assets):
    """Forms are found without a word about them; the newer files hold parts."""
    folder = assets / "datasets/llamafactory-demo"
    for name in ("v1_sft_demo.jsonl.gz", "v1_dpo_demo.jsonl", "reason_tool_use_demo_50.jsonl"):
        got = collect(path=folder / name)
        assert not got.bad and len(got.rows) == len(given_rows(folder, name)), (name, got.bad[:1])
