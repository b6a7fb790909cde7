"""Tokenizers against the `tokenizers` library: ids, offsets and decoded text, one for one.

The program under test is tests/tokenize/probe.cpp (FETTLE_PROBE_TOKENIZE names another build's).
"""

import gzip
import json
import os
import pathlib
import random
import subprocess

import pytest

tokenizers = pytest.importorskip("tokenizers")
gguf = pytest.importorskip("gguf")

# Texts that have tripped tokenizers: contractions, runs of spaces and digits, marks, other scripts.
TRAPS = [
    "", " ", "  ", "\n", "\r\n", "\t\n \n", "a", " a", "  a", "a ", "a  ", "a\n", "'s", "'S", "'ll",
    "'\u017f", "I'll've 'tis", "it''s", "don't DON'T", "1234567890", "1,234.5", "x1y22z333",
    "\u00b2\u00b3\u00b9\u00bc\u00bd", "\u2167\u3007", "caf\u00e9 cafe\u0301", "\u0301", "a\u0301\u0327b",
    "\u1e9b\u0323", "\uac00\u1100\u1161\u11a8", "\u01c5\u01f2", "\u0130I\u0131i", "\u03a3\u03c3\u03c2",
    "\ufb03 \ufdfa \u3392", "\u4f60\u597d\uff0c\u4e16\u754c\u3002", "\u3053\u3093\u306b\u3061\u306f",
    "\u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd", "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "\U0001f1e6\U0001f1e7", "\ufffd\ufffd", "\u200b\u200c\u200d\ufeff", "\u00a0\u2003\u3000\u1680\u180e\u0085",
    "\u0000\u0001\u007f", "\x1c\x1d\x1e\x1f", "a\u00a0b", "\u2028\u2029", "__init__(self): return -1\n\n    x=1",
    "\u2581\u2581a", " \u2581 ", "<0x41>", "<s>", "</s> <s>  a", "<unk>", "  <|im_start|> user\n hi<|im_end|>\n",
    "<|endoftext|>", "<|im_start|><|im_start|", "\u0120\u010a", "\u31350\U00031350\U0002ebf0",
    "\u1c89\U00010d50\U00016ea0", "\U00011de0\U00016ff4", "A" * 70, " " * 70, "\n" * 40, "." * 70,
    "\u00e9" * 40, "ab" * 40, "\u4e00" * 40, "a b" * 30,
]


def random_text(rng, extra):
    """A few words from one or more kinds of characters, tokens of the vocabulary among them."""
    kinds = [
        lambda: chr(rng.randrange(0x20, 0x7F)),
        lambda: rng.choice("aeiou tnsr"),
        lambda: rng.choice(" \t\n\r\u00a0\u2003\u3000\u0085"),
        lambda: rng.choice("0123456789\u0663\u00bd\u2167\u3007"),
        lambda: rng.choice("'\".,;:!?-_()[]{}<>/\\|@#$%^&*+=~`"),
        lambda: chr(rng.randrange(0x00, 0x20)),
        lambda: chr(rng.randrange(0xA0, 0x250)),
        lambda: chr(rng.randrange(0x300, 0x370)),
        lambda: chr(rng.randrange(0x370, 0x2000)),
        lambda: chr(rng.randrange(0x2000, 0x3000)),
        lambda: chr(rng.randrange(0x3000, 0xD800)),
        lambda: chr(rng.randrange(0x4E00, 0x9FFF)),
        lambda: chr(rng.randrange(0xAC00, 0xD7A4)),
        lambda: chr(rng.randrange(0x1100, 0x1200)),
        lambda: chr(rng.randrange(0xE000, 0x10000)),
        lambda: chr(rng.randrange(0x10000, 0x20000)),
        lambda: chr(rng.randrange(0x1F300, 0x1FB00)),
        lambda: chr(rng.randrange(0x20000, 0x110000)),
        lambda: rng.choice(extra),
        lambda: rng.choice(TRAPS),
        lambda: rng.choice(["'s", "'LL", " the", "ing", " \n", "\u200d", "\u2581", "\ufb01"]),
    ]
    chosen = rng.sample(kinds, rng.randrange(1, 5))
    return "".join(rng.choice(chosen)() for _ in range(rng.randrange(0, 24)))


def random_texts(count, seed, extra):
    rng = random.Random(seed)
    return TRAPS + [random_text(rng, extra) for _ in range(count)]


