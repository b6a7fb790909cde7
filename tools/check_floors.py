"""Rooms include only lower floors, libtorch stays above floor 3, torch/torch.h in one place.

usage: check_floors.py [ROOT]
A room's tests keep to the room's floor; a probe, which puts several rooms to work, need not.
The rooms that a CMakeLists.txt names in ROOMS stand on lower floors too.
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


def check_file(root, path, room):
    for number, kind, included in includes(root / path):
        where = f"{path}:{number}"
        problem = torch_problem(where, room, included)
        if problem:
            yield problem
        other = included.split("/")[0]
        if kind != "own" or other not in house.FLOORS:
            continue
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


def check_cmake(declared):
    """What ROOMS names is below. (What it forgets, the linker misses.)"""
    for library, (room, others) in declared.items():
        where = f"src/{room}/CMakeLists.txt"
        for other in others:
            other_room = declared.get(other, (other, []))[0]
            if other_room not in house.FLOORS:
                yield f"{where}: links {other}, which is no room of tools/house.py"
            elif not may_include(room, other_room):
                yield f"{where}: links {other}, which is not on a lower floor"


def problems(root):
    for path in house.files(root, ".h", ".cpp", ".cu", ".cuh"):
        if len(path.parts) < 3 or path.parts[0] not in ("src", "tests"):
            continue
        tree, room = path.parts[:2]
        if tree == "tests" and "probe" in path.stem.split("_"):
            continue
        if room in house.FLOORS:
            yield from check_file(root, path, room)
        elif tree == "src":
            yield f"{path}: {room}/ has no floor in tools/house.py"
    yield from check_cmake(declared_libraries(root))


if __name__ == "__main__":
    TOP = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else house.ROOT
    sys.exit(house.report("floors", list(problems(TOP))))
