"""Older processors, as qemu emulates them: the same programs run there, and compute the same.

The kernels for wide vectors are compiled beside code for any x86-64; what the compiler made of both
is looked through too, since one function in the wrong place would stop the program where nobody
here would see it.
"""

import json
import os
import platform
import re
import shutil
import subprocess

import pytest
from tiny_jobs import chat_rows, losses, make_base, make_job, write_rows

# The name that qemu knows a processor by, and the kernels that are the best there.
PROCESSORS = {"Nehalem": "aten",  # SSE4.2
              "SandyBridge": "aten",  # AVX
              "Haswell": "avx2"}
# Without the largest shapes, and without the widths that no such processor has.
TENSOR_CASES = "-*TwiceTheWidth*:*RowKernelsOf*/1:" + ":".join(
    f"Shapes/*/{shape}" for shape in (4, *range(8, 15)))
# Signatures of near-duplicates, compiled in their own file for each kind.
CHOSEN_BY_ITSELF = "fettle::data::(anonymous namespace)::sign_avx"
KERNELS = ["avx2", "avx512", "avx512bf16", "amx"]
# An instruction that SSE has not: its name or its registers say so.
WIDE = re.compile(r"\t(v(?!err|erw)[a-z0-9]+|k(mov|or|and|unpck)[bwdq]+) |%[yz]mm")

pytestmark = pytest.mark.skipif(platform.machine() not in ("x86_64", "AMD64"),
                                reason="these processors are of another kind")


@pytest.fixture(scope="module")
def emulate():
    """emulate(processor, program, *args, code=0, kernels=""): runs, checks its exit code."""
    qemu = shutil.which("qemu-x86_64")
    if qemu is None:
        pytest.skip("qemu-x86_64 is missing (the package qemu-user)")

    def run(processor, *args, code=0, kernels=""):
        # What libtorch is told of this machine is not true of that processor, which has no GPU.
        environment = {key: value for key, value in os.environ.items()
                       if not key.startswith(("ATEN_", "MKL_", "DNNL_", "ONEDNN_"))}
        environment.update(FETTLE_KERNELS=kernels, CUDA_VISIBLE_DEVICES="")
        done = subprocess.run([qemu, "-cpu", processor, *map(str, args)], capture_output=True,
                              text=True, timeout=300, check=False, env=environment)
        assert done.returncode == code, f"{processor}: {done.returncode}\n{done.stdout[-2000:]}\n" \
                                        f"{done.stderr[-4000:]}"
        return done

    return run


@pytest.fixture(scope="module")
def job(run_fettle, tmp_path_factory):
    """Two steps of a tiny model, then the loss of unseen rows and an answer to each."""
    folder = tmp_path_factory.mktemp("old-cpu")
    held_out = write_rows(folder / "eval.jsonl", chat_rows(4, seed=1))
    return make_job(run_fettle, folder, make_base(folder / "base"), chat_rows(20), max_steps=2,
                    eval_dataset=[str(held_out)], metrics=["loss", "exact_match"],
                    max_new_tokens=8, after_training=True)


@pytest.fixture(scope="module")
def here(job):
    return job.train()


def judged(run):
    """The loss of the unseen rows, and the answers to them."""
    figures = json.loads((run / "eval" / "after.json").read_text())["figures"]
    rows = [json.loads(line) for line in (run / "eval" / "after.jsonl").read_text().splitlines()]
    return figures["loss"]["value"], [row["predict"] for row in rows]


@pytest.mark.slow
@pytest.mark.parametrize("processor", PROCESSORS)
def test_trains_and_answers_as_here(fettle, emulate, job, here, processor):
    run = job.folder / processor
    done = emulate(processor, fettle, "train", *job.arguments(output_dir=str(run)))
    assert f", {PROCESSORS[processor]} kernels\n" in done.stderr
    assert losses(run) == pytest.approx(losses(here), rel=1e-6)
    (loss, answers), (loss_here, answers_here) = judged(run), judged(here)
    assert loss == pytest.approx(loss_here, rel=1e-6)
    assert answers == answers_here and len(set(answers)) > 1


@pytest.mark.slow
def test_refuses_kernels_that_the_processor_lacks(fettle, emulate, job):
    run = job.folder / "refused"
    done = emulate("SandyBridge", fettle, "train", *job.arguments(output_dir=str(run)), code=2,
                   kernels="avx2")
    assert "FETTLE_KERNELS is avx2, which this CPU does not run" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("program, cases", [("test_tensor", TENSOR_CASES),
                                            ("test_nn", "Kernels.*-*OverSegments")])
def test_kernels_equal_exact_sums(built, emulate, program, cases):
    done = emulate("Haswell", built(program), f"--gtest_filter={cases}")
    assert "[  PASSED  ]" in done.stdout
    assert "SKIPPED" not in done.stdout


def listing(program, *options):
    if shutil.which(program) is None:
        pytest.skip(f"{program} is missing (the package binutils)")
    return subprocess.run([program, *map(str, options)], capture_output=True, text=True,
                          check=True).stdout


@pytest.fixture(scope="module")
def kernel_objects(built):
    """Of each kind of kernel, what the compiler made of it."""
    return {kind: built("src/tensor/CMakeFiles/fettle_tensor.dir/kernels/cpu/"
                        f"kernels_{kind}.cpp.o") for kind in KERNELS}


@pytest.mark.parametrize("kind", KERNELS)
def test_kernels_give_the_linker_their_entries_alone(kernel_objects, kind):
    """Of a header's function in several objects the linker keeps one, for all processors."""
    names = listing("nm", "--defined-only", "--extern-only", "-C", "--just-symbols",
                    kernel_objects[kind]).splitlines()
    entries = ["multiply", "row_kernels", *(["bring", "keeps_strips"] if kind == "amx" else [])]
    assert sorted(name.split("(")[0] for name in names) == [
        f"fettle::tensor::cpu::{entry}_{kind}" for entry in sorted(entries)]
    assert ".init_array" not in listing("objdump", "-h", kernel_objects[kind])


@pytest.mark.parametrize("program", ["fettle", "libfettle_arrow.so"])
def test_wide_instructions_are_in_chosen_functions_alone(built, kernel_objects, program):
    chosen = {name for path in kernel_objects.values()
              for name in listing("nm", "--defined-only", "-C", "--just-symbols",
                                  path).splitlines()}
    found, function = {}, ""
    for line in listing("objdump", "-d", "-C", "--no-show-raw-insn", built(program)).splitlines():
        if line.endswith(">:"):
            function = line.split("<", 1)[1][:-2]
        elif WIDE.search(line):
            found[function] = line
    astray = {name: line for name, line in found.items()
              if name not in chosen and not name.startswith(CHOSEN_BY_ITSELF)}
    assert not astray, list(astray.items())[:5]
    assert bool(found) == (program == "fettle")
