#include "data/prepare/tally.h"

#include <bit>
#include <cmath>

namespace fettle::data::prepare {
namespace {

// Labels and reasons come from rows: more distinct ones than this are counted together.
constexpr std::size_t kMostNames = 2000;
constexpr const char* kOthers = "(others)";

void add_to(Counts& counts, const std::string& name, std::uint64_t by = 1) {
  const auto found = counts.find(name);
  if (found != counts.end()) {
    found->second += by;
  } else if (counts.size() < kMostNames) {
    counts.emplace(name, by);
  } else {
    counts[kOthers] += by;
  }
}

void merge(Counts& into, const Counts& from) {
  for (const auto& [name, number] : from) add_to(into, name, number);
}

// Calls `visit(name, member)` for each member of the same name of several statistics.
template <class Visit, class... Stats>
void each_number(const Visit& visit, Stats&... stats) {
  visit("rows", stats.rows...);
  visit("bytes", stats.bytes...);
  visit("characters", stats.characters...);
  visit("words", stats.words...);
  visit("answer_words", stats.answer_words...);
}

template <class Visit, class... Stats>
void each_count(const Visit& visit, Stats&... stats) {
  visit("sources", stats.sources...);
  visit("forms", stats.forms...);
  visit("labels", stats.labels...);
  visit("languages", stats.languages...);
  visit("parts", stats.parts...);
  visit("months", stats.months...);
}

void merge(RowStats& into, const RowStats& from) {
  each_number([](const char*, std::uint64_t& a, const std::uint64_t& b) { a += b; }, into, from);
  each_count([](const char*, Counts& a, const Counts& b) { merge(a, b); }, into, from);
  for (std::size_t i = 0; i < kLengthBins; ++i) into.lengths[i] += from.lengths[i];
}

Json to_json(const RowStats& stats) {
  Json out;
  each_number([&](const char* name, const std::uint64_t& value) { out[name] = value; }, stats);
  each_count([&](const char* name, const Counts& value) { out[name] = value; }, stats);
  out["lengths"] = stats.lengths;
  return out;
}

RowStats stats_from(const Json& json) {
  RowStats out;
  each_number(
      [&](const char* name, std::uint64_t& value) { value = json.at(name).get<std::uint64_t>(); },
      out);
  each_count([&](const char* name, Counts& value) { value = json.at(name).get<Counts>(); }, out);
  out.lengths = json.at("lengths").get<std::array<std::uint64_t, kLengthBins>>();
  return out;
}

}  // namespace

std::size_t length_bin(std::uint64_t words) {
  const double bin = 2 * std::log2(static_cast<double>(words) + 1);
  return std::min(static_cast<std::size_t>(bin), kLengthBins - 1);
}

std::uint64_t bin_begin(std::size_t bin) {
  return static_cast<std::uint64_t>(std::ceil(std::exp2(static_cast<double>(bin) / 2) - 1));
}

void RowStats::add(const PackedRow& row, const Names& names, std::uint64_t row_bytes) {
  ++rows;
  bytes += row_bytes;
  characters += row.size.characters;
  words += row.size.words;
  answer_words += row.size.answer_words;
  ++lengths[length_bin(row.size.words)];
  add_to(sources, std::to_string(row.source));
  add_to(forms, names.name(row.form));
  if (row.label != 0) add_to(labels, names.name(row.label));
  if (row.language != 0) add_to(languages, names.name(row.language));
  if (row.month != 0) add_to(months, names.name(row.month));
  add_to(parts, row.part == 0 ? "train" : names.name(row.part));
}

void Tally::add(const Tally& other) {
  if (stages.size() < other.stages.size()) stages.resize(other.stages.size());
  for (std::size_t i = 0; i < other.stages.size(); ++i) {
    stages[i].in += other.stages[i].in;
    stages[i].changed += other.stages[i].changed;
    stages[i].dropped += other.stages[i].dropped;
    stages[i].made += other.stages[i].made;
    stages[i].seconds += other.stages[i].seconds;
    merge(stages[i].drop_reasons, other.stages[i].drop_reasons);
    merge(stages[i].change_reasons, other.stages[i].change_reasons);
  }
  merge(before, other.before);
  merge(after, other.after);
  if (first_bad.empty()) first_bad = other.first_bad;
  own_seconds += other.own_seconds;
}

Json Tally::json() const {
  Json list = Json::array();
  for (const StageTally& one : stages) {
    list.push_back({{"in", one.in},
                    {"changed", one.changed},
                    {"dropped", one.dropped},
                    {"made", one.made},
                    {"drop_reasons", one.drop_reasons},
                    {"change_reasons", one.change_reasons},
                    {"seconds", one.seconds}});
  }
  return {{"stages", list},
          {"before", to_json(before)},
          {"after", to_json(after)},
          {"first_bad", first_bad},
          {"own_seconds", own_seconds}};
}

Tally Tally::from(const Json& json) {
  Tally out;
  for (const Json& one : json.at("stages")) {
    out.stages.push_back({one.at("in").get<std::uint64_t>(), one.at("changed").get<std::uint64_t>(),
                          one.at("dropped").get<std::uint64_t>(),
                          one.at("made").get<std::uint64_t>(), one.at("drop_reasons").get<Counts>(),
                          one.at("change_reasons").get<Counts>(), one.at("seconds").get<double>()});
  }
  out.before = stats_from(json.at("before"));
  out.after = stats_from(json.at("after"));
  out.first_bad = json.at("first_bad").get<std::string>();
  out.own_seconds = json.at("own_seconds").get<double>();
  return out;
}

}  // namespace fettle::data::prepare
