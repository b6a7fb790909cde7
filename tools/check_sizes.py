"""Files of at most 400 lines, functions of at most 40.

usage: check_sizes.py [ROOT]
tools/size_exceptions.txt names what may be longer, each with its reason.
"""

import ast
import pathlib
import re
import sys

import house

FILE_LINES = 400
FUNCTION_LINES = 40
SOURCES = (".h", ".cpp", ".cu", ".cuh", ".py", ".sh", ".cmake", ".js", ".css", ".html")

# Comments, raw strings, strings and characters; a quote between digits separates thousands.
QUOTED = re.compile(r'//[^\n]*|/\*.*?\*/|R"(?P<tag>[^()\s\\]{0,16})\(.*?\)(?P=tag)"'
                    r'|"(?:\\.|[^"\\\n])*"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])+\'', re.DOTALL)
NOT_FUNCTIONS = re.compile(r"\b(namespace|class|struct|enum|union|extern|concept)\b[^()]*$")
NAME = re.compile(r"([~\w:]+(?:<[^<>()]*>)?|operator\s*[^\s\w(]+|operator\(\))\s*\(")


def blank(found):
    """Keeps the lines of what is cut out, so that line numbers stay."""
    return "\n" * found[0].count("\n")


def cpp_functions(text):
    """(name, first line, lines) of each outermost function body."""
    text = QUOTED.sub(blank, text)
    text = re.sub(r"^\s*#(?:[^\n]*\\\n)*[^\n]*", blank, text, flags=re.MULTILINE)
    open_braces = []  # for each: the function's (name, line), or None for a namespace, a class, ...
    inside = head_begin = 0
    for found in re.finditer(r"[{};]", text):
        at = found.start()
        if found[0] == "{":
            head = text[head_begin:at]
            starts = not inside and ")" in head and not NOT_FUNCTIONS.search(head)
            first = text.count("\n", 0, head_begin + len(head) - len(head.lstrip())) + 1
            name = NAME.search(head)
            open_braces.append((name[1] if name else "lambda", first) if starts else None)
            inside += starts
        elif found[0] == "}" and open_braces:
            function = open_braces.pop()
            if function:
                inside -= 1
                yield (*function, text.count("\n", 0, at) + 2 - function[1])
        head_begin = at + 1


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.name, node.lineno, node.end_lineno - node.lineno + 1


def functions(path, text):
    if path.suffix == ".py":
        return python_functions(text)
    return cpp_functions(text) if path.suffix in (".h", ".cpp", ".cu", ".cuh") else ()


def exceptions(root):
    """{"path" or "path:function"}; each line of the list is one, then its reason."""
    path = root / "tools" / "size_exceptions.txt"
    if not path.is_file():
        return set()
    lines = path.read_text(encoding="utf-8").splitlines()
    return {line.split()[0] for line in lines if len(line.split()) > 1 and line[0] != "#"}


def problems(root):
    allowed = exceptions(root)
    for path in house.files(root, *SOURCES):
        text = (root / path).read_text(encoding="utf-8")
        lines = text.count("\n")
        if lines > FILE_LINES and str(path) not in allowed:
            yield f"{path}: {lines} lines; at most {FILE_LINES}: split it by what its parts are for"
        for name, line, length in functions(path, text):
            if length > FUNCTION_LINES and f"{path}:{name}" not in allowed:
                yield f"{path}:{line}: {name} has {length} lines; at most {FUNCTION_LINES}"


if __name__ == "__main__":
    TOP = pathlib.Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else house.ROOT
    sys.exit(house.report("sizes", list(problems(TOP))))
