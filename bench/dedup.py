"""MinHash alone: fettle's signatures and bands beside datasketch's and datatrove's, on one core.

usage: bench/dedup.py --probe build/release/bench_minhash [--rows 20000] [--rounds 3]

The same made rows (about 60 words of a Zipf vocabulary), shingles of 5 words, 128 permutations;
the programs take turns, and the median of each one's rounds is shown. datatrove and datasketch are
left out by name where they are not installed. Texts are in memory before the clock starts.
"""

import argparse
import os
import pathlib
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time

SIZE, PERMUTATIONS = 5, 128


def make_rows(count, seed=1):
    rng = random.Random(seed)
    words = ["".join(rng.choices("abcdefghijklmnopqrstuvwxyz", k=rng.randrange(2, 9)))
             for _ in range(20000)]
    weights = [1 / (rank + 10) for rank in range(len(words))]
    return [" ".join(rng.choices(words, weights, k=rng.randrange(40, 80))) for _ in range(count)]


def shingle_words(text):
    words = re.sub(r"[^\w\s]", "", text.lower()).split()
    return [" ".join(words[i:i + SIZE]) for i in range(max(1, len(words) - SIZE + 1))]


def datasketch_rows(rows):
    from datasketch import MinHash  # pylint: disable=import-outside-toplevel
    begin = time.perf_counter()
    for text in rows:
        made = MinHash(num_perm=PERMUTATIONS)
        made.update_batch([shingle.encode() for shingle in shingle_words(text)])
    return time.perf_counter() - begin


def datatrove_rows(rows):
    # pylint: disable=import-outside-toplevel
    from datatrove.pipeline.dedup.minhash import MinhashConfig, MinhashDedupSignature
    from datatrove.utils.hashing import HashConfig
    # Its default, xxhash, is given text, which xxhash 4 refuses.
    config = MinhashConfig(n_grams=SIZE, num_buckets=16, hashes_per_bucket=8,
                           hash_config=HashConfig(hash_fc="sha1"))
    with tempfile.TemporaryDirectory() as folder:
        stage = MinhashDedupSignature(folder, config)
        begin = time.perf_counter()
        for text in rows:
            stage.get_signature(stage.get_shingles(text))
        return time.perf_counter() - begin


def fettle_rows(probe, path):
    done = subprocess.run([probe, str(path), str(SIZE), str(PERMUTATIONS)], check=True,
                          capture_output=True, text=True)
    return float(done.stdout.split()[0])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--probe", required=True)
    parser.add_argument("--rows", type=int, default=20000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
    rows = make_rows(options.rows)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "rows.txt"
        path.write_text("\n".join(rows) + "\n", encoding="utf-8")
        # The peers take a part of the rows where they would take minutes; rates are compared.
        some = rows[:max(1, len(rows) // 10)]
        takers = {"fettle": lambda: options.rows / fettle_rows(options.probe, path),
                  "datasketch": lambda: len(some) / datasketch_rows(some),
                  "datatrove": lambda: len(some) / datatrove_rows(some)}
        rates = {name: [] for name in takers}
        for _ in range(options.rounds):
            for name, take in takers.items():
                try:
                    rates[name].append(take())
                except ImportError as error:
                    print(f"{name}: left out ({error})", file=sys.stderr)
    for name, measured in rates.items():
        if measured:
            print(f"{name}: {statistics.median(measured):,.0f} rows/s "
                  f"({min(measured):,.0f} to {max(measured):,.0f})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
