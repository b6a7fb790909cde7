"""Judges fettle's model files against Python's safetensors and gguf packages.

The program is probe_formats of the build folder (FETTLE_PROBE_FORMATS overrides it).
"""

import json
import os
import pathlib
import random
import struct
import subprocess

import gguf
import numpy
import pytest
import safetensors
import safetensors.numpy
import safetensors.torch
import torch
from gguf import GGMLQuantizationType

READ_TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"]
WRITTEN_TYPES = ["F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1"]
# Python's safetensors has these, fettle has no use for them.
UNREAD_DTYPES = ["F4", "F6_E2M3", "F6_E3M2", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ",
                 "F8_E5M2FNUZ", "U16", "U32", "U64", "C64"]


@pytest.fixture(scope="module")
def probe(built):
    given = os.environ.get("FETTLE_PROBE_FORMATS")
    program = pathlib.Path(given) if given else built("probe_formats")

    def run(*arguments):
        done = subprocess.run([str(program), *map(str, arguments)], capture_output=True, text=True,
                              timeout=300, check=False)
        assert done.returncode == 0, f"{arguments}: exit {done.returncode}\n{done.stderr[-2000:]}"
        return json.loads(done.stdout)

    return run


# safetensors ------------------------------------------------------------------------------------

def sample_tensors():
    generator = torch.Generator().manual_seed(1)
    floats = torch.randn(3, 5, generator=generator)
    return {
        "z.weight": floats, "a.half": floats.half(), "bf16": floats.bfloat16(),
        "double": floats.double(), "odd": torch.arange(7, dtype=torch.uint8),
        "flags": floats > 0, "scalar": torch.tensor(3, dtype=torch.int64),
        "empty": torch.zeros(2, 0), "i32": torch.arange(4, dtype=torch.int32).reshape(2, 2),
        "i16": torch.tensor([-3], dtype=torch.int16), "i8": torch.tensor([[-3]], dtype=torch.int8),
        "nämé \"quoted\"\n": floats[:1].clone(),
    }


def assert_same_tensors(got, expected):
    assert set(got) == set(expected)
    for name, tensor in expected.items():
        assert got[name].dtype == tensor.dtype and got[name].shape == tensor.shape, name
        assert got[name].tolist() == tensor.tolist(), name


def test_safetensors_read_and_written_both_ways(probe, tmp_path):
    tensors = sample_tensors()
    source, copy = tmp_path / "in.safetensors", tmp_path / "out.safetensors"
    safetensors.torch.save_file(tensors, source, metadata={"format": "pt", "é": "ü"})
    [read] = probe("safetensors", source)
    assert {t["name"]: t["shape"] for t in read["tensors"]} == {
        name: list(t.shape) for name, t in tensors.items()}
    assert read["metadata"] == {"format": "pt", "é": "ü"}
    assert "error" not in probe("copy-safetensors", source, copy)
    assert_same_tensors(safetensors.torch.load_file(copy), tensors)
    with safetensors.safe_open(copy, "pt") as opened:
        assert opened.metadata() == {"format": "pt", "é": "ü"}
    [again] = probe("safetensors", copy)
    assert again == read


def test_safetensors_shards_load_in_transformers(probe, tmp_path):
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(vocab_size=64, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
                         num_attention_heads=2, tie_word_embeddings=False)
    torch.manual_seed(0)
    model = LlamaForCausalLM(config)
    source, folder = tmp_path / "source", tmp_path / "out"
    model.save_pretrained(source, max_shard_size="6KB")
    written_by_python = probe("folder", source, "model")
    assert len(written_by_python) > 2
    assert "error" not in probe("copy-folder", source, "model", folder, 5000)
    config.save_pretrained(folder)
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    assert index["metadata"]["total_size"] == 4 * sum(p.numel() for p in model.parameters())
    again = LlamaForCausalLM.from_pretrained(folder)
    assert_same_tensors(again.state_dict(), model.state_dict())
    assert sum(len(f["tensors"]) for f in probe("folder", folder, "model")) == len(
        model.state_dict())


def reference_verdict(data):
    """None, or why Python's safetensors refuses the bytes."""
    try:
        safetensors.deserialize(data)
        return None
    except safetensors.SafetensorError as error:
        return str(error)


