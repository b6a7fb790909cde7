"""The work of bench/prepare.py by datatrove's pipelines, in this process; prints the rows kept.

usage: prepare_datatrove.py ROWS.jsonl OUTPUT

Read, drop rows under 20 words, mask e-mail addresses, then MinHash in its four steps (16 bands of 8
permutations, 5-grams, which drops equal rows too) and a split. Its MinHash does not check the pairs
that its bands find by their true Jaccard similarity, as fettle and the other peer do.
"""

import pathlib
import sys


def steps(rows, folder):
    """The steps of each of the four runs."""
    # pylint: disable=import-outside-toplevel
    from datatrove.pipeline.dedup.minhash import (MinhashConfig, MinhashDedupBuckets,
                                                  MinhashDedupCluster, MinhashDedupFilter,
                                                  MinhashDedupSignature)
    from datatrove.pipeline.filters import LambdaFilter, SamplerFilter
    from datatrove.pipeline.formatters import PIIFormatter
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter
    from datatrove.utils.hashing import HashConfig

    def adapter(_, data, path, number):
        return {"text": data["instruction"] + "\n" + data["output"], "id": f"{path}/{number}",
                "media": [], "metadata": {"instruction": data["instruction"]}}

    config = MinhashConfig(n_grams=5, num_buckets=16, hashes_per_bucket=8,
                           hash_config=HashConfig(hash_fc="sha1"))
    clean = str(folder / "clean")
    signatures, buckets, remove = (str(folder / name) for name in ("sigs", "buckets", "remove"))
    return [
        [JsonlReader(str(rows.parent), glob_pattern=rows.name, adapter=adapter),
         LambdaFilter(lambda document: len(document.text.split()) >= 20),
         PIIFormatter(remove_ips=False, email_replacement="[EMAIL]"),
         JsonlWriter(clean, compression=None),
         MinhashDedupSignature(signatures, config)],
        [MinhashDedupBuckets(signatures, buckets, config=config)],
        [MinhashDedupCluster(buckets, remove, config=config)],
        [JsonlReader(clean), MinhashDedupFilter(remove),
         SamplerFilter(0.95, seed=1, exclusion_writer=JsonlWriter(str(folder / "validation"),
                                                                  compression=None)),
         JsonlWriter(str(folder / "train"), compression=None)]]


def main():
    from datatrove.executor import LocalPipelineExecutor  # pylint: disable=import-outside-toplevel
    from loguru import logger  # pylint: disable=import-outside-toplevel
    logger.remove()
    rows, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    for number, pipeline in enumerate(steps(rows, folder)):
        tasks = 16 if number == 1 else 1  # a band each
        LocalPipelineExecutor(pipeline, tasks=tasks, workers=1,
                              logging_dir=str(folder / f"logs-{number}")).run()
    print(sum(len(path.read_bytes().splitlines()) for part in ("train", "validation")
              for path in (folder / part).glob("*.jsonl")))


if __name__ == "__main__":
    main()
