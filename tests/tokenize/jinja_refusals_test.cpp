// What templates must not do: each refusal names the template and its line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tokenize/chat_rendering.h"

namespace fettle::tokenize {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

class JinjaRefusals : public testing::TestWithParam<RenderCase> {};

TEST_P(JinjaRefusals, SayWhereAndWhy) {
  const std::string message = rendered("\n" + GetParam().source);
  EXPECT_THAT(message, StartsWith("problem: t:2: "));
  EXPECT_THAT(message, HasSubstr(GetParam().expected));
}

INSTANTIATE_TEST_SUITE_P(
    Values, JinjaRefusals,
    testing::Values(
        RenderCase{"{{ missing.x }}", "'missing' is undefined"},
        RenderCase{"{{ mapping.zz.y }}", "'dict object' has no attribute 'zz'"},
        RenderCase{"{{ words[9].y }}", "list object has no element 9"},
        RenderCase{"{{ missing + 1 }}", "'missing' is undefined"},
        RenderCase{"{{ missing() }}", "'missing' is undefined"},
        RenderCase{"{{ 1() }}", "'int' object is not callable"},
        RenderCase{"{{ 'a' + 1 }}", "unsupported operand type(s) for +: 'str' and 'int'"},
        RenderCase{"{{ 1 < 'a' }}", "'<' not supported between instances of 'int' and 'str'"},
        RenderCase{"{{ 1 / 0 }}", "division by zero"}, RenderCase{"{{ 1 % 0 }}", "modulo by zero"},
        RenderCase{"{{ 9223372036854775807 + 1 }}", "does not fit into 64 bits"},
        RenderCase{"{{ 2 ** 64 }}", "does not fit into 64 bits"},
        RenderCase{"{{ -words }}", "bad operand type for unary -: 'list'"},
        RenderCase{"{{ words.append(1) }}", "access to attribute 'append' of 'list' object"},
        RenderCase{"{{ mapping.update({}) }}", "access to attribute 'update' of 'dict' object"},
        RenderCase{"{{ 1|length }}", "object of type 'int' has no len()"},
        RenderCase{"{% for i in 1 %}{% endfor %}", "'int' object is not iterable"},
        RenderCase{"{{ 1 in 'a' }}", "requires string as left operand, not int"},
        RenderCase{"{{ {[1]: 2} }}", "unhashable type: 'list'"},
        RenderCase{"{{ missing|tojson }}", "Object of type Undefined is not JSON serializable"},
        RenderCase{"{{ raise_exception('no ' ~ 1) }}", "the template refuses its input: no 1"},
        RenderCase{"{% set a, b = 1, 2, 3 %}", "cannot unpack 3 values into 2 names"},
        RenderCase{"{% set number.y = 1 %}", "which is no namespace"},
        RenderCase{"{{ namespace(_a=1) }}", "begin with an underscore"},
        RenderCase{"{{ 'a'.index('z') }}", "substring not found"},
        RenderCase{"{{ 'a'.split('') }}", "empty separator"},
        RenderCase{"{{ 'a'.split(1, 2, 3) }}", "split() takes at most 2 arguments (3 given)"},
        RenderCase{"{{ 'a'.find() }}", "find() is missing its argument 'sub'"},
        RenderCase{"{{ 'a'|trim(x=1) }}", "trim() got an unexpected keyword argument 'x'"},
        RenderCase{"{{ '%d' % 'a' }}", "a number is required, not str"},
        RenderCase{"{{ '%s %s' % 'a' }}", "not enough arguments for format string"},
        RenderCase{"{{ '{}'.format() }}", "replacement index 0 out of range"},
        RenderCase{"{{ '{0.__class__}'.format(1) }}", "'__class__' is refused"},
        RenderCase{"{{ range(1, 2, 0) }}", "must not be zero"},
        RenderCase{"{{ dict(1) }}", "'int' object is not iterable"},
        RenderCase{"{{ words|map('nope')|list }}", "no filter is named 'nope'"},
        RenderCase{"{{ [1]|attr('x') }}", "the filter attr is refused"},
        RenderCase{"{{ [1]|random }}", "the filter random is refused"},
        RenderCase{"{{ lipsum() }}", "lipsum() is refused"},
        RenderCase{"{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}", "takes not more than 1"},
        RenderCase{"{% macro f(a) %}{% endmacro %}{{ f(b=1) }}", "no keyword argument 'b'"}));

INSTANTIATE_TEST_SUITE_P(
    Syntax, JinjaRefusals,
    testing::Values(RenderCase{"{{ f(1 }}", "expected '}'"}, RenderCase{"{{ x", "expected }}"},
                    RenderCase{"{{ }}", "expected an expression, got }}"},
                    RenderCase{"{{ 1 2 }}", "expected }}, got '2'"},
                    RenderCase{"{% if 1 %}", "{% endif %} is missing"},
                    RenderCase{"{% endif %}", "unknown tag 'endif'"},
                    RenderCase{"{% nope %}", "unknown tag 'nope'"},
                    RenderCase{"{{ 'a'|nope }}", "no filter is named 'nope'"},
                    RenderCase{"{{ 1 is nope }}", "no test is named 'nope'"},
                    RenderCase{"{% break %}", "'break' stands outside of a loop"},
                    RenderCase{"{% set true = 2 %}", "cannot assign to 'true'"},
                    RenderCase{"{{ 'abc }}", "a string is opened and not closed"},
                    RenderCase{"{# open", "a comment is opened and not closed"},
                    RenderCase{"{% raw %}x", "a raw block is opened and not closed"},
                    RenderCase{"{{ ! }}", "unexpected character '!'"},
                    RenderCase{"{{ ) }}", "unexpected ')'"},
                    RenderCase{"{{ (1] }}", "unexpected ']', expected ')'"},
                    RenderCase{"{{ 99999999999999999999 }}", "does not fit into 64 bits"},
                    RenderCase{"{{ '\\xq' }}", "hexadecimal digits"},
                    RenderCase{"{{ '\\ud800' }}", "is no character"},
                    RenderCase{"{% include 'x' %}", "{% include %} is refused"},
                    RenderCase{"{% import 'x' as y %}", "{% import %} is refused"},
                    RenderCase{"{% from 'x' import y %}", "{% from %} is refused"},
                    RenderCase{"{% extends 'x' %}", "{% extends %} is refused"},
                    RenderCase{"{{ x.__class__ }}", "the attribute '__class__' is refused"},
                    RenderCase{"{{ __import__ }}", "the name '__import__' is refused"},
                    RenderCase{"{% macro f(a=1, b) %}{% endmacro %}", "without a default"},
                    RenderCase{"{% call 1 %}{% endcall %}", "a call block wants a call"},
                    RenderCase{"{{ f(a=1, a=2) }}", "the argument 'a' is given twice"},
                    RenderCase{"{{ f(a=1, 2) }}", "invalid order of arguments"},
                    RenderCase{"{{ 1 is is none }}", "is"}));

TEST(JinjaRefusals, NameTheLineOfTheFailure) {
  EXPECT_THAT(rendered("a\n{% if true %}\n\n  {{ none.x.y }}\n{% endif %}"),
              StartsWith("problem: t:4: "));
  EXPECT_THAT(rendered("a\n{% if true %}\n{% for %}"), StartsWith("problem: t:3: "));
}

TEST(JinjaRefusals, UnknownFiltersInsideIfWaitUntilTheyAreUsed) {
  EXPECT_EQ(rendered("{% if false %}{{ 1|nope }}{% endif %}{{ 1 if true else 2|nope }}"), "1");
  EXPECT_THAT(rendered("{% if true %}{{ 1|nope }}{% endif %}"), HasSubstr("named 'nope'"));
  EXPECT_THAT(rendered("{% for i in [] %}{{ 1|nope }}{% endfor %}"), HasSubstr("named 'nope'"));
}

}  // namespace
}  // namespace fettle::tokenize