def stricter_by_design(data):
    """What the reference lets pass and the format's own text, or fettle's use, forbids."""
    (length,) = struct.unpack("<Q", data[:8])
    header = data[8:8 + length].decode()
    seen_twice = []

    def pairs(items):
        names = [name for name, _ in items]
        seen_twice.extend(name for name in names if names.count(name) > 1)
        return dict(items)

    parsed = json.loads(header, object_pairs_hook=pairs)
    if seen_twice:
        return "duplicate key"
    for name, tensor in parsed.items():
        if name == "__metadata__":
            continue
        if isinstance(tensor, list):
            return "described by a list"
        if tensor["dtype"] in UNREAD_DTYPES:
            return "dtype"
        if max([*tensor["shape"], *tensor["data_offsets"], 0]) >= 2**48:
            return "integer of 2^48"
    return None


SPLICES = [b"{", b"}", b"[", b"]", b",", b":", b'"', b"0", b"-1", b"1e1", b"1.0", b"-0", b" ", b"\0",
           b"\t", b"\\", b"null", b"18446744073709551616", b"4294967296", b"281474976710656",
           b"\xff", b"\\ud800", b'"a":0', b"U32", b"F8_E4M3", b"BF16", b'"dtype"', b"__metadata__"]


def mutated(base, rng):
    """One to three changes, mostly in the header; its length is put right half of the time."""
    (length,) = struct.unpack("<Q", base[:8])
    header, data = bytearray(base[8:8 + length]), bytearray(base[8 + length:])
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(header))
        change = rng.randrange(7)
        if change == 0:
            header[at] = rng.randrange(256)
        elif change == 1:
            header[at:at] = rng.choice(SPLICES)
        elif change == 2:
            del header[at:at + rng.randint(1, 12)]
        elif change == 3:
            digits = [i for i, c in enumerate(header) if chr(c).isdigit()]
            header[rng.choice(digits)] = ord(rng.choice("0123456789"))
        elif change == 4:
            header[at:at] = header[at:at + rng.randint(1, 60)]
        elif change == 5:
            data = data[:rng.randrange(len(data) + 1)] if rng.random() < 0.5 else data + b"x"
        else:
            header += rng.choice([b" ", b"\n", b"\r\t", b"\0", b"}", b" {}"])
        if not header:
            break
    stated = len(header) if rng.random() < 0.8 else rng.choice([length, 0, 2**63, len(header) + 1])
    return struct.pack("<Q", stated) + bytes(header) + bytes(data)


def test_safetensors_mutations_are_judged_as_the_reference_judges(probe, tmp_path):
    small = {"a": torch.arange(4, dtype=torch.float32), "b": torch.zeros(2, 3, dtype=torch.int8),
             "c": torch.zeros(1, 0)}
    bases = [safetensors.torch.save(small), safetensors.torch.save(small, {"format": "pt"}),
             safetensors.torch.save(sample_tensors())]
    rng = random.Random(20)
    paths, verdicts, files = [], [], []
    for i in range(4000):
        data = mutated(rng.choice(bases), rng)
        path = tmp_path / f"{i}.safetensors"
        path.write_bytes(data)
        paths.append(path)
        files.append(data)
        verdicts.append(reference_verdict(data))
    accepted = refused = stricter = 0
    for begin in range(0, len(paths), 1000):
        for i, answer in enumerate(probe("safetensors", *paths[begin:begin + 1000]), begin):
            if verdicts[i] is not None:
                assert "error" in answer, f"accepted, {verdicts[i]}: {files[i][:600]!r}"
                refused += 1
            elif "error" in answer:
                reason = stricter_by_design(files[i])
                assert reason is not None, f"{answer['error']}: {files[i][:600]!r}"
                stricter += 1
            else:
                accepted += 1
    assert accepted > 100 and refused > 1000, (accepted, refused, stricter)


# GGUF -------------------------------------------------------------------------------------------

def equal_bits(got, expected):
    """The same floats to the bit; a NaN equals any NaN."""
    got, expected = got.astype(numpy.float32), expected.astype(numpy.float32)
    same = got.view(numpy.uint32) == expected.view(numpy.uint32)
    return bool((same | (numpy.isnan(got) & numpy.isnan(expected))).all())


def values_of_python(tensor):
    with numpy.errstate(all="ignore"):
        return gguf.quants.dequantize(tensor.data, tensor.tensor_type).ravel()


def metadata_of_python(reader):
    return {key: field.contents() for key, field in reader.fields.items()
            if not key.startswith("GGUF.")}


@pytest.fixture(scope="module")
def smollm(smollm_gguf):
    """The model's tensors and keys as Python reads them, which takes it ten seconds."""
    return read_by_python(smollm_gguf)


def read_by_python(path):
    reader = gguf.GGUFReader(path)
    return reader.tensors, metadata_of_python(reader)


