// Statements, expressions and white space of chat templates. The expected texts are jinja2 3.1.6's,
// as transformers runs it.
#include <gtest/gtest.h>

#include "tests/tokenize/chat_rendering.h"

namespace fettle::tokenize {
namespace {

class JinjaSyntax : public testing::TestWithParam<RenderCase> {};

TEST_P(JinjaSyntax, RendersAsJinja2) {
  EXPECT_EQ(rendered(GetParam().source), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, JinjaSyntax,
    testing::Values(
        RenderCase{"a\n{% if true %}\nb\n{% endif %}\nc\n", "a\nb\nc"},
        RenderCase{"  {% if true %}x{% endif %}  \n", "x  "},
        RenderCase{"  {{- 'x' -}}  \n y", "xy"},
        RenderCase{"a {%- if true -%} b {%- endif -%} c", "abc"},
        RenderCase{"  {%+ if true %}x{% endif %}", "  x"},
        RenderCase{"{% if true +%}\nx{% endif %}", "\nx"},
        RenderCase{"{# c #}\na\n  {#- d -#}  b", "ab"},
        RenderCase{"{% raw %}{{ x }}{% y %}{% endraw %}", "{{ x }}{% y %}"},
        RenderCase{"a\r\nb\rc\n", "a\nb\nc"}, RenderCase{"{{ 'a' 'b' \"c\" }}", "abc"},
        RenderCase{"{{ '\\n\\x41\\u00e9\\q\\101' }}", "\nAé\\qA"},
        RenderCase{"{{ 1_000 + 0x1F + 0b11 + 0o7 }} {{ 1e3 }} {{ 1.5e-7 }}", "1041 1000.0 1.5e-07"},
        RenderCase{"{% for i in [1,2,3] %}{{ loop.index }}/{{ loop.length }}{{ ',' if not "
                   "loop.last }}{% endfor %}",
                   "1/3,2/3,3/3"},
        RenderCase{"{% for i in [1,2,3,4] if i is even %}{{ loop.index0 }}{{ i }}{% else %}none{% "
                   "endfor %}",
                   "0214"},
        RenderCase{"{% for i in [] %}x{% else %}none{% endfor %}", "none"},
        RenderCase{"{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 "
                   "%}{% break %}{% endif %}{{ i }}{% endfor %}",
                   "0134"},
        RenderCase{"{% for k, v in mapping.items() %}{{ k }}={{ v }};{% endfor %}",
                   "b=1;a=[1, 2];C=None;"},
        RenderCase{
            "{% for i in words %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }} {% endfor %}",
            "<pear>Apple pear<Apple>fig Apple<fig> "},
        RenderCase{"{% for x in [1, [2, [3]]] recursive %}{% if x is iterable %}({{ loop(x) }}){% "
                   "else %}{{ x }}@{{ loop.depth }}{% endif %}{% endfor %}",
                   "1@1(2@2(3@3))"},
        RenderCase{"{% for i in [1,1,2] %}{{ loop.changed(i) }}{{ loop.cycle('a','b') }}{{ "
                   "loop.revindex }}{% endfor %}",
                   "Truea3Falseb2Truea1"},
        RenderCase{"{% set x = 1 %}{% for i in [1,2] %}{{ x }}{% set x = i + 10 %}{{ x }}{% endfor "
                   "%}{{ x }}",
                   "1111121"},
        RenderCase{"{% set ns = namespace(n=0) %}{% for i in [1,2] %}{% set ns.n = ns.n + i %}{% "
                   "endfor %}{{ ns.n }}",
                   "3"},
        RenderCase{"{% set a, b = 1, 'z' %}{{ a }}{{ b }}", "1z"},
        RenderCase{"{% set x %}a{{ 1 }}{% endset %}{{ x|length }}", "2"},
        RenderCase{"{% set x | upper | replace('A', 'B') %}aa{% endset %}{{ x }}", "BB"},
        RenderCase{"{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }} {{ "
                   "f(b=5, a=0) }} {{ f() }}",
                   "121 050 2"},
        RenderCase{"{% macro f() %}{{ varargs }}{{ kwargs }}{{ caller() }}{% endmacro %}{% call "
                   "f(1, x=2) %}body{% endcall %}",
                   "(1,){'x': 2}body"},
        RenderCase{
            "{% macro f() %}{{ caller('q') }}{% endmacro %}{% call(z) f() %}<{{ z }}>{% endcall %}",
            "<q>"},
        RenderCase{"{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ "
                   "f(3) }}",
                   "3210"},
        RenderCase{"{% filter upper %}ab{{ 'c' }}{% endfilter %}", "ABC"},
        RenderCase{"{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}", "3"},
        RenderCase{"{% print 'a', 1 %}", "a1"},
        RenderCase{"{% if 0 %}a{% elif none %}b{% else %}c{% endif %}", "c"},
        RenderCase{"{{ 'a' if false }}|{{ 'a' if true else 'b' }}", "|a"},
        RenderCase{"{% if x is defined and x.y %}a{% endif %}b", "b"},
        RenderCase{"{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 2 in [1, 2] }} {{ 'b' not in mapping }}",
                   "True False True False"},
        RenderCase{"{{ not 1 == 2 }} {{ 1 or 2 }} {{ 0 or '' }} {{ 1 and 0 }}", "True 1  0"},
        RenderCase{"{{ 2 ** 3 ** 2 }} {{ -2 ** 2 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 / "
                   "2 }} {{ 6 / 2 }}",
                   "64 4 3 -4 2 3.5 3.0"},
        RenderCase{"{{ 1 ~ 'a' ~ none ~ 2.0 ~ [1] }}", "1aNone2.0[1]"},
        RenderCase{"{{ 'ab' * 2 }} {{ [1] * 2 + [3] }} {{ (1,) + (2,) }} {{ 2 * 1.5 }}",
                   "abab [1, 1, 3] (1, 2) 3.0"},
        RenderCase{"{{ words[0] }} {{ words[-1] }} {{ words.1 }} {{ words[5] }} {{ words[::-1] }} "
                   "{{ words[1:] }}",
                   "pear fig Apple  ['fig', 'Apple', 'pear'] ['Apple', 'fig']"},
        RenderCase{"{{ 'héllo'[1] }} {{ 'héllo'[::-1] }} {{ 'héllo'[-3:] }} {{ 'héllo'[::2] }}",
                   "é olléh llo hlo"},
        RenderCase{"{{ mapping.b }} {{ mapping['a'] }} {{ mapping.zz }} {{ mapping.get('zz', 3) }}",
                   "1 [1, 2]  3"},
        RenderCase{"{{ missing }} {{ missing is defined }} {{ missing|default('d') }} {{ "
                   "none|default('d') }} {{ none|default('d', true) }}",
                   " False d None d"},
        RenderCase{"{{ none }} {{ true }} {{ [none, true, 'a', 1.0, {'k': ()}] }}",
                   "None True [None, True, 'a', 1.0, {'k': ()}]"},
        RenderCase{"{{ {'a': 1, 1: 2, 1.0: 3}[true] }}", "3"},
        RenderCase{"{{ range(3) }} {{ range(1, 9, 3)|list }} {{ range(5)[1:3] }}",
                   "range(0, 3) [1, 4, 7] range(1, 3)"},
        RenderCase{"{{ dict(a=1, **{'b': 2}) }} {{ dict([(1, 2)]) }}", "{'a': 1, 'b': 2} {1: 2}"},
        RenderCase{"{% set c = cycler('a', 'b') %}{{ c.next() }}{{ c.next() }}{{ c.current }}{% "
                   "set j = joiner('-') %}{{ j() }}x{{ j() }}y",
                   "abax-y"},
        RenderCase{"{% block a %}{{ number }}{% endblock %}", "42"},
        RenderCase{"{{ strftime_now('%Y-%m-%d %H:%M') }}", "2025-02-07 01:01"},
        RenderCase{"{{ bos_token }}{{ eos_token is defined }}{{ tools is none }}{{ "
                   "add_generation_prompt }}",
                   "<s>FalseTrueFalse"},
        RenderCase{"{% for m in messages %}<|{{ m.role }}|>{{ m['content'] }}{% endfor %}",
                   "<|user|>Hi<|assistant|>Yo"},
        RenderCase{"{{ 1 == 1.0 }} {{ true == 1 }} {{ 'a' == none }} {{ [1] == [1.0] }} {{ missing "
                   "== missing2 }}",
                   "True True False True True"},
        RenderCase{"{{ \"it's\"|string|list }} {{ ['it\\'s', 'q\"', '\\n\\x00é'] }}",
                   "['i', 't', \"'\", 's'] [\"it's\", 'q\"', '\\n\\x00é']"},
        RenderCase{"{{ 1e16 }} {{ 1e15 }} {{ 0.0001 }} {{ 0.00001 }} {{ 1.1 + 2.2 }} {{ -0.0 }}",
                   "1e+16 1000000000000000.0 0.0001 1e-05 3.3000000000000003 -0.0"}));

}  // namespace
}  // namespace fettle::tokenize
