"""Text repair against ftfy, quality rules against datatrove, languages on labelled text."""

import contextlib
import gzip
import html
import json
import random
import unicodedata

import ftfy
import pytest
from clean_probe import ask

# Named alike in both, but for the prefix that says whose rule it is.
STAGES = {"gopher_quality": "", "gopher_repetition": "gopher_", "c4": "c4_", "fineweb": "fineweb_"}


@pytest.fixture(scope="module")
def probe_clean(built):
    return built("probe_clean")


@pytest.fixture(scope="module")
def c4(assets):
    path = assets / "datasets" / "llamafactory-demo" / "c4_demo.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line)["text"] for line in file]


def fixed_by_ftfy(text):
    return "\n".join(ftfy.fix_encoding(line) for line in text.split("\n"))


def same(path, call, texts, expected):
    answers = [answer["text"] for answer in ask(path, [{"call": call, "text": t} for t in texts])]
    wrong = [(ascii(t), ascii(e), ascii(a)) for t, e, a in zip(texts, expected, answers) if e != a]
    assert not wrong, f"{len(wrong)} of {len(texts)} differ; (text, expected, given): {wrong[:5]}"


def test_mojibake_of_ftfys_own_cases(probe_clean, root):
    path = root / "tests" / "data" / "clean" / "ftfy_originals.json"
    texts = json.loads(path.read_text(encoding="utf-8"))["originals"]
    same(probe_clean, "mojibake", texts, [fixed_by_ftfy(text) for text in texts])


def garbled(lines, rng):
    """Lines read in a wrong encoding once or twice, whole or in part."""
    encodings = ["latin-1", "sloppy-windows-1252", "sloppy-windows-1251", "sloppy-windows-1250",
                 "macroman", "cp437", "sloppy-windows-1257"]
    for line in lines:
        text = line
        for _ in range(rng.choice([0, 1, 1, 1, 2])):
            with contextlib.suppress(UnicodeDecodeError):
                text = text.encode("utf-8").decode(rng.choice(encodings))
        yield text if rng.random() < 0.7 else f"{line} \u2013 {text}"


def test_mojibake_of_generated_lines(probe_clean, assets):
    rng = random.Random(7)
    lines = []
    for name in ("val.de.gz", "val.fr.gz"):
        with gzip.open(assets / "datasets" / "multi30k" / name, "rt", encoding="utf-8") as file:
            lines += rng.sample(file.read().splitlines(), 400)
    lines += ["Привет, мир", "Ελληνικά και άλλα", "日本語のテキスト", "emoji 😀 und „Anführung“ – ja…",
              "naïve café “quoted” it’s", "Žluťoučký kůň", "5 € × 3 = £12 ½", "עברית ועוד"] * 10
    texts = list(garbled(lines, rng))
    same(probe_clean, "mojibake", texts, [fixed_by_ftfy(text) for text in texts])


def test_mojibake_of_random_characters(probe_clean):
    """No words at all: only equal rules give equal answers."""
    rng = random.Random(11)
    pool = [chr(c) for c in (*range(0x20, 0x180), *range(0x370, 0x460), 0x20ac, 0x2019, 0x201c,
                             0x2026, 0x2122, 0xfffd, 0x2500, 0x255d) if chr(c).isprintable()]
    texts = ["".join(rng.choice(pool) for _ in range(rng.randint(2, 12))) for _ in range(3000)]
    same(probe_clean, "mojibake", texts, [fixed_by_ftfy(text) for text in texts])


def test_entities(probe_clean):
    names = [f"a &{name}; b" for name in html.entities.name2codepoint]
    others = ["&EACUTE;&SZLIG;", "&#233; &#xe9; &#x80; &#0; &#xD800; &#1114112;", "&amp &nothing; &;",
              "P&EACUTE;REZ & Co; &&amp;", "&#x;", "&#12a;"]
    expected = [ftfy.fixes.unescape_html(text) for text in names + others]
    same(probe_clean, "entities", names + others, expected)


def test_composition(probe_clean):
    rng = random.Random(3)
    pool = [chr(c) for c in range(0x20, 0x3000) if unicodedata.category(chr(c)) not in ("Cs", "Cn")]
    texts = ["".join(rng.choice(pool) for _ in range(20)) for _ in range(500)]
    texts += [unicodedata.normalize("NFD", "Ärger über Öl, Việt Nam, 한국어")]
    same(probe_clean, "nfc", texts, [unicodedata.normalize("NFC", text) for text in texts])


def made_texts(c4, rng):
    """Texts that each rule has a reason to drop, and mixtures."""
    words = " ".join(c4[:40]).split()
    for _ in range(250):
        line = " ".join(rng.choice(words) for _ in range(rng.randint(1, 30)))
        yield "\n".join([line] * rng.randint(1, 6) +
                        [" ".join(rng.choice(words) for _ in range(rng.randint(2, 40)))
                         for _ in range(rng.randint(1, 8))])
        yield "\n\n".join(rng.sample([line, "- item", "• point", "so it goes ...", "wait…"], 3) * 4)
        phrase = " ".join(rng.choice(words) for _ in range(rng.randint(2, 12)))
        yield " ".join([phrase] * rng.randint(2, 30) + rng.sample(words, 30))
        yield rng.choice(c4)[: rng.randint(10, 900)]
    yield from ("# " * 60, "a " * 80, "… " * 100, "internationalisation " * 60, "1 2 3 4 " * 30,
                "\n".join("- " + " ".join(rng.sample(words, 9)) for _ in range(20)),
                "The cat sat on the mat.\n" * 4, "Lorem ipsum dolor sit amet.\n" * 8,
                "We use cookies.\nPlease enable javascript now.\nThis is fine [1] [edit].\n" * 3,
                "if (a) { return b; } and so on.\n" * 6, "word " * 3 + "x" * 1200 + ".\n" * 3)