def check_gguf(probe, path, expected, tmp_path):
    """Every key, every shape and every dequantised value of the file."""
    tensors, metadata = expected
    out = tmp_path / "values.bin"
    got = probe("dequantise", path, out)
    assert "error" not in got, got
    assert got["metadata"] == metadata
    values = numpy.memmap(out, dtype=numpy.float32, mode="r")
    begin = 0
    for mine, tensor in zip(got["tensors"], tensors, strict=True):
        assert mine["name"] == tensor.name and mine["type"] == tensor.tensor_type.name
        assert mine["shape"] == [int(size) for size in reversed(tensor.shape)]
        wanted = values_of_python(tensor)
        assert equal_bits(values[begin:begin + wanted.size], wanted), tensor.name
        begin += wanted.size
    assert begin == values.size
    out.unlink()


def test_gguf_random_blocks_of_every_type(probe, tmp_path):
    rng = numpy.random.default_rng(3)
    path = tmp_path / "blocks.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    for name in READ_TYPES:
        kind = GGMLQuantizationType[name]
        size, width = gguf.GGML_QUANT_SIZES[kind]
        raw = rng.integers(0, 256, (256, 512 // size * width), dtype=numpy.uint8)
        if name == "F32":
            raw = raw.view(numpy.float32)
        writer.add_tensor(f"any.{name}", raw, raw_dtype=None if name == "F32" else kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    check_gguf(probe, path, read_by_python(path), tmp_path)


def test_gguf_metadata_of_every_kind(probe, tmp_path):
    path = tmp_path / "keys.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_uint8("u8", 255)
    writer.add_int8("i8", -128)
    writer.add_uint16("u16", 65535)
    writer.add_int16("i16", -32768)
    writer.add_uint32("u32", 2**32 - 1)
    writer.add_int32("i32", -(2**31))
    writer.add_uint64("u64", 2**64 - 1)
    writer.add_int64("i64", -(2**63))
    writer.add_float32("f32", 0.1)
    writer.add_float64("f64", 0.1)
    writer.add_bool("yes", True)
    writer.add_string("text", "Ġ ü 😀")
    writer.add_array("texts", ["a", "", "Ċ"])
    writer.add_array("ints", [-1, 2])
    writer.add_array("floats", [0.5, -1.25])
    writer.add_array("bools", [True, False])
    writer.add_custom_alignment(64)
    writer.add_tensor("t", numpy.arange(12, dtype=numpy.float32).reshape(3, 4))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    check_gguf(probe, path, read_by_python(path), tmp_path)


def test_gguf_of_the_real_model(probe, smollm_gguf, smollm, tmp_path):
    check_gguf(probe, smollm_gguf, smollm, tmp_path)


def test_gguf_copy_reads_the_same_in_python(probe, smollm_gguf, smollm, tmp_path):
    """fettle reads the model and writes it; Python finds the same keys, shapes and bytes."""
    copy = tmp_path / "copy.gguf"
    assert "error" not in probe("copy-gguf", smollm_gguf, copy)
    tensors, metadata = read_by_python(copy)
    assert metadata == smollm[1]
    for tensor, other in zip(smollm[0], tensors, strict=True):
        assert tensor.name == other.name and tensor.tensor_type == other.tensor_type
        assert tensor.shape.tolist() == other.shape.tolist()
        assert tensor.data.tobytes() == other.data.tobytes(), tensor.name


@pytest.mark.parametrize("name", WRITTEN_TYPES)
def test_quantised_bytes_equal_the_reference(probe, tmp_path, name):
    """Normal values at many scales, ties, zeros, one-sided and constant blocks."""
    rng = numpy.random.default_rng(4)
    rows = rng.standard_normal((2000, 32)).astype(numpy.float32)
    rows *= (10.0 ** rng.uniform(-7, 4, (2000, 1))).astype(numpy.float32)
    rows[:50] = numpy.abs(rows[:50])
    rows[50:60] = 0
    rows[60:70] = rows[60:70, :1]
    rows[70:200] = rng.integers(-8, 9, (130, 32)) / 2
    rows[200:300] = rng.integers(-127, 128, (100, 32)) * 0.5
    source, out = tmp_path / "in.bin", tmp_path / "out.bin"
    rows.tofile(source)
    assert "error" not in probe("quantise", name, source, out)
    with numpy.errstate(all="ignore"):
        expected = gguf.quants.quantize(rows, GGMLQuantizationType[name])
    got = numpy.fromfile(out, dtype=numpy.uint8)
    assert got.tobytes() == expected.tobytes()
