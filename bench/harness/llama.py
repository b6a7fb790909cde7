"""llama.cpp as a peer: the prebuilt programs of the npm package node-llama-cpp, put under
build/bench once, and the model written in the type that is compared."""

import json
import os
import shutil
import subprocess
import sys
import pathlib

from . import inputs

VERSION = "3.22.1"
FOLDER = inputs.CACHE / "llama"
HERE = pathlib.Path(__file__).parent


def install():
    """Fetches the pinned version where it is missing; its scripts are not run."""
    if (FOLDER / f".done-{VERSION}").is_file():
        return
    if shutil.which("npm") is None:
        raise FileNotFoundError("npm is not here, and llama.cpp comes through it; install the "
                                "packages nodejs and npm, or leave it out with --without-llama")
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "package.json").write_text('{"private": true}\n', encoding="utf-8")
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(os.uname().machine, os.uname().machine)
    subprocess.run(["npm", "install", "--omit=optional", "--no-audit", "--no-fund",
                    "--ignore-scripts", f"node-llama-cpp@{VERSION}",
                    f"@node-llama-cpp/linux-{machine}@{VERSION}"], cwd=FOLDER, check=True,
                   stdout=subprocess.DEVNULL)
    (FOLDER / f".done-{VERSION}").touch()


def model(gguf, precision):
    """The same weights as a GGUF file of float32 or bfloat16."""
    name = {"fp32": "F32", "bf16": "BF16"}[precision]
    path = inputs.CACHE / f"{gguf.stem}-{gguf.stat().st_size}.{name}.gguf"
    if not path.is_file():
        subprocess.run([sys.executable, HERE / "llama_model.py", gguf, path, name], check=True)
    return path


def run(path, prompt, new_tokens, threads):
    """The second of two runs in one process: weights and caches are warm."""
    script = FOLDER / "run.mjs"  # beside node_modules, where its import is looked for
    shutil.copyfile(HERE / "llama_run.mjs", script)
    done = subprocess.run(["node", script, path, prompt, str(new_tokens), str(threads)],
                          check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1])
