// Filters, methods and tests of chat templates. The expected texts are jinja2 3.1.6's, as
// transformers runs it.
#include <gtest/gtest.h>

#include "tests/tokenize/chat_rendering.h"

namespace fettle::tokenize {
namespace {

class JinjaBuiltins : public testing::TestWithParam<RenderCase> {};

TEST_P(JinjaBuiltins, RendersAsJinja2) {
  EXPECT_EQ(rendered(GetParam().source), GetParam().expected);
}

INSTANTIATE_TEST_SUITE_P(
    Filters, JinjaBuiltins,
    testing::Values(
        RenderCase{"{{ '  a b '|trim }}|{{ 'xaxx'|trim('x') }}", "a b|a"},
        RenderCase{"{{ 'aB-c (d) don\\'t'|title }} {{ 'aBC'|capitalize }} {{ 'straße ΑΣ'|upper }} "
                   "{{ 'ΑΣ'|lower }}",
                   "Ab-C (D) Don't Abc STRASSE ΑΣ ας"},
        RenderCase{"{{ 'aaa'|replace('a', 'b', 2) }} {{ 'abc'|replace('', '-') }}", "bba -a-b-c-"},
        RenderCase{
            "{{ words|join(', ') }} {{ rows|join('/', attribute='name') }} {{ 'abc'|join('.') }}",
            "pear, Apple, fig x/Y a.b.c"},
        RenderCase{
            "{{ words|length }} {{ 'é'|count }} {{ words|first }} {{ words|last }} {{ []|first }}",
            "3 1 pear fig "},
        RenderCase{"{{ 'abc'|list }} {{ 'abc'|reverse }} {{ words|reverse|list }}",
                   "['a', 'b', 'c'] cba ['fig', 'Apple', 'pear']"},
        RenderCase{"{{ words|sort }} {{ words|sort(reverse=true, case_sensitive=true) }} {{ "
                   "rows|sort(attribute='n') }}",
                   "['Apple', 'fig', 'pear'] ['pear', 'fig', 'Apple'] [{'name': 'Y', 'n': 1}, "
                   "{'name': 'x', 'n': 3}]"},
        RenderCase{"{{ mapping|dictsort }} {{ mapping|items|list }}",
                   "[('a', [1, 2]), ('b', 1), ('C', None)] [('b', 1), ('a', [1, 2]), ('C', None)]"},
        RenderCase{"{{ ['a', 'A', 'b']|unique|list }} {{ [3, 1, 2]|max }} {{ words|min }} {{ "
                   "rows|map(attribute='n')|sum }} {{ rows|sum(attribute='n', start=10) }}",
                   "['a', 'b'] 3 Apple 4 14"},
        RenderCase{"{{ words|map('upper')|list }} {{ rows|map(attribute='z', default='-')|list }} "
                   "{{ [1, 2, 3]|select('odd')|list }} {{ [1, 2, 3]|reject('gt', 1)|list }}",
                   "['PEAR', 'APPLE', 'FIG'] ['-', '-'] [1, 3] [1]"},
        RenderCase{"{{ rows|selectattr('n', 'gt', 1)|map(attribute='name')|list }} {{ "
                   "rows|rejectattr('zz')|list|length }}",
                   "['x'] 2"},
        RenderCase{"{{ [1, 2, 3]|batch(2, 0)|list }} {{ [1, 2, 3]|slice(2, 0)|list }}",
                   "[[1, 2], [3, 0]] [[1, 2], [3, 0]]"},
        RenderCase{"{% for k, g in [{'a': 1, 'b': 2}, {'a': 1, 'b': 3}]|groupby('a') %}{{ k }}{{ "
                   "g|length }}{% endfor %}",
                   "12"},
        RenderCase{"{{ 'a\\nb\\n\\nc'|indent }}|{{ 'a\\nb'|indent(2, true) }}|{{ "
                   "'a\\n\\nb'|indent('>', blank=true) }}",
                   "a\n    b\n\n    c|  a\n  b|a\n>\n>b"},
        RenderCase{"{{ '42'|int }} {{ '4.7'|int }} {{ 'x'|int(7) }} {{ '1f'|int(0, 16) }} {{ "
                   "3.9|int }} {{ '2.5'|float }} {{ 'x'|float }}",
                   "42 4 7 31 3 2.5 0.0"},
        RenderCase{"{{ 42.55|round }} {{ 42.55|round(1, 'floor') }} {{ 2.5|round }} {{ 7|round }} "
                   "{{ -3|abs }} {{ 1234|round(-2) }}",
                   "43.0 42.5 2.0 7 3 1200"},
        RenderCase{
            "{{ mapping|tojson }} {{ {'a': 1.0, 'b': 'é<\\n\"'}|tojson(indent=2) }}",
            "{\"b\": 1, \"a\": [1, 2], \"C\": null} {\n  \"a\": 1.0,\n  \"b\": \"é<\\n\\\"\"\n}"},
        RenderCase{"{{ [1, {'z': none, 'a': true}]|tojson(sort_keys=true, separators=(',', ':')) "
                   "}} {{ []|tojson(indent=2) }} {{ 'é'|tojson(ensure_ascii=true) }}",
                   "[1,{\"a\":true,\"z\":null}] [] \"\\u00e9\""},
        RenderCase{"{{ '<b>&'|e }} {{ '<b>'|safe }} {{ '<b>'|safe + '<i>' }} {{ '<b>' + '<i>' }} "
                   "{{ ('<b>'|safe + '<i>')|tojson }}",
                   "&lt;b&gt;&amp; <b> <b>&lt;i&gt; <b><i> \"<b>&lt;i&gt;\""},
        RenderCase{
            "{{ 'a b c'|wordcount }} {{ '%s-%05.1f'|format('a', 3.14159) }} {{ 'x'|center(5) }}|",
            "3 a-003.1   x  |"},
        RenderCase{
            "{{ 'foo bar baz qux'|truncate(9) }} {{ 'foo bar baz qux'|truncate(9, true) }} {{ 'a "
            "b/ü'|urlencode }} {{ {'a': 1, 'b': 'x y'}|urlencode }} {{ 1500|filesizeformat }}",
            "foo... foo ba... a%20b/%C3%BC a=1&b=x+y 1.5 kB"},
        RenderCase{"{{ 'x'|string }} {{ 1|string + '2' }} {{ [1, 'a']|string }} {{ "
                   "'Ab'|upper|lower|title }}",
                   "x 12 [1, 'a'] Ab"},
        RenderCase{"{{ words|map('length')|list }} {{ words|map('replace', 'p', 'P')|join }} {{ "
                   "words|select('in', ['fig'])|list }}",
                   "[4, 5, 3] PearAPPlefig ['fig']"}));

INSTANTIATE_TEST_SUITE_P(
    Methods, JinjaBuiltins,
    testing::Values(
        RenderCase{"{{ 'a,b,,c'.split(',') }} {{ ' a  b '.split() }} {{ 'a b c'.split(' ', 1) }} "
                   "{{ 'a b c'.rsplit(maxsplit=1) }} {{ 'a\\nb\\r\\nc'.splitlines() }}",
                   "['a', 'b', '', 'c'] ['a', 'b'] ['a', 'b c'] ['a b', 'c'] ['a', 'b', 'c']"},
        RenderCase{"{{ ' x '.strip() }}|{{ 'xxaxx'.lstrip('x') }}|{{ 'xyaxy'.rstrip('yx') }}",
                   "x|axx|xya"},
        RenderCase{"{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'c')) }} {{ "
                   "'abc'.startswith('b', 1) }}",
                   "True True True"},
        RenderCase{"{{ 'aaa'.replace('a', 'b', 1) }} {{ 'héllo'.find('l') }} {{ 'abc'.find('z') }} "
                   "{{ 'abab'.rfind('ab') }} {{ 'aaa'.count('a') }} {{ 'abc'.index('c') }}",
                   "baa 2 -1 2 3 2"},
        RenderCase{"{{ 'aB'.upper() }} {{ 'aB'.lower() }} {{ \"they're x\".title() }} {{ "
                   "'ABC'.capitalize() }} {{ 'aB'.swapcase() }}",
                   "AB ab They'Re X Abc Ab"},
        RenderCase{"{{ '-'.join(['a', 'b']) }} {{ '5'.zfill(3) }} {{ 'a'.ljust(3) }}| {{ "
                   "'a'.rjust(3, '.') }} {{ 'ab'.center(5, '*') }}",
                   "a-b 005 a  | ..a **ab*"},
        RenderCase{"{{ '12'.isdigit() }} {{ 'a1'.isalnum() }} {{ 'ab'.isalpha() }} {{ ' "
                   "'.isspace() }} {{ 'A'.isupper() }} {{ ''.isalpha() }} {{ 'Ab Cd'.istitle() }}",
                   "True True True True True False True"},
        RenderCase{"{{ 'prefix-a'.removeprefix('prefix-') }} {{ 'a.txt'.removesuffix('.txt') }} {{ "
                   "'a=b'.partition('=') }} {{ 'a=b=c'.rpartition('=') }}",
                   "a a ('a', '=', 'b') ('a=b', '=', 'c')"},
        RenderCase{"{{ '{} {x!r:>5} {0[k]}'.format({'k': 1}, x='q') }} {{ "
                   "'{:,.2f}|{:<4}|{:^5}|{:+d}|{:#x}'.format(1234.5, 'a', 'b', 3, 255) }}",
                   "{'k': 1}   'q' 1 1,234.50|a   |  b  |+3|0xff"},
        RenderCase{"{{ '%d%% %s %r %x %-4s|%5.2f %(k)s'|length }} {{ '%(k)s %(k)r' % {'k': 'v'} }} "
                   "{{ '%5.2f|%-4s|%04d|%s' % (1.234, 'a', 7, [1]) }}",
                   "30 v 'v'  1.23|a   |0007|[1]"},
        RenderCase{"{{ mapping.keys()|list }} {{ mapping.values()|list }} {{ mapping.items() }} {{ "
                   "mapping.get('b') }} {{ mapping.copy() == mapping }}",
                   "['b', 'a', 'C'] [1, [1, 2], None] dict_items([('b', 1), ('a', [1, 2]), ('C', "
                   "None)]) 1 True"},
        RenderCase{"{{ words.index('fig') }} {{ words.count('fig') }} {{ (1, 2, 1).count(1) }}",
                   "2 1 2"},
        RenderCase{"{{ mapping.update is defined }} {{ words.append is defined }} {{ 'a'.nope is "
                   "defined }} {{ (1).real }} {{ 1.5.is_integer() }}",
                   "False False False 1 False"},
        RenderCase{"{{ 'a\\tb'.expandtabs(4) }} {{ 'ß'.casefold() }} {{ 'ﬁ'.upper() }} {{ "
                   "'ǆ'.title() }} {{ 'İ'.lower()|length }}",
                   "a   b ss FI ǅ 2"}));

INSTANTIATE_TEST_SUITE_P(
    Tests, JinjaBuiltins,
    testing::Values(
        RenderCase{"{{ 1 is odd }} {{ 2 is even }} {{ 6 is divisibleby 3 }} {{ 1 is number }} {{ "
                   "true is number }} {{ true is integer }} {{ 1.0 is float }} {{ 1 is boolean }}",
                   "True True True True True False True False"},
        RenderCase{"{{ 'a' is string }} {{ mapping is mapping }} {{ words is sequence }} {{ "
                   "mapping is sequence }} {{ 'a' is iterable }} {{ 1 is iterable }} {{ range(2) "
                   "is sequence }} {{ missing is iterable }}",
                   "True True True True True False True True"},
        RenderCase{"{{ none is none }} {{ missing is undefined }} {{ missing is not defined }} {{ "
                   "true is true }} {{ 1 is true }} {{ false is false }}",
                   "True True True True False True"},
        RenderCase{"{{ 'a' is lower }} {{ 'A' is upper }} {{ 1 is in [1] }} {{ 1 is eq 1 }} {{ 2 "
                   "is gt 1 }} {{ 2 is ne 2 }} {{ 'upper' is filter }} {{ 'odd' is test }} {{ "
                   "range is callable }} {{ none is sameas none }} {{ '<'|e is escaped }}",
                   "True True True True True False True True True True True"}));

}  // namespace
}  // namespace fettle::tokenize
