"""Random small Jinja programs over values of all kinds, for comparison with jinja2."""

TEXTS = ["''", "'a'", "'Hello World'", "'  pad\\n '", "'x,y,,z'", "\"it's\"", "'ÄÖ ß ﬁ'", "'ΑΣ'",
         "'a\\tb\\nc'", "'123'", "'-4.5'", "'%s and %r'", "'<b>&\"'", "'日本語'", "'don\\'t STOP'",
         "'{} {0}'", "'aXbXc'", "'mixed Case-word (x)'", "'\\u00e9\\x41'"]
NUMBERS = ["0", "1", "2", "-3", "7", "10", "2.0", "0.5", "-1.25", "1e3", "100", "3", "1e16", "1e-7"]
CONSTANTS = ["true", "false", "none", "True", "None"]
NAMES = ["words", "number", "real", "text", "mapping", "rows", "nested", "nothing", "flag",
         "missing", "messages", "bos_token", "unicode"]

VARIABLES = {
    "words": ["pear", "Apple", "fig", "apple"], "number": 42, "real": 2.5, "text": "some Text here",
    "mapping": {"b": 1, "a": [1, 2], "C": None, "items": "shadow"},
    "rows": [{"name": "x", "n": 3, "tag": "T"}, {"name": "Y", "n": 1, "tag": "t"},
             {"name": "z", "n": 2, "tag": None}],
    "nested": {"one": {"two": [{"three": "deep"}]}}, "nothing": None, "flag": True,
    "unicode": "Grüße, 世界! 🎉",
}

TEXT_FILTERS = ["upper", "lower", "title", "capitalize", "trim", "length", "list", "first", "last",
                "reverse", "string", "int", "float", "wordcount", "replace('a', 'bb')",
                "replace('a', '', 1)", "indent", "indent(2, true)", "indent(first=true, blank=true)",
                "default('d')", "d('x', true)", "tojson", "center(12)", "truncate(5)",
                "truncate(9, true, '.')", "urlencode", "e|length", "trim('a ')", "join('-')",
                "count", "unique|list", "sort", "batch(2)|list", "slice(2)|list", "max", "min"]
ANY_FILTERS = ["string", "tojson", "default(1)", "d('z', true)", "list", "length", "tojson(indent=2)",
               "first", "last", "join(',')", "int", "float", "items|list", "sort", "upper",
               "tojson(sort_keys=true)", "tojson(separators=(',', ':'))", "tojson(ensure_ascii=true)"]
LIST_FILTERS = ["list", "length", "first", "last", "join(', ')", "reverse|list", "sort|list",
                "sort(reverse=true)", "unique|list", "batch(2, 'f')|list", "slice(3, 'f')|list",
                "map('string')|list", "map('upper')|join", "select('string')|list", "max", "min",
                "reject('none')|list", "select|list", "sum", "tojson", "map('length')|list",
                "select('in', [1, 'pear'])|list", "select('gt', 1)|list", "sort(case_sensitive=true)"]
NUMBER_FILTERS = ["abs", "round", "round(1)", "round(1, 'floor')", "round(0, 'ceil')", "int", "float",
                  "string", "tojson", "string|length", "filesizeformat", "default(3)"]
ROW_FILTERS = ["map(attribute='name')|list", "map(attribute='zz', default=0)|list",
               "selectattr('n', 'gt', 1)|list", "rejectattr('tag')|list", "sum(attribute='n')",
               "sort(attribute='n')|map(attribute='name')|join", "groupby('tag')|list",
               "selectattr('tag', 'none')|list", "map(attribute='n')|max", "max(attribute='n')",
               "selectattr('name', 'equalto', 'x')|list|length", "sort(attribute='n,name')",
               "map(attribute='name')|map('upper')|join('/')", "unique(attribute='tag')|list"]
MAP_FILTERS = ["items|list", "dictsort", "dictsort(reverse=true)", "list", "length", "tojson",
               "dictsort(true)", "tojson(indent=1, sort_keys=true)", "first", "dictsort(by='key')"]