class Probe:
    """Runs the program on lines of JSON."""

    def __init__(self, program, *arguments):
        self.command = [str(program), *map(str, arguments)]

    def lines(self, rows, *arguments):
        done = subprocess.run([*self.command, *arguments], input="\n".join(rows) + "\n",
                              capture_output=True, text=True, encoding="utf-8", timeout=600,
                              check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        out = [json.loads(line) for line in done.stdout.split("\n") if line]
        assert len(out) == len(rows)
        return out

    def encode(self, texts, special=False):
        return self.lines([json.dumps(text) for text in texts], "--lines",
                          *(["--special"] if special else []))

    def decode(self, rows, skip=False):
        return self.lines([json.dumps({"ids": ids, "skip": skip}) for ids in rows], "--decode")


@pytest.fixture(scope="session")
def program(request):
    given = os.environ.get("FETTLE_PROBE_TOKENIZE")
    return pathlib.Path(given) if given else request.getfixturevalue("built")("probe_tokenize")


def unpacked(source, target):
    """A copy of a folder, with what is packed unpacked."""
    target.mkdir(parents=True, exist_ok=True)
    for path in source.iterdir():
        if path.suffix == ".gz":
            (target / path.stem).write_bytes(gzip.decompress(path.read_bytes()))
        elif path.is_file():
            (target / path.name).write_bytes(path.read_bytes())
    return target


def compare(probe, oracle, texts, special=False):
    ours = probe.encode(texts, special)
    wrong = []
    for text, got, want in zip(texts, ours, oracle.encode_batch(texts, add_special_tokens=special)):
        expected = {"ids": want.ids, "offsets": [list(pair) for pair in want.offsets]}
        if got != expected:
            wrong.append((text, got, expected, want.tokens))
    assert not wrong, f"{len(wrong)} of {len(texts)} texts differ; the first: {wrong[0]}"
    return [row["ids"] for row in ours]


def compare_decoding(probe, oracle, rows, seed):
    """Encoded texts, and ids drawn at random, which spell bytes that are no text."""
    rng = random.Random(seed)
    size = oracle.get_vocab_size()
    rows = rows + [[rng.randrange(size) for _ in range(rng.randrange(0, 12))] for _ in range(2000)]
    low = min(size, 300)
    rows += [[rng.randrange(low) for _ in range(rng.randrange(0, 9))] for _ in range(2000)]
    for skip in (False, True):
        wanted = oracle.decode_batch(rows, skip_special_tokens=skip)
        wrong = [(ids, got, want) for ids, got, want in zip(rows, probe.decode(rows, skip), wanted)
                 if got != {"text": want, "streamed": want}]
        assert not wrong, f"{len(wrong)} of {len(rows)} rows differ; the first: {wrong[0]}"


def specials(oracle):
    return [token.content for token in oracle.get_added_tokens_decoder().values()][:40] or ["x"]


FOLDERS = {"gpt2": "tokenizers/gpt2", "llama3_1": "tokenizers/llama3_1",
           "qwen3": "tokenizers/qwen3", "llama2": "tokenizers/llama2",
           "mistral": "tokenizers/mistral-v0.1-from-lenml-llama2", "phi3": "tokenizers/phi3",
           "gemma3": "tokenizers/gemma3", "stories260K": "models/stories260K"}


@pytest.mark.parametrize("name", FOLDERS)
def test_tokenizer_json(program, assets, tmp_path, name):
    folder = unpacked(assets / FOLDERS[name], tmp_path / name)
    probe = Probe(program, "--model", folder)
    oracle = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
    vectors = folder / "encode_vectors.json"
    if vectors.is_file():
        cases = json.loads(vectors.read_text())["cases"]
        got = probe.encode([case["text"] for case in cases])
        assert [row["ids"] for row in got] == [case["ids"] for case in cases]
    texts = random_texts(3000, 7, specials(oracle))
    ids = compare(probe, oracle, texts)
    compare(probe, oracle, texts[:300], special=True)
    compare_decoding(probe, oracle, ids, 8)


def gguf_vocabulary(path):
    """What fettle reads of a GGUF file, as JSON for the probe."""
    fields = gguf.GGUFReader(path).fields

    def value(key):
        field = fields.get("tokenizer.ggml." + key)
        return None if field is None else field.contents()

    pairs = {"tokens": value("tokens"), "token_types": value("token_type"),
             "scores": value("scores"), "merges": value("merges")}
    out = {key: found for key, found in pairs.items() if found is not None}
    out |= {"model": value("model"), "pre": value("pre") or "", "bos": value("bos_token_id"),
            "eos": value("eos_token_id"), "unk": value("unknown_token_id"),
            "pad": value("padding_token_id"), "add_bos": value("add_bos_token"),
            "add_eos": value("add_eos_token"), "add_space_prefix": value("add_space_prefix")}
    return out


def smollm_oracle(vocabulary):
    """The pipeline of SmolLM2's published tokenizer.json over the file's tokens and merges."""
    model = tokenizers.models.BPE({token: i for i, token in enumerate(vocabulary["tokens"])},
                                  [tuple(merge.split(" ")) for merge in vocabulary["merges"]])
    oracle = tokenizers.Tokenizer(model)
    oracle.pre_tokenizer = tokenizers.pre_tokenizers.Sequence([
        tokenizers.pre_tokenizers.Digits(individual_digits=True),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)])
    oracle.decoder = tokenizers.decoders.ByteLevel()
    oracle.add_special_tokens([
        tokenizers.AddedToken(token, special=True, normalized=False)
        for token, kind in zip(vocabulary["tokens"], vocabulary["token_types"]) if kind in (2, 3)])
    return oracle


