"""JSON Schema against jsonschema, the regex filter against Python's re, expressions against Python."""

import json
import random
import re

import jsonschema
from metric_oracle import PIECES, differences, phrase, probe, score  # noqa: F401 (fixtures)

WORDS = ["a", "b", "ab", "abc", "", "\u00e9", "xyz", "10"]


def value(rng, depth=0):
    kind = rng.randrange(7 if depth < 3 else 5)
    if kind == 0:
        return rng.choice([None, True, False])
    if kind == 1:
        return rng.choice([0, 1, 2, 3, 5, -1, 10, 2**53])
    if kind == 2:
        return rng.choice([0.5, 1.0, 2.5, -0.25, 3.0, 1e10])
    if kind in (3, 4):
        return rng.choice(WORDS)
    if kind == 5:
        return [value(rng, depth + 1) for _ in range(rng.randrange(4))]
    return {key: value(rng, depth + 1) for key in rng.sample(WORDS, rng.randrange(4))}


TYPES = ["object", "array", "string", "number", "integer", "boolean", "null"]


def simple_keywords(rng, draft):
    """{keyword: how its value is made}, without schemas inside."""
    def bound():
        return rng.choice([0, 1, 2, 3, 2.5])

    def count():
        return rng.randrange(4)

    table = {
        "type": lambda: rng.choice([rng.choice(TYPES), rng.sample(TYPES, 2)]),
        "enum": lambda: [value(rng, 2) for _ in range(3)],
        "const": lambda: value(rng, 2),
        "multipleOf": lambda: rng.choice([1, 2, 0.5, 3]),
        "pattern": lambda: rng.choice(["^a", "b$", "^[a-c]*$", "\\d"]),
        "uniqueItems": lambda: rng.random() < 0.5,
        "required": lambda: rng.sample(WORDS, rng.randrange(1, 3)),
    }
    table |= dict.fromkeys(["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], bound)
    table |= dict.fromkeys(["minLength", "maxLength", "minItems", "maxItems", "minProperties",
                            "maxProperties"], count)
    if draft == 2020:
        table |= dict.fromkeys(["minContains", "maxContains"], count)
    return table


def nested_keywords(rng, draft, depth):
    def inner():
        return schema(rng, draft, depth + 1)

    def some():
        return [inner() for _ in range(rng.randint(1, 3))]

    def names():
        return rng.sample(WORDS, rng.randrange(1, 3))

    table = {"properties": lambda: {name: inner() for name in names()},
             "patternProperties": lambda: {rng.choice(["^a", "b"]): inner()},
             "$ref": lambda: rng.choice(["#/definitions/x", "#/definitions/y"])}
    table |= dict.fromkeys(["additionalProperties", "propertyNames", "contains", "not", "if",
                            "then", "else"], inner)
    table |= dict.fromkeys(["allOf", "anyOf", "oneOf"], some)
    if draft == 7:
        table["items"] = lambda: inner() if rng.random() < 0.5 else some()
        table["additionalItems"] = inner
        table["dependencies"] = lambda: {rng.choice(WORDS): rng.choice([names, inner])()}
    else:
        table["items"] = inner
        table["prefixItems"] = some
        table["dependentRequired"] = lambda: {rng.choice(WORDS): names()}
        table["dependentSchemas"] = lambda: {rng.choice(WORDS): inner()}
    return table


def schema(rng, draft, depth=0):
    if rng.random() < 0.05:
        return rng.random() < 0.7
    table = simple_keywords(rng, draft)
    if depth < 3:
        table |= nested_keywords(rng, draft, depth)
    out = {key: table[key]() for key in rng.sample(sorted(table), rng.randint(1, 4))}
    # In draft 7 a $ref stands alone.
    return {"$ref": out["$ref"]} if draft == 7 and "$ref" in out else out


def test_schema(probe):
    rng = random.Random(80)
    validators = {7: jsonschema.Draft7Validator, 2020: jsonschema.Draft202012Validator}
    cases = []
    while len(cases) < 6000:
        draft = rng.choice([7, 2020])
        one = schema(rng, draft)
        if isinstance(one, dict) and "$ref" not in one:
            one["definitions"] = {"x": {"type": rng.choice(["string", "number"])},
                                  "y": {"maxLength": 2, "maximum": 2, "maxItems": 1}}
        elif isinstance(one, dict):
            continue
        cases.append((draft, one, value(rng)))
    answers = probe([{"metric": "schema", "schema": one, "value": it} for _, one, it in cases])
    valid = 0
    for (draft, one, it), ours in zip(cases, answers):
        theirs = validators[draft](one).is_valid(it)
        valid += theirs
        assert (ours["violation"] is None) == theirs, (draft, json.dumps(one), json.dumps(it), ours)
    assert 1000 < valid < 5000


def test_regex_filter(probe):
    rng = random.Random(81)
    patterns = [r"#### (\-?[0-9\.\,]+)", r"(-?[$0-9.,]{2,})|(-?[0-9]+)", r"\b([A-D])\b",
                r"answer is (\w+)", r"\w+", r"\s+", r"(?i)THE", r"[^\W\d]+", r"x*"]
    texts = [phrase(rng) + rng.choice(["", " #### 1,234", " the answer is B.", " (A) (C)", " -5 $3.50"])
             for _ in range(150)]
    cases = [(pattern, text, select) for pattern in patterns for text in texts for select in (0, -1)]
    answers = probe([{"metric": "regex", "pattern": p, "text": t, "select": s} for p, t, s in cases])
    for (pattern, text, select), ours in zip(cases, answers):
        found = re.findall(pattern, text)
        theirs = "[invalid]"
        if found:
            theirs = found[select]
            if isinstance(theirs, tuple):
                theirs = [group for group in theirs if group]
                theirs = theirs[0] if theirs else "[invalid]"
            theirs = theirs.strip()
        assert ours.get("found") == theirs, (pattern, ascii(text), select, ours)


def arithmetic(rng, depth=0):
    """(our source, Python's source)."""
    kind = rng.randrange(8 if depth < 4 else 3)
    if kind == 0:
        number = rng.choice(["0", "1", "2.5", "10", "1e3"])
        return number, number
    if kind in (1, 2):
        name = rng.choice(["a", "b"])
        return name, f"row['{name}']"
    left, right = arithmetic(rng, depth + 1), arithmetic(rng, depth + 1)
    if kind == 3:
        sign = rng.choice(["+", "-", "*"])
        return f"({left[0]} {sign} {right[0]})", f"({left[1]} {sign} {right[1]})"
    if kind == 4:
        sign = rng.choice(["==", "!=", "<", "<=", ">", ">="])
        return f"({left[0]} {sign} {right[0]})", f"float({left[1]} {sign} {right[1]})"
    if kind == 5:
        word = rng.choice(["and", "or"])
        return (f"({left[0]} {word} {right[0]})",
                f"float(({left[1]}) != 0 {word} ({right[1]}) != 0)")
    if kind == 6:
        return f"(not {left[0]})", f"float(({left[1]}) == 0)"
    return f"max({left[0]}, -{right[0]})", f"max({left[1]}, -{right[1]})"


def test_expressions(probe, differences):
    rng = random.Random(82)
    requests, expected = [], []
    while len(requests) < 600:
        ours, theirs = arithmetic(rng)
        rows = [{"a": rng.randrange(5), "b": round(rng.uniform(-3, 3), 2)} for _ in range(4)]
        if len(ours) > 3000:
            continue
        values = [float(eval(theirs, {"max": max, "float": float, "row": row})) for row in rows]
        if max(map(abs, values)) > 1e6:
            continue
        requests.append({"metric": "expression", "source": f"mean({ours}) - sum({ours})",
                         "rows": rows})
        expected.append(sum(values) / 4 - sum(values))
    for request, theirs, ours in zip(requests, expected, probe(requests)):
        assert "value" in ours, (request, ours)
        differences.check("expression", "Python", ours["value"], theirs, request)
