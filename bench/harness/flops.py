"""How many floating point operations a training step needs at least, and so how fast it can be.

The convention: N counts the weights of the products (blocks and head). A forward product costs 2
a weight and token; the backward 2 for the input's gradient and 2 for the weight's, which a frozen
weight does without. Attention costs 4 * width of the queries for each pair of a query and a key
that it sees, forward, and twice that backward. Nothing that is computed again counts.
"""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Shape:
    """The sizes of a decoder that its cost depends on."""

    hidden: int
    layers: int
    query: int  # heads * head size
    key: int  # key heads * head size
    feed_forward: int
    vocabulary: int

    @staticmethod
    def of_config(config):
        """From the fields of a config.json of the Llama kind."""
        heads = config["num_attention_heads"]
        size = config.get("head_dim") or config["hidden_size"] // heads
        return Shape(config["hidden_size"], config["num_hidden_layers"], heads * size,
                     config["num_key_value_heads"] * size, config["intermediate_size"],
                     config["vocab_size"])

    def linears(self):
        """(inputs, outputs) of the seven products of a block."""
        d = self.hidden
        return [(d, self.query), (d, self.key), (d, self.key), (self.query, d),
                (d, self.feed_forward), (d, self.feed_forward), (self.feed_forward, d)]

    @property
    def body(self):
        """Weights of all blocks' products."""
        return self.layers * sum(i * o for i, o in self.linears())

    @property
    def head(self):
        return self.hidden * self.vocabulary


@dataclasses.dataclass(frozen=True)
class Work:
    """What a step computes: tokens through the blocks, pairs of attention, predictions scored."""

    tokens: int
    pairs: int
    scored: int

    def __add__(self, other):
        return Work(self.tokens + other.tokens, self.pairs + other.pairs,
                    self.scored + other.scored)


def work_of_rows(rows):
    """Rows alone, each a causal sequence: lists of token ids with the flags of what is scored."""
    total = Work(0, 0, 0)
    for ids, scored in rows:
        n = len(ids)
        total += Work(n, n * n // 2, sum(map(bool, scored)))
    return total


def work_of_tree(rows):
    """The same rows with what they have in common at their start computed once."""
    seen = set()
    pairs = 0
    for ids, _ in rows:
        for depth in range(1, len(ids) + 1):
            prefix = hash(tuple(ids[:depth]))
            if prefix not in seen:
                seen.add(prefix)
                pairs += depth
    return Work(len(seen), pairs, work_of_rows(rows).scored)


def step_flops(shape, work, mode, rank=0):
    """Operations of one optimizer step. mode: lora (frozen weights, adapters of `rank` on every
    product of the blocks) or full."""
    passes = {"lora": 4, "full": 6}[mode]
    total = passes * (shape.body * work.tokens + shape.head * work.scored)
    total += 3 * 4 * work.pairs * shape.query * shape.layers
    if mode == "lora":
        total += 6 * rank * work.tokens * shape.layers * sum(i + o for i, o in shape.linears())
    return total


def peak_gflops(calibration, precision):
    """(the machine's limit in GF/s, what it is). Without dot products of bf16 pairs the products
    are float32's whatever the precision is called."""
    if precision == "bf16" and calibration["bf16_gflops"]:
        return calibration["bf16_gflops"], "bf16 products"
    return calibration["fp32_gflops"], "fp32 multiply-adds"