@pytest.fixture(scope="session")
def smollm(program, smollm_gguf, tmp_path_factory):
    vocabulary = gguf_vocabulary(smollm_gguf)
    path = tmp_path_factory.mktemp("smollm") / "vocabulary.json"
    path.write_text(json.dumps(vocabulary))
    return Probe(program, "--gguf-vocab", path), smollm_oracle(vocabulary)


def test_smollm(smollm):
    probe, oracle = smollm
    ids = compare(probe, oracle, random_texts(20000, 1, specials(oracle)))
    compare_decoding(probe, oracle, ids[:4000], 2)


# What stack overflows and quadratic times are made of.
@pytest.mark.slow
def test_long_runs_of_one_kind(smollm):
    probe, oracle = smollm
    kinds = ["a", "A", "0", " ", "\n", ".", "\u4e00", "\u0301", "\U0001f468\u200d", "\ufffd", "\U0010ffff"]
    compare(probe, oracle, [kind * (2**18 // len(kind.encode())) for kind in kinds])


def test_bytes_that_are_not_utf8(smollm):
    probe, oracle = smollm
    rng = random.Random(3)
    rows = [bytes([0x61, 0x80]), b"\xe2\x82", b"\xf0\x9f\x98", b"\xc0\xaf", b"\xed\xa0\x80", b"\xff\xfe",
            b"\xf4\x90\x80\x80", b"\xe2\x28\xa1", b"\xf0\x80\x80\xaf", b"\x80" * 50]
    pieces = [b"a", b" ", b"\xc3", b"\xa9", b"\xe2", b"\x82", b"\xac", b"\xf0", b"\x9f", b"\x98",
              b"\x80", b"\xed", b"\xa0", b"\xff", b"\xf4", b"\x90", b"<|im_end|>"]
    rows += [b"".join(rng.choice(pieces) for _ in range(rng.randrange(12))) for _ in range(3000)]
    got = probe.lines([row.hex() for row in rows], "--lines", "--hex")
    want = oracle.encode_batch([row.decode("utf-8", errors="replace") for row in rows],
                               add_special_tokens=False)
    assert [row["ids"] for row in got] == [row.ids for row in want]
    assert [row["offsets"] for row in got] == [[list(p) for p in row.offsets] for row in want]


GGUF_NAMES = ["gpt-2", "llama-spm", "phi-3", "deepseek-coder", "deepseek-llm", "falcon", "mpt",
              "refact", "starcoder", "gpt-neox", "baichuan"]


@pytest.mark.parametrize("name", GGUF_NAMES)
def test_gguf(program, assets, tmp_path, name):
    folder = assets / "tokenizers" / "llamacpp-vocab"
    packed = (folder / f"ggml-vocab-{name}.gguf.gz").read_bytes()
    (tmp_path / "vocab.gguf").write_bytes(gzip.decompress(packed))
    path = tmp_path / "vocabulary.json"
    path.write_text(json.dumps(gguf_vocabulary(tmp_path / "vocab.gguf")))
    probe = Probe(program, "--gguf-vocab", path)

    # llama.cpp's own expectations.
    texts_file = folder / f"ggml-vocab-{name}.gguf.inp"
    if texts_file.is_file():
        texts = texts_file.read_text(encoding="utf-8").split("\n__ggml_vocab_test__\n")
        lines = (folder / f"ggml-vocab-{name}.gguf.out").read_text().split("\n")
        expected = [[int(word) for word in line.split()] for line in lines[:len(texts)]]
        wrong = [(text, got["ids"], want)
                 for text, got, want in zip(texts, probe.encode(texts), expected)
                 if got["ids"] != want]
        assert not wrong, f"{len(wrong)} of {len(texts)} texts differ; the first: {wrong[0]}"

    # The tokenizer.json that we write of it: the library and we read it alike.
    written = subprocess.run([str(program), "--gguf-vocab", str(path), "--to-json"],
                             capture_output=True, check=True).stdout
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "tokenizer.json").write_bytes(written)
    oracle = tokenizers.Tokenizer.from_str(written.decode())
    texts = random_texts(1500, 11, specials(oracle))
    ids = compare(probe, oracle, texts)
    compare(probe, oracle, texts[:200], special=True)
    compare(Probe(program, "--model", tmp_path / "model"), oracle, texts[:200], special=True)
    compare_decoding(probe, oracle, ids, 12)


# Parts that the published tokenizers above do not use, put together by hand.
N, P, D, R = (tokenizers.normalizers, tokenizers.pre_tokenizers, tokenizers.decoders,
              tokenizers.Regex)
BEHAVIORS = ["removed", "isolated", "merged_with_previous", "merged_with_next", "contiguous"]
NORMALIZERS = {
    "nfc": N.NFC(), "nfd": N.NFD(), "nfkc": N.NFKC(), "nfkd": N.NFKD(), "lowercase": N.Lowercase(),
    "strip": N.Strip(), "left": N.Strip(left=True, right=False),
    "right": N.Strip(left=False, right=True), "prepend": N.Prepend("\u2581\u2581"),
    "replace": N.Replace("a", "\u00e9\u00e9"), "replace-two": N.Replace("  ", "\u2581"),
    "replace-none": N.Replace(" ", ""), "replace-regex": N.Replace(R(r"\s+"), " "),
    "replace-words": N.Replace(R(r"[aeiou]\w+"), "<w>"), "replace-empty": N.Replace(R(r"x*"), "-"),
    "all": N.Sequence([N.NFKD(), N.Lowercase(), N.Strip(), N.Prepend("_"), N.Replace(" ", "__")]),
    "nfd-nfc": N.Sequence([N.NFD(), N.Replace("\u0301", "'"), N.NFC()]),
}
SPLITTERS = {
    "byte": P.ByteLevel(add_prefix_space=True), "byte-plain": P.ByteLevel(add_prefix_space=False),
    "byte-whole": P.ByteLevel(add_prefix_space=True, use_regex=False),
    "digits": P.Digits(individual_digits=False), "digit": P.Digits(individual_digits=True),
    "whitespace": P.Whitespace(), "whitespace-split": P.WhitespaceSplit(),
    "metaspace": P.Metaspace(), "metaspace-first": P.Metaspace(prepend_scheme="first"),
    "metaspace-never": P.Metaspace(prepend_scheme="never"),
    "metaspace-whole": P.Metaspace(prepend_scheme="first", split=False),
    "falcon": P.Sequence([P.Punctuation("contiguous"), P.ByteLevel(add_prefix_space=False),
                          P.Digits(individual_digits=False),
                          P.Split(R("[0-9][0-9][0-9]"), "isolated")]),
    "digits-byte": P.Sequence([P.ByteLevel(add_prefix_space=False), P.Digits(True)]),
} | {f"punctuation-{b}": P.Punctuation(b) for b in BEHAVIORS} | {
    f"split-{i}-{b}{'-inverted' if invert else ''}": P.Split(pattern, b, invert)
    for i, pattern in enumerate([" ", "ab", R(r"\s+"), R(r"[aeiou]\w?|\d{1,3}|[^\s\w]+")])
    for b in BEHAVIORS for invert in (False, True)}
EXPRESSIONS = [
    r"\s+$", r"^\w+", r"(?=\s)", r"(?<=a)b|x*", r"\p{Lu}\p{Ll}*|\p{N}+|\p{P}", r"[\p{L}\p{M}]+",
    r"[^\p{L}\p{N}\s]+", r"\P{L}+", r"[[:alpha:]]+", r"\h+", r"(?i:AB|'s)+", r"\bthe\b|\d+", r"(?m:.+)",
    r".+", r"\S+", r"\W+", r"\D+", r"[\w']+", r"[\s\d]+", r"[一-龥ࠀ-一가-퟿]+", r"\s?\p{P}+", "[\r\n]",
    r"\p{Han}+|\p{Hiragana}+|\p{Greek}", r"\u4f60|\x{597d}",
    # Llama 3's, Qwen 2's and GPT-2's own are scanned by hand; this one, of o200k, by PCRE2.
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])|[^\r\n\p{L}\p{N}]?\p{L}+"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
]
SPLITTERS |= {f"regex-{i}": P.Split(R(x), "isolated") for i, x in enumerate(EXPRESSIONS)}