TEXT_METHODS = ["upper()", "lower()", "strip()", "lstrip('a ')", "rstrip()", "split()", "split(',')",
                "split('l', 1)", "rsplit('l', 1)", "rsplit(None, 1)", "title()", "capitalize()",
                "startswith('H')", "endswith(('c', 'd'))", "replace('l', 'L', 1)", "find('l')",
                "rfind('l')", "count('l')", "splitlines()", "isdigit()", "isalpha()", "isupper()",
                "islower()", "isspace()", "join(['a', 'b'])", "removeprefix('He')",
                "removesuffix('c')", "zfill(8)", "center(9, '*')", "ljust(6)", "rjust(6, '.')",
                "partition('l')", "rpartition('l')", "swapcase()", "index('a')", "isalnum()",
                "istitle()", "find('a', 1)", "count('')", "replace('', '-')", "splitlines(true)",
                "expandtabs(4)", "format(1, x=2)", "append(1)", "isidentifier()",
                "startswith('e', 1)", "split(maxsplit=1)", "split('')", "casefold()"]
LIST_METHODS = ["index('fig')", "count(1)", "copy()", "append(1)", "pop()", "index('zz')", "zz"]
MAP_METHODS = ["get('a')", "get('zz')", "get('zz', 3)", "keys()|list", "values()|list",
               "items()|list", "items()|length", "keys()|first", "copy()", "pop('a')", "update({})", "a", "b",
               "zz", "get('b', default=1)", "get()", "C"]
TESTS = ["defined", "undefined", "none", "string", "mapping", "sequence", "iterable", "number",
         "boolean", "true", "false", "integer", "float", "odd", "even", "divisibleby(3)",
         "divisibleby 2", "lower", "upper", "equalto(1)", "eq 'a'", "ne 2", "gt(1)", "lt 5", "ge 2",
         "le 2.0", "in [1, 'a', none]", "callable", "sameas none", "sameas(true)", "escaped",
         "filter", "test"]
OPERATORS = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in",
             "not in", "and", "or"]
SPACES = ["", "", " ", "\n", "  \n  ", "\n\n", "\t"]


