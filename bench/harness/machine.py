"""The machine that a benchmark runs on: its name, and what its cores and memory do at most."""

import json
import os
import pathlib
import re
import subprocess
import sys

DRIFT = 0.10  # a round whose calibration differs by more from the first is marked


def describe(threads):
    """What the header line says; `bf16` is whether the processor multiplies bf16 by itself."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    name = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    flags = set(re.search(r"^flags\s*:\s*(.*)$", text, re.MULTILINE)[1].split()) \
        if "flags" in text else set()
    width = next((title for flag, title in (("avx512f", "AVX-512"), ("avx2", "AVX2"))
                  if flag in flags), "no wide vectors")
    return {"cpu": name[1].strip() if name else "unknown processor", "cores": os.cpu_count(),
            "threads": threads, "vectors": width,
            "bf16": bool(flags & {"avx512_bf16", "amx_bf16"}),
            "tiles": "amx_bf16" in flags}


def header(machine):
    """One honest line about what bf16 means here."""
    line = (f"{machine['cpu']}, {machine['threads']} of {machine['cores']} cores, "
            f"{machine['vectors']}")
    if machine["bf16"]:
        return line + (" and matrix tiles of bf16." if machine["tiles"]
                       else " with bf16 dot products.")
    return (line + ", no bf16 dot products: every bf16 case compares emulations, and its limit is "
            "the fp32 peak. Claims about bf16 need another machine.")


def calibrate(program, threads, seconds=0.25):
    """GF/s of fp32 and bf16 (None where there is none) and GB/s read, of all threads together."""
    done = subprocess.run([str(program), str(threads), str(seconds)], check=True,
                          capture_output=True, text=True)
    return json.loads(done.stdout)


GPU_FIGURES = """
import json, time, torch
def rate(work, act, rounds=20):
    for _ in range(3):
        act()
    torch.cuda.synchronize()
    begin = time.perf_counter()
    for _ in range(rounds):
        act()
    torch.cuda.synchronize()
    return round(work * rounds / (time.perf_counter() - begin) / 1e9, 1)
def product(dtype, n=8192):
    a, b = (torch.randn(n, n, device="cuda", dtype=dtype) for _ in range(2))
    return rate(2 * n**3, lambda: a @ b)
x = torch.empty(1 << 30, dtype=torch.uint8, device="cuda")
print(json.dumps({"name": torch.cuda.get_device_name(), "fp32_gflops": product(torch.float32),
                  "bf16_gflops": product(torch.bfloat16), "read_gbps": rate(2 * len(x), x.clone)}))
"""


def calibrate_gpu():
    """The same figures of the first GPU, by libtorch's products of 8,192 a side and a copy."""
    done = subprocess.run([sys.executable, "-c", GPU_FIGURES], check=True, capture_output=True,
                          text=True)
    return json.loads(done.stdout)


def best(calibrations):
    """Each figure's largest: what the machine does when nothing else disturbs it."""
    return {key: max((c[key] for c in calibrations if c[key] is not None), default=None)
            for key in calibrations[0] if key.endswith("ps")}


def drift(first, other):
    """The largest relative change of a figure between two calibrations."""
    return max(abs(other[key] / first[key] - 1) for key in ("fp32_gflops", "bf16_gflops",
                                                           "read_gbps") if first[key])


def shown(calibration):
    bf16 = calibration["bf16_gflops"]
    return (f"{calibration.get('name', '')} fp32 {calibration['fp32_gflops']:.0f} GF/s, "
            f"bf16 {f'{bf16:.0f} GF/s' if bf16 else 'none'}, "
            f"memory {calibration['read_gbps']:.1f} GB/s")
