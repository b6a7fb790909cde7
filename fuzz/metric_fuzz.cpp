// Expressions over columns, tokenisers of BLEU and TER, Porter's stemmer, extraction, JSON Schema:
// the first byte chooses. What holds for all texts is checked.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/error.h"
#include "metric/bleu.h"
#include "metric/edit.h"
#include "metric/expression.h"
#include "metric/extract.h"
#include "metric/json_schema.h"
#include "metric/pattern.h"
#include "metric/porter.h"
#include "metric/rouge.h"
#include "metric/ter.h"

namespace {

using namespace fettle::metric;

void need(bool holds) {
  if (!holds) std::abort();
}

void expression(std::string_view source) {
  static const std::vector<fettle::Json> kRows = {{{"a", "The text 12"}, {"b", 3}},
                                                  {{"a", ""}, {"b", -1.5}}};
  const Expression parsed(source);
  static_cast<void>(parsed.prepare(kRows).figure());
}

void tokenisers(std::string_view source) {
  const std::vector<std::string> same = {std::string(source)};
  for (const auto tokenizer : {BleuTokenizer::kNone, BleuTokenizer::k13a, BleuTokenizer::kIntl,
                               BleuTokenizer::kChar, BleuTokenizer::kZh}) {
    const BleuOptions options{.tokenizer = tokenizer, .effective_order = true};
    const double score = bleu(bleu_statistics(source, same, options), options);
    need(score == 0 || std::abs(score - 100) < 1e-9);
  }
  for (int bits = 0; bits < 16; ++bits) {
    const TerOptions options{(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0};
    need(ter(ter_statistics(source, same, options)) == 0);
  }
}

void pairs(std::string_view source) {
  const std::size_t half = source.size() / 2;
  const std::string_view a = source.substr(0, half);
  const std::vector<std::string> b = {std::string(source.substr(half))};
  need(character_edits(a, b[0]) == character_edits(b[0], a));
  need(ter_statistics(a, b, {})[0] >= 0);
  for (const RougeKind kind : {RougeKind::kN, RougeKind::kL, RougeKind::kLsum}) {
    const double f1 = rouge(a, b, {kind, 2, true}).f1;
    need(f1 >= 0 && f1 <= 1);
  }
  static_cast<void>(porter_stem(a));
}

void extraction(std::string_view source) {
  static_cast<void>(gsm8k_answer(source));
  static_cast<void>(tool_calls(source));
  const std::size_t line = std::min(source.find('\n'), source.size());
  const auto pattern = Pattern::compile(source.substr(0, line));
  if (pattern) static_cast<void>(pattern->find_all(source.substr(line)));
}

void schema(std::string_view source) {
  const std::size_t line = std::min(source.find('\n'), source.size());
  const auto given = fettle::parse_json(source.substr(0, line), "schema");
  const auto value = fettle::parse_json(source.substr(line), "value");
  if (given && value) static_cast<void>(schema_violation(*given, *value));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 20'000) return 0;
  const std::string_view source(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    switch (data[0] % 5) {
      case 0:
        expression(source);
        break;
      case 1:
        tokenisers(source);
        break;
      case 2:
        pairs(source);
        break;
      case 3:
        extraction(source);
        break;
      default:
        schema(source);
    }
  } catch (const fettle::DataError&) {
  } catch (const fettle::UsageError&) {
  }
  return 0;
}
