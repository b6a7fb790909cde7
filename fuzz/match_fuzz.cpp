// Texts, notes, templates, times and answers of strangers: the first byte chooses what reads them.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "data/augment/chat_client.h"
#include "data/augment/noise.h"
#include "data/augment/phrasing.h"
#include "data/balance/partition.h"
#include "data/balance/resample.h"
#include "data/balance/split_stages.h"
#include "data/match/contamination.h"
#include "data/match/span_stages.h"
#include "data/match/spans.h"
#include "data/match/words.h"
#include "data/time_of.h"

namespace {

using namespace fettle::data;  // NOLINT(google-build-using-namespace): a program of one file

void check(bool holds) {
  if (!holds) std::abort();
}

void read_words(std::string_view text) {
  const Words words = words_of(text);
  check(words.text == normal_text(text));
  std::uint32_t end = 0;
  for (const ByteSpan& span : words.source) {
    check(span.begin >= end && span.end > span.begin && span.end <= text.size());
    end = span.end;
  }
}

void find_overlaps(std::string_view text) {
  const std::size_t half = text.size() / 2;
  ContaminationRule rule;
  rule.words = 3;
  rule.least_words = 2;
  rule.margin = 2;
  rule.least_piece = 1;
  BenchmarkIndex index(rule);
  index.add("b", {std::string(text.substr(0, half))});
  index.close();
  const std::string_view row = text.substr(half);
  const auto found = index.find(row);
  for (const Overlap& one : found) {
    check(one.row.begin < one.row.end && one.row.end <= row.size());
  }
  if (!found.empty()) (void)cut_overlaps(row, found, rule);
}

void read_answer(std::string_view text) {
  const auto parsed = fettle::parse_json(text, "answer");
  if (parsed) (void)completion_text(*parsed);
}

void cut_spans(std::string_view text) {
  const std::size_t line = text.find('\n');
  if (line == std::string_view::npos) return;
  fettle::Json fields = {{"prompt", text.substr(line / 2)}, {"completion", text.substr(line)}};
  cut_noted_spans(fields, std::string(text.substr(0, line)));
}

void read_lists(std::string_view text) {
  std::vector<std::string> entries;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    entries.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  (void)parse_strategy(entries);
  (void)part_counts(parse_parts(entries), 1000);
}

void make_noise(std::string_view text) {
  const fettle::Random random(1, "fuzz");
  (void)add_noise(text, {0.2, {}}, random, 0);
  const auto phrasing = Phrasing::parse(text);
  if (phrasing) (void)phrasing->fill({{"text", "x"}, {"n", 1}});
  (void)time_of(text);
}

void mark(std::string_view text) {
  std::vector<Mark> marks;
  marks_of(text, 16, marks);
  if (text.size() >= 16) check(!marks.empty());
}

constexpr void (*kReaders[])(std::string_view) = {read_words, find_overlaps, read_answer, cut_spans,
                                                  read_lists, make_noise,    mark};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  try {
    kReaders[data[0] % std::size(kReaders)](text);
  } catch (const fettle::Error&) {
  }
  return 0;
}