class Programs:
    def __init__(self, rng):
        self.rng = rng
        self.variables = VARIABLES

    def pick(self, *choices):
        return self.rng.choice(choices)

    def text(self, depth):
        base = self.rng.choice(TEXTS + ["text", "unicode"])
        for _ in range(self.rng.randrange(3)):
            base = self.rng.choice([f"{base}.{self.rng.choice(TEXT_METHODS)}",
                                    f"({base}|{self.rng.choice(TEXT_FILTERS)})"])
            if self.rng.random() < 0.2:
                base = self.subscript(base, depth)
        return base

    def subscript(self, base, depth):
        index = [self.pick("", "0", "1", "-1", "-2", "5", "2", "none") for _ in range(3)]
        return self.pick(f"{base}[{index[0] or 0}]", f"{base}[{index[0]}:{index[1]}]",
                         f"{base}[{index[0]}:{index[1]}:{index[2]}]",
                         f"{base}[{self.expression(depth - 1)}]")

    def list(self, depth):
        items = ", ".join(self.expression(depth - 1) for _ in range(self.rng.randrange(4)))
        base = self.pick("words", "words", f"[{items}]", f"[{items}]", f"({items},)" if items else "()",
                         "range(4)", "range(5, 0, -2)", "rows", "nested.one.two", "words[1:]")
        if base == "rows" and self.rng.random() < 0.7:
            return f"rows|{self.rng.choice(ROW_FILTERS)}"
        roll = self.rng.random()
        if roll < 0.5:
            return f"{base}|{self.rng.choice(LIST_FILTERS)}"
        if roll < 0.6:
            return f"{base}.{self.rng.choice(LIST_METHODS)}"
        return self.subscript(base, depth) if roll < 0.75 else base

    def map(self, depth):
        pairs = ", ".join(f"{self.pick(repr('k'), '1', 'none', repr('b'), '2.0')}: "
                          f"{self.expression(depth - 1)}" for _ in range(self.rng.randrange(3)))
        base = self.pick("mapping", "mapping", f"{{{pairs}}}", "rows[0]", "nested",
                         "dict(a=1, b='x')")
        roll = self.rng.random()
        if roll < 0.4:
            return f"{base}|{self.rng.choice(MAP_FILTERS)}"
        if roll < 0.8:
            return f"{base}.{self.rng.choice(MAP_METHODS)}"
        return self.pick(base, f"{base}['a']", f"{base}['items']", f"{base}[1]")

    def number(self):
        base = self.rng.choice(NUMBERS + ["number", "real"])
        if self.rng.random() < 0.4:
            return f"({base})|{self.rng.choice(NUMBER_FILTERS)}"
        return base

    def expression(self, depth=3):
        roll = self.rng.random()
        if depth <= 0 or roll < 0.15:
            return self.rng.choice(NAMES + NUMBERS + CONSTANTS + TEXTS)
        if roll < 0.35:
            return self.text(depth)
        if roll < 0.5:
            return self.list(depth)
        if roll < 0.6:
            return self.map(depth)
        if roll < 0.68:
            return self.number()
        if roll < 0.83:
            left, right = self.expression(depth - 1), self.expression(depth - 1)
            return f"({left} {self.rng.choice(OPERATORS)} {right})"
        if roll < 0.9:
            return f"({self.expression(depth - 1)} is {self.pick('', 'not ')}{self.rng.choice(TESTS)})"
        if roll < 0.95:
            parts = [self.expression(depth - 1) for _ in range(3)]
            return self.pick(f"({parts[0]} if {parts[1]} else {parts[2]})",
                             f"({parts[0]} if {parts[1]})", f"(not {parts[0]})", f"(-{parts[0]})")
        return f"({self.expression(depth - 1)}|{self.rng.choice(ANY_FILTERS)})"

    def tag(self, inner):
        return f"{{%{self.pick('', '-', '+')} {inner} {self.pick('', '-')}%}}"

    def printed(self, depth=2):
        return f"{{{{{self.pick('', '-')} {self.expression(depth)} {self.pick('', '-')}}}}}"

    def space(self):
        return self.rng.choice(SPACES)

    def body(self, depth):
        return "".join(self.space() + self.statement(depth - 1) + self.space()
                       for _ in range(self.rng.randrange(1, 3)))

    def loop(self, depth):
        target, source = self.pick(("i", "words"), ("i", "range(3)"), ("k, v", "mapping|items"),
                                   ("i", "'abc'"), ("i", "rows"), ("i", "[]"), ("i", "missing"),
                                   ("k, v", "[(1, 2), (3, 4)]"), ("i", self.expression(2)))
        inner = self.pick("{{ loop.index }}", "{{ loop.last }}{{ loop.first }}", "{{ i }}",
                          "{{ loop.revindex0 }}/{{ loop.length }}", "{{ loop.cycle('a', 'b') }}",
                          "{{ loop.previtem }}<{{ loop.nextitem }}", "{% set x = i %}{{ x }}",
                          "{% if loop.index == 2 %}{% break %}{% endif %}.",
                          "{% if loop.first %}{% continue %}{% endif %}{{ loop.index0 }}",
                          "{{ loop.changed(i) }}", "{% set ns.n = ns.n + 1 %}")
        test = self.pick("", "", " if i is string", " if i != 'fig'")
        other = self.pick("", self.tag("else") + "none" + self.space())
        return (self.tag(f"for {target} in {source}{test}") + self.space() + inner +
                self.body(depth) + other + self.tag("endfor"))

    def statement(self, depth=2):
        roll = self.rng.random()
        if depth <= 0 or roll < 0.4:
            return self.pick(self.printed(), self.printed(), "word", "{# note #}", "{#- note -#}",
                             "{{ x }}{{ ns.n }}", self.space() + "line\n")
        if roll < 0.6:
            return self.loop(depth)
        if roll < 0.75:
            middle = self.pick("", self.tag(f"elif {self.expression(1)}") + self.body(depth))
            other = self.pick("", self.tag("else") + self.body(depth))
            return (self.tag(f"if {self.expression(2)}") + self.body(depth) + middle + other +
                    self.tag("endif"))
        return self.pick(self.tag(f"set x = {self.expression(2)}"),
                         self.tag("set x") + self.body(depth) + self.tag("endset"),
                         self.tag(f"set ns.n = {self.number()}"),
                         self.tag("filter upper") + self.body(depth) + self.tag("endfilter"),
                         self.tag(f"with y = {self.expression(1)}") + "{{ y }}" + self.tag("endwith"),
                         self.tag("raw") + "{{ raw }} {% x %}" + self.tag("endraw"),
                         self.tag("macro f(a, b=2, c='z')") + "{{ a }}-{{ b }}{{ c }}{{ x }}" +
                         self.tag("endmacro") + "{{ f(1) }}{{ f(x, c=3) }}{{ f(b=0) }}",
                         self.tag("macro g(a)") + "[{{ caller(a) }}]" + self.tag("endmacro") +
                         self.tag("call(q) g('w')") + "{{ q }}{{ x }}" + self.tag("endcall"),
                         self.tag("macro h()") + "{{ varargs }}{{ kwargs }}" +
                         self.tag("endmacro") + "{{ h(1, z=2) }}")

    def template(self):
        if self.rng.random() < 0.5:
            return "{{ " + self.expression(3) + " }}"
        return "{% set ns = namespace(n=0) %}" + self.body(3) + self.body(2)