@pytest.fixture(scope="session")
def small_model():
    """BPE trained across all boundaries, so that ids show where a text was cut."""
    oracle = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="<unk>"))
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=3000, show_progress=False,
                                             special_tokens=["<unk>", "<s>", "</s>"])
    corpus = random_texts(3000, 21, ["x"])
    corpus += [P.ByteLevel(use_regex=False).pre_tokenize_str(text)[0][0] for text in corpus if text]
    oracle.train_from_iterator(corpus, trainer)
    return json.loads(oracle.to_str())


def small_tokenizer(small_model, tmp_path, **model):
    document = json.loads(json.dumps(small_model))
    document["model"] |= model
    document["added_tokens"] = []
    oracle = tokenizers.Tokenizer.from_str(json.dumps(document))
    oracle.add_special_tokens(["<unk>", "<s>", tokenizers.AddedToken("</s>", special=True, rstrip=True)])
    oracle.add_tokens([tokenizers.AddedToken("the", single_word=True, normalized=True),
                       tokenizers.AddedToken("AB", lstrip=True, rstrip=True, normalized=True),
                       tokenizers.AddedToken("[X]", lstrip=True, normalized=False),
                       tokenizers.AddedToken(" \n", rstrip=True, normalized=False),
                       tokenizers.AddedToken("caf\u00e9", single_word=True, normalized=False)])
    return oracle


