"""Rooms include only lower floors, libtorch stays above floor 3, torch/torch.h in one place.

usage: check_floors.py [ROOT]
A room's tests keep to the room's floor; a probe, which puts several rooms to work, need not.
Also holds each room's CMakeLists.txt to what its sources include: a room that ROOMS names is on a
lower floor and is included.
"""

import pathlib
import re
import sys

import house

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
ROOM_CALL = re.compile(r"^fettle_room\(\s*(\w+)([^)]*)\)", re.MULTILINE)
# recipe/ stands above libtorch's floor and does without: it reads configs, never tensors.
TORCH_FREE = {room for room, floor in house.FLOORS.items() if floor < 4} | {"recipe"}
TORCH_HEADERS = ("ATen/", "c10/", "torch/")
TORCH_DOOR = "src/tensor/torch.h"


def includes(path):
    """(line number, "system" or "own", included path) of each include of a file."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, "system" if found[1] == "<" else "own", found[2]


def may_include(room, other):
    """A room includes itself and lower floors; base serves its neighbour on floor 1 too."""
    return other in (room, "base") or house.FLOORS[other] < house.FLOORS[room]


def torch_problem(where, room, included):
    if not included.startswith(TORCH_HEADERS):
        return None
    if room in TORCH_FREE:
        return f"{where}: includes <{included}>; {room}/ does without libtorch"
    if included == "torch/torch.h" and not where.startswith(TORCH_DOOR):
        return f"{where}: includes <torch/torch.h>, which costs 20 s a file; only {TORCH_DOOR} may"
    return None


def check_file(root, path, room, used):
    """Problems of one file; adds the rooms that it includes to `used`."""
    for number, kind, included in includes(root / path):
        where = f"{path}:{number}"
        problem = torch_problem(where, room, included)
        if problem:
            yield problem
        other = included.split("/")[0]
        if kind != "own" or other not in house.FLOORS:
            continue
        used.add(other)
        if not may_include(room, other):
            yield (f'{where}: includes "{included}"; {room}/ is on floor {house.FLOORS[room]} and '
                   f"{other}/ on floor {house.FLOORS[other]}")


def declared_libraries(root):
    """{library: (its room, the libraries that ROOMS names)}; a room may be made of several."""
    declared = {}
    for path in sorted((root / "src").glob("*/CMakeLists.txt")):
        for library, arguments in ROOM_CALL.findall(path.read_text(encoding="utf-8")):
            words = arguments.split()
            begin = words.index("ROOMS") + 1 if "ROOMS" in words else len(words)
            end = words.index("LIBRARIES") if "LIBRARIES" in words[begin:] else len(words)
            declared[library] = (path.parent.name, words[begin:end])
    return declared


def check_cmake(declared, used):
    """What ROOMS names is below and is included. (What it forgets, the linker misses.)"""
    for library, (room, others) in declared.items():
        where = f"src/{room}/CMakeLists.txt"
        for other in others:
            other_room = declared.get(other, (other, []))[0]
            if other_room not in house.FLOORS:
                yield f"{where}: links {other}, which is no room of tools/house.py"
            elif not may_include(room, other_room):
                yield f"{where}: links {other}, which is not on a lower floor"
            elif other_room != room and other_room not in used.get(room, set()):
                yield f"{where}: links {other}, of which {room}/ includes nothing"


def problems(root):
    used = {}
    for path in house.files(root, ".h", ".cpp", ".cu", ".cuh"):
        if len(path.parts) < 3 or path.parts[0] not in ("src", "tests"):
            continue
        tree, room = path.parts[:2]
        if tree == "tests" and "probe" in path.stem.split("_"):
            continue
        if room in house.FLOORS:
            used_here = used.setdefault(room, set()) if tree == "src" else set()
            yield from check_file(root, path, room, used_here)
        elif tree == "src":
            yield f"{path}: {room}/ has no floor in tools/house.py"
    yield from check_cmake(declared_libraries(root), used)


if __name__ == "__main__":
    TOP = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else house.ROOT
    sys.exit(house.report("floors", list(problems(TOP))))
