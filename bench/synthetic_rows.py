"""Writes rows for the benchmark of `fettle prepare`: JSON Lines of instruction rows.

usage: synthetic_rows.py FILE [--rows 5000000] [--seed 1]

About 400 bytes a row (5 million are 2 GB). One row in ten is a near duplicate of an earlier one (one
word in twenty changed), one in fifty an exact one, one in a hundred holds an e-mail address, one in
fifty is too short to keep. The same arguments write the same bytes.
"""

import argparse
import json
import random

SYLLABLES = ("ba be bi bo da de di do fa fe fi ga go ka ke ko la le li lo ma me mi mo na ne ni no pa "
             "pe po ra re ri ro sa se si so ta te ti to va ve vi vo").split()
STOP = "the of and to in is that for it with as on be at by this are or from an".split()


def words_of(rng, count):
    return ["".join(rng.choices(SYLLABLES, k=rng.choice((2, 2, 3)))) for _ in range(count)]


def sentence(rng, vocabulary, count):
    """Words of a Zipf-like vocabulary, every third a stop word."""
    picked = [vocabulary[int(len(vocabulary) * rng.random() ** 3)] if i % 3 else rng.choice(STOP)
              for i in range(count)]
    return " ".join(picked).capitalize() + "."


def row_of(rng, vocabulary):
    if rng.random() < 0.02:
        return {"instruction": "Say it.", "input": "", "output": "Yes."}
    instruction = sentence(rng, vocabulary, rng.randint(6, 14))
    output = " ".join(sentence(rng, vocabulary, rng.randint(8, 16)) for _ in range(4))
    if rng.random() < 0.01:
        output += f" Write to {vocabulary[rng.randrange(900)]}@example.org."
    return {"instruction": instruction, "input": "", "output": output}


def nearly(rng, vocabulary, row):
    words = row["output"].split(" ")
    for _ in range(max(1, len(words) // 20)):
        words[rng.randrange(len(words))] = rng.choice(vocabulary)
    return row | {"output": " ".join(words)}


def write(path, rows, seed):
    rng = random.Random(seed)
    vocabulary = sorted(set(words_of(rng, 20000)))
    rng.shuffle(vocabulary)
    recent = []
    with open(path, "w", encoding="utf-8") as out:
        for _ in range(rows):
            chance = rng.random()
            if recent and chance < 0.02:
                row = rng.choice(recent)
            elif recent and chance < 0.12:
                row = nearly(rng, vocabulary, rng.choice(recent))
            else:
                row = row_of(rng, vocabulary)
                if len(recent) < 5000:
                    recent.append(row)
                else:
                    recent[rng.randrange(5000)] = row
            out.write(json.dumps(row) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--rows", type=int, default=5_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    write(arguments.file, arguments.rows, arguments.seed)


if __name__ == "__main__":
    main()
