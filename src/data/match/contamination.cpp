#include "data/match/contamination.h"

#include <algorithm>
#include <bit>

#include "base/error.h"

namespace fettle::data {
namespace {

std::vector<std::uint64_t> hashes_of(const Words& words) {
  std::vector<std::uint64_t> hashes;
  hashes.reserve(words.words.size());
  for (std::size_t i = 0; i < words.words.size(); ++i) hashes.push_back(hash64(words.word(i)));
  return hashes;
}

constexpr std::uint64_t kBit = 63;

}  // namespace

BenchmarkIndex::BenchmarkIndex(const ContaminationRule& rule) : rule_(rule) {
  if (rule.least_words < 1 || rule.words < rule.least_words || rule.words > 1000) {
    throw UsageError("overlaps of {} to {} words are asked for; give 1 <= least <= most <= 1000",
                     rule.least_words, rule.words);
  }
}

std::uint32_t BenchmarkIndex::run_length(const std::vector<Words>& items) const {
  if (!rule_.by_length || items.empty()) return static_cast<std::uint32_t>(rule_.words);
  std::vector<std::size_t> lengths;
  for (const Words& item : items) lengths.push_back(item.words.size());
  std::sort(lengths.begin(), lengths.end());
  // The nearest rank: the least length that 5% of the items do not exceed.
  const auto fifth = static_cast<std::int64_t>(lengths[(lengths.size() * 5 + 99) / 100 - 1]);
  return static_cast<std::uint32_t>(std::clamp(fifth, rule_.least_words, rule_.words));
}

BenchmarkIndex::Table& BenchmarkIndex::table_of(std::uint32_t words) {
  for (Table& table : tables_) {
    if (table.words == words) return table;
  }
  Table& table = tables_.emplace_back();
  table.words = words;
  return table;
}

void BenchmarkIndex::index(std::uint32_t item, std::uint32_t run) {
  const Item& one = items_[item];
  std::vector<std::uint64_t> hashes;
  for (std::size_t i = 0; i < one.words(); ++i) hashes.push_back(hash64(one.word(i)));
  Table& table = table_of(run);
  for_each_run(hashes, run, [&](std::size_t at, std::uint64_t hash) {
    table.entries.push_back({hash, item, static_cast<std::uint32_t>(at)});
  });
}

void BenchmarkIndex::add(std::string name, const std::vector<std::string>& items) {
  std::vector<Words> words;
  for (const std::string& item : items) words.push_back(words_of(item));
  Benchmark& benchmark = benchmarks_.emplace_back();
  benchmark.name = std::move(name);
  benchmark.words = run_length(words);
  benchmark.items = items.size();
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto index_here = static_cast<std::uint32_t>(items_.size());
    Item& item = items_.emplace_back();
    item.benchmark = static_cast<std::uint32_t>(benchmarks_.size() - 1);
    item.number = static_cast<std::uint32_t>(i);
    for (const ByteSpan& word : words[i].words) item.begins.push_back(word.begin);
    item.begins.push_back(static_cast<std::uint32_t>(words[i].text.size() + 1));
    item.text = std::move(words[i].text);
    const auto count = static_cast<std::uint32_t>(item.words());
    if (count >= rule_.least_words) {
      index(index_here, std::min(count, benchmark.words));
    } else {
      ++benchmark.shorter;
      if (count > 0) whole_.try_emplace(item.text, index_here);
    }
  }
}

void BenchmarkIndex::close() {
  std::sort(tables_.begin(), tables_.end(),
            [](const Table& a, const Table& b) { return a.words < b.words; });
  for (Table& table : tables_) {
    std::sort(table.entries.begin(), table.entries.end());
    const auto bits = std::bit_ceil(std::max<std::size_t>(table.entries.size() * 16, 1024));
    table.shift = 64U - static_cast<unsigned>(std::countr_zero(bits));
    table.filter.assign(bits / 64, 0);
    for (const Entry& entry : table.entries) {
      const std::uint64_t bit = entry.hash >> table.shift;
      table.filter[bit / 64] |= std::uint64_t{1} << (bit & kBit);
    }
  }
}

std::vector<Overlap> BenchmarkIndex::find_whole(const Words& row) const {
  const auto found = whole_.find(row.text);
  if (row.words.empty() || found == whole_.end()) return {};
  const Item& item = items_[found->second];
  return {{{row.source.front().begin, row.source.back().end},
           item.benchmark,
           item.number,
           0,
           static_cast<std::uint32_t>(row.words.size())}};
}

std::uint32_t BenchmarkIndex::agreeing(const Words& row, std::size_t at, const Item& item,
                                       std::size_t word) const {
  std::uint32_t count = 0;
  while (at + count < row.words.size() && word + count < item.words() &&
         row.word(at + count) == item.word(word + count)) {
    ++count;
  }
  return count;
}

void BenchmarkIndex::find_runs(const Words& row, const std::vector<std::uint64_t>& hashes,
                               const Table& table, std::vector<Overlap>& out) const {
  std::size_t next = 0;  // runs that begin before it lie within an overlap already
  for_each_run(hashes, table.words, [&](std::size_t at, std::uint64_t hash) {
    const std::uint64_t bit = hash >> table.shift;
    if (at < next || (table.filter[bit / 64] >> (bit & kBit) & 1) == 0) return;
    auto entry = std::lower_bound(table.entries.begin(), table.entries.end(), Entry{hash, 0, 0});
    std::size_t named = 0;
    for (; entry != table.entries.end() && entry->hash == hash && named < kNamed; ++entry) {
      const Item& item = items_[entry->item];
      const std::uint32_t words = agreeing(row, at, item, entry->word);
      if (words < table.words) continue;  // another text of the same hash
      ++named;
      next = std::max(next, at + words - table.words + 1);
      out.push_back({{row.source[at].begin, row.source[at + words - 1].end},
                     item.benchmark,
                     item.number,
                     entry->word,
                     words});
    }
  });
}

std::vector<Overlap> BenchmarkIndex::find(std::string_view text) const {
  const Words row = words_of(text);
  std::vector<Overlap> found = find_whole(row);
  const std::vector<std::uint64_t> hashes = hashes_of(row);
  for (const Table& table : tables_) find_runs(row, hashes, table, found);
  std::stable_sort(found.begin(), found.end(),
                   [](const Overlap& a, const Overlap& b) { return a.row.begin < b.row.begin; });
  return found;
}

}  // namespace fettle::data