def compare_small(program, oracle, tmp_path, seed):
    tmp_path.mkdir(exist_ok=True)
    (tmp_path / "tokenizer.json").write_text(oracle.to_str())
    extra = ["the", " the", "AB", "ab", "[X]", " \n", "caf\u00e9", "</s>", "  ", "<s>"]
    compare(Probe(program, "--model", tmp_path), oracle, random_texts(400, seed, extra))


@pytest.mark.parametrize("fused", [False, True])
def test_normalizers(program, small_model, tmp_path, fused):
    for seed, (name, normalizer) in enumerate(NORMALIZERS.items()):
        oracle = small_tokenizer(small_model, tmp_path, fuse_unk=fused)
        oracle.normalizer = normalizer
        compare_small(program, oracle, tmp_path / name, seed)


def test_pre_tokenizers(program, small_model, tmp_path):
    for seed, (name, splitter) in enumerate(SPLITTERS.items()):
        oracle = small_tokenizer(small_model, tmp_path)
        oracle.pre_tokenizer = splitter
        oracle.post_processor = tokenizers.processors.ByteLevel(
            add_prefix_space=seed % 2 == 0, trim_offsets=seed % 3 > 0)
        compare_small(program, oracle, tmp_path / name, seed)


def test_normalizer_before_pre_tokenizer(program, small_model, tmp_path):
    rng = random.Random(5)
    for seed in range(25):
        oracle = small_tokenizer(small_model, tmp_path, unk_token=rng.choice([None, "<unk>"]))
        oracle.normalizer = rng.choice(list(NORMALIZERS.values()))
        oracle.pre_tokenizer = P.Sequence(rng.sample(list(SPLITTERS.values()), 2))
        compare_small(program, oracle, tmp_path / str(seed), seed)


DECODERS = {
    "none": None, "byte": D.ByteLevel(), "fallback": D.ByteFallback(), "fuse": D.Fuse(),
    "metaspace": D.Metaspace(), "metaspace-never": D.Metaspace(prepend_scheme="never"),
    "strip": D.Strip(" ", 1, 0), "replace": D.Replace("\u2581", " "),
    "replace-regex": D.Replace(R(r"[aeiou]+"), "-"),
    "llama": D.Sequence([D.Replace("\u2581", " "), D.ByteFallback(), D.Fuse(), D.Strip(" ", 1, 0)]),
    "byte-strip": D.Sequence([D.ByteLevel(), D.Strip(" ", 2, 0)]),
}


def test_decoders(program, small_model, tmp_path):
    for seed, (name, decoder) in enumerate(DECODERS.items()):
        document = json.loads(json.dumps(small_model))
        vocab = document["model"]["vocab"]
        for byte in range(256):
            vocab.setdefault(f"<0x{byte:02X}>", len(vocab))
        oracle = tokenizers.Tokenizer.from_str(json.dumps(document))
        if decoder is not None:
            oracle.decoder = decoder
        folder = tmp_path / name
        folder.mkdir()
        (folder / "tokenizer.json").write_text(oracle.to_str())
        rng = random.Random(seed)
        rows = [[rng.randrange(len(vocab) - 256 * (i % 2)) for _ in range(rng.randrange(10))]
                for i in range(500)]
        rows += [[len(vocab) - 256 + b for b in text.encode()] for text in TRAPS]
        compare_decoding(Probe(program, "--model", folder), oracle, rows, seed)
