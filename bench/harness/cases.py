"""The table of training cases: what ./dev bench train measures, a row each."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Case:
    """One job that all sides do: the same tokens, first weights, order and optimizer."""

    name: str
    help: str
    mode: str = "lora"  # lora: on all linear layers; full
    precision: str = "bf16"
    tokens: int = 1024  # of a row; 0: rows of their own lengths
    batch: int = 1  # rows of a step
    rank: int = 16
    job: str = "dense"  # dense, short (20 to 120 tokens), demo
    learning_rate: float = 1e-4
    device: str = "cpu"  # cpu or cuda: of all sides
    peers: tuple = ("eager", "compile", "fp32", "default")  # the first is the ratio's


FP32 = ("fp32", "fp32-default")
LONG = ("eager", "compile")

CASES = [
    Case("lora-bf16-1024", "LoRA r16 on all linear layers, bf16, one row of 1,024"),
    Case("lora-fp32-1024", "the same in fp32", precision="fp32", peers=FP32),
    Case("full-bf16-1024", "full fine-tuning, bf16, one row of 1,024", mode="full",
         learning_rate=1e-5, peers=("eager", "compile", "default")),
    Case("full-fp32-1024", "the same in fp32", mode="full", precision="fp32", learning_rate=1e-5,
         peers=FP32),
    Case("lora-bf16-256", "LoRA, bf16, one row of 256", tokens=256, peers=LONG),
    Case("lora-bf16-2048", "LoRA, bf16, one row of 2,048", tokens=2048, peers=LONG),
    Case("lora-bf16-4096", "LoRA, bf16, one row of 4,096", tokens=4096, peers=LONG),
    Case("short-rows", "LoRA, bf16, 16 rows of 20 to 120 tokens: packed against padded",
         tokens=0, batch=16, job="short", peers=LONG),
    Case("demo", "the demo's job: 1,200 short rows in 75 steps with one shared prefix; its training "
         "time alone", tokens=0, batch=16, job="demo", learning_rate=1e-3, peers=("eager",)),
]

DEFAULT = CASES[0]


def named(name):
    """The case of this name; ValueError lists the names there are."""
    for case in CASES:
        if case.name == name:
            return case
    known = ", ".join(case.name for case in CASES)
    raise ValueError(f'--cases: there is no case "{name}"; there are {known}')


def chosen(options):
    """The cases that the command line asks for: named ones, one made from options, or all."""
    given = {key: value for key, value in
             (("tokens", options.T), ("batch", options.batch), ("rank", options.rank),
              ("mode", options.mode), ("precision", options.precision)) if value is not None}
    if options.cases:
        precision = given.pop("precision", None)
        if given:
            raise ValueError("--cases names whole cases; leave out --T, --batch, --rank and --mode, or "
                             "leave out --cases")
        return [at_precision(named(name), precision) for name in options.cases.split(",")]
    return [custom(given)] if given else list(CASES)


def at_precision(case, precision):
    """The case in this precision, named after it; None: as it is."""
    if precision in (None, case.precision):
        return case
    peers = FP32 if precision == "fp32" else DEFAULT.peers
    return dataclasses.replace(case, name=f"{case.name}-{precision}", precision=precision,
                               peers=peers)


def custom(given):
    """The first case with some of its values replaced, named after them."""
    case = dataclasses.replace(DEFAULT, **given)
    peers = FP32 if case.precision == "fp32" else case.peers
    rate = 1e-5 if case.mode == "full" else case.learning_rate
    name = f"{case.mode}-{case.precision}-{case.tokens}"
    if case.batch != 1:
        name += f"x{case.batch}"
    if case.mode == "lora" and case.rank != 16:
        name += f"-r{case.rank}"
    rank = f"LoRA r{case.rank} on all linear layers" if case.mode == "lora" else "full fine-tuning"
    rows = "one row" if case.batch == 1 else f"{case.batch} rows"
    return dataclasses.replace(case, name=name, peers=peers, learning_rate=rate,
                               help=f"{rank}, {case.precision}, {rows} of {case.tokens:,}")