def filters(words_of, sentences_of):
    """datatrove's filters, with the words and sentences that fettle counts."""
    from datatrove.pipeline.filters import (C4QualityFilter, FineWebQualityFilter,
                                            GopherQualityFilter, GopherRepetitionFilter)
    from datatrove.pipeline.filters import (c4_filters, fineweb_quality_filter,
                                            gopher_quality_filter, gopher_repetition_filter)
    if words_of:
        for module in (gopher_quality_filter, gopher_repetition_filter, fineweb_quality_filter):
            module.split_into_words = lambda text, language=None: words_of(text)
        c4_filters.split_into_sentences = lambda text, language=None: [""] * sentences_of(text)
    return {"gopher_quality": GopherQualityFilter(), "gopher_repetition": GopherRepetitionFilter(),
            "c4": C4QualityFilter(), "fineweb": FineWebQualityFilter()}


def judged_by_datatrove(rule, text):
    """(dropped, reason, text left)"""
    from datatrove.data import Document
    document = Document(text=text, id="0")
    try:
        kept = rule.filter(document)
    except ZeroDivisionError:  # no words or lines at all
        return True, None, text
    return (False, "", document.text) if kept is True else (True, kept[1], text)


@pytest.fixture(scope="module")
def quality(probe_clean, c4):
    """{stage: [(text, fettle's answer)]}, and what fettle counts as words and sentences."""
    rng = random.Random(5)
    texts = [text for text in c4 + list(made_texts(c4, rng)) if text.strip()]
    answers = {stage: ask(probe_clean, [{"stage": stage, "record": {"text": text}}
                                        for text in texts]) for stage in STAGES}
    words = ask(probe_clean, [{"call": "words", "text": text} for text in texts])
    lines = sorted({variant for text in texts for line in text.splitlines()
                    for variant in (line.strip(), without_citations(line.strip()))})
    counts = ask(probe_clean, [{"call": "sentences", "text": line} for line in lines])
    return (texts, answers, {text: answer["words"] for text, answer in zip(texts, words)},
            {line: answer["count"] for line, answer in zip(lines, counts)})


def without_citations(line):
    from datatrove.pipeline.filters.c4_filters import CITATION_REGEX
    return CITATION_REGEX.sub("", line)


@pytest.mark.parametrize("stage", STAGES)
def test_rules_decide_as_datatrove_does(quality, stage, monkeypatch):
    """The same decision, the same reason and the same text left, on the same words."""
    pytest.importorskip("datatrove")
    texts, answers, words, counts = quality
    rule = filters(words.__getitem__, counts.__getitem__)[stage]
    wrong, dropped = [], 0
    for text, answer in zip(texts, answers[stage]):
        drop, reason, left = judged_by_datatrove(rule, text)
        dropped += drop
        same_reason = reason is None or answer["reason"] == (STAGES[stage] + reason if drop else
                                                             answer["reason"])
        if (answer["verdict"] == "dropped") != drop or not same_reason:
            wrong.append((text[:80], reason, answer["verdict"], answer["reason"], answer["detail"]))
        elif not drop and answer["record"]["text"] != left:
            wrong.append((text[:80], "text", left[:80], answer["record"]["text"][:80]))
    assert not wrong, f"{len(wrong)} of {len(texts)}: {wrong[:6]}"
    assert 20 < dropped < len(texts) - 20, "texts must be dropped and kept for the test to tell"


def test_languages(probe_clean, assets):
    """CLD2's accuracy on single sentences of Multi30k and on Chinese instructions."""
    samples = []
    for code in ("de", "en", "fr"):
        path = assets / "datasets" / "multi30k" / f"test_2016_flickr.{code}.gz"
        with gzip.open(path, "rt", encoding="utf-8") as file:
            samples += [(code, line.strip()) for line in file]
    path = assets / "datasets" / "llamafactory-demo" / "alpaca_zh_demo.json.gz"
    with gzip.open(path, "rt", encoding="utf-8") as file:
        samples += [("zh", row["instruction"] + "\n" + row["output"]) for row in json.load(file)]
    answers = ask(probe_clean, [{"call": "language", "text": text} for _, text in samples])
    right, count = {}, {}
    for (code, _), answer in zip(samples, answers):
        count[code] = count.get(code, 0) + 1
        right[code] = right.get(code, 0) + (answer["code"] == code)
    shares = {code: right[code] / count[code] for code in count}
    print({code: f"{share:.4f} of {count[code]}" for code, share in shares.items()})
    assert min(shares.values()) > 0.95, shares
