// Templates that try to exhaust time, memory or the stack end in a problem.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/tokenize/chat_rendering.h"

namespace fettle::tokenize {
namespace {

using testing::HasSubstr;

std::string many(std::string_view piece, std::size_t count) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += piece;
  return all;
}

constexpr std::string_view kSteps = "steps that one rendering may take";
constexpr std::string_view kMemory = "that one rendering may";
constexpr std::string_view kDeep = "deeper than 64 levels";

std::string loops(int count, std::string_view body) {
  std::string source;
  for (int i = 0; i < count; ++i) source += "{% for x" + std::to_string(i) + " in range(1000) %}";
  return source + std::string(body) + many("{% endfor %}", static_cast<std::size_t>(count));
}

TEST(JinjaLimits, NestedLoopsRunOutOfSteps) {
  EXPECT_THAT(rendered(loops(4, "")), HasSubstr(kSteps));
}

TEST(JinjaLimits, RangesAreAsBoundedAsTheSandboxes) {
  EXPECT_THAT(rendered("{{ range(10**9) }}"), HasSubstr("the sandbox allows 100000"));
  EXPECT_THAT(rendered("{{ range(-9223372036854775807, 9223372036854775807)|length }}"),
              HasSubstr("the sandbox allows 100000"));
  EXPECT_EQ(rendered("{{ range(100000)|length }}"), "100000");
}

class JinjaMemory : public testing::TestWithParam<std::string> {};

TEST_P(JinjaMemory, IsBounded) {
  TemplateLimits limits;
  limits.max_memory_bytes = std::size_t{1} << 25;
  EXPECT_THAT(rendered(GetParam(), limits), HasSubstr(kMemory));
}

INSTANTIATE_TEST_SUITE_P(
    Cases, JinjaMemory,
    testing::Values(
        "{{ 'a' * 10**9 }}", "{{ 'ab' * 10**18 }}", "{{ [1] * 10**12 }}",
        "{{ 'a'.center(10**10) }}", "{{ 'a'.zfill(10**10) }}", "{{ 'a'.ljust(10**12) }}",
        "{{ '\\t'.expandtabs(10**10) }}", "{{ 'a'|center(10**10) }}", "{{ 'a\nb'|indent(10**10) }}",
        "{{ [1]|batch(10**9, 0)|list }}",
        "{% set ns = namespace(s='a') %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}"
        "{% endfor %}",
        "{% set ns = namespace(s='a') %}{% for i in range(64) %}{% set ns.s = ns.s ~ ns.s %}"
        "{% endfor %}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(64) %}{% set ns.s = ns.s + ns.s %}"
        "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}"
        "{% set ns.s = ns.s.replace('a', ns.s) %}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}{% set ns.s = [ns.s, "
        "ns.s]|join(ns.s) "
        "%}{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}{% set ns.s = '%s%s' % (ns.s, "
        "ns.s) %}"
        "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}{% set ns.s = "
        "'{0}{0}'.format(ns.s) %}"
        "{% endfor %}",
        "{% set ns = namespace(s='ab') %}{% for i in range(64) %}{% set ns.s %}{{ ns.s }}{{ ns.s }}"
        "{% endset %}{% endfor %}",
        "{{ ('a' * 10**7)|list }}"));

TEST(JinjaLimits, OutputIsBounded) {
  TemplateLimits limits;
  limits.max_output_bytes = 1000;
  EXPECT_EQ(rendered("{{ 'a' * 1000 }}", limits).size(), 1000U);
  EXPECT_THAT(rendered("{{ 'a' * 1001 }}", limits), HasSubstr("the output passes the 1000 bytes"));
  EXPECT_THAT(rendered(loops(2, std::string(64, 'a'))),
              HasSubstr("the output passes the 16777216 bytes"));
}

TEST(JinjaLimits, SourceMayNotNestTooDeeply) {
  for (const std::string_view open : {"(", "[", "{1:", "-", "not ", "a[", "f(", "'a' if 1 else "}) {
    EXPECT_THAT(rendered("{{ " + many(open, 100'000)), HasSubstr(kDeep)) << open;
  }
  EXPECT_THAT(rendered(many("{% if 1 %}", 100'000)), HasSubstr(kDeep));
  EXPECT_THAT(rendered(many("{% for i in x %}", 100'000)), HasSubstr(kDeep));
  EXPECT_THAT(rendered(many("{% macro f() %}", 100'000)), HasSubstr(kDeep));
  EXPECT_THAT(rendered("{% set " + many("(", 100'000)), HasSubstr(kDeep));
}

TEST(JinjaLimits, LongChainsAreNotDeep) {
  EXPECT_EQ(rendered("{{ 1" + many(" + 1", 50'000) + " }}"), "50001");
  EXPECT_EQ(rendered("{{ 'a'" + many("|string", 50'000) + " }}"), "a");
  EXPECT_EQ(rendered("{{ 1" + many(" and 1", 50'000) + " }}"), "1");
  EXPECT_EQ(rendered("{% if 0 %}" + many("{% elif 0 %}", 50'000) + "{% else %}z{% endif %}"), "z");
}

TEST(JinjaLimits, MacrosMayNotRecurseWithoutEnd) {
  EXPECT_THAT(rendered("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}"),
              HasSubstr("macros call each other deeper than 64 levels"));
  EXPECT_THAT(rendered("{% macro f() %}{{ g() }}{% endmacro %}{% macro g() %}{% call f() %}"
                       "{% endcall %}{% endmacro %}{{ g() }}"),
              HasSubstr("problem: t:1: "));
  EXPECT_THAT(rendered("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}"),
              HasSubstr("nested too deeply"));
}

TEST(JinjaLimits, ValuesMayNotNestTooDeeply) {
  for (const std::string_view wrap :
       {"[ns.x]", "(ns.x,)", "{1: ns.x}", "cycler(ns.x)", "{1: ns.x}.items()", "{1: ns.x}.get"}) {
    const std::string source =
        "{% set ns = namespace(x=1) %}{% for i in range(100000) %}{% set ns.x = " +
        std::string(wrap) + " %}{% endfor %}";
    EXPECT_THAT(rendered(source), HasSubstr("problem: t:1: ")) << wrap;
  }
}

TEST(JinjaLimits, CyclesEnd) {
  EXPECT_THAT(rendered("{% set ns = namespace() %}{% set ns.me = ns %}{{ ns }}"),
              HasSubstr("nested too deeply"));
  EXPECT_EQ(rendered("{% set ns = namespace() %}{% set ns.me = [ns] %}{{ ns.me[0].me[0] == ns }}"),
            "True");
  EXPECT_EQ(rendered("{% set ns = namespace(p=0) %}{% for i in range(20000) %}{% set old = ns.p %}"
                     "{% macro f() %}{{ old }}{% endmacro %}{% set ns.p = f %}{% endfor %}ok"),
            "ok");
  EXPECT_EQ(rendered("{% set ns = namespace(l=0) %}{% for i in range(20000) %}{% for x in [ns.l] %}"
                     "{% set ns.l = loop %}{% endfor %}{% endfor %}ok"),
            "ok");
}

TEST(JinjaLimits, TextIsSearchedInLinearTime) {
  const std::string source =
      "{% set hay = 'a' * 1000000 %}{% set needle = 'a' * 500000 + 'b' %}"
      "{{ needle in hay }}{{ hay.find(needle) }}{{ hay.count(needle) }}{{ hay.rfind('b' + needle) "
      "}}"
      "{{ hay.split(needle)|length }}{{ hay.replace(needle, '')|length }}";
  EXPECT_EQ(rendered(source), "False-10-111000000");
}

TEST(JinjaLimits, DeepInputIsRefused) {
  RenderInput input = test_input();
  Json deep = 1;
  for (int i = 0; i < 1000; ++i) deep = Json::array({std::move(deep)});
  input.extra = Json{{"x", std::move(deep)}};
  const auto parsed = ChatTemplate::parse("{{ x }}", "t");
  const auto result = parsed->render(input);
  ASSERT_FALSE(result.has_value());
  EXPECT_THAT(result.error().what, HasSubstr("nested deeper than 128 levels"));
}

}  // namespace
}  // namespace fettle::tokenize
