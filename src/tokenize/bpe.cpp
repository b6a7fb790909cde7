#include "tokenize/bpe.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "tokenize/byte_level.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

// Up to so many symbols, looking at all pairs is faster than keeping a heap.
constexpr std::size_t kFew = 24;

void add_symbol(Bpe::Scratch& scratch, TokenId id, std::size_t size) {
  const auto at = static_cast<std::int32_t>(scratch.symbols.size());
  if (at > 0) scratch.symbols.back().next = at;
  scratch.symbols.push_back({id, static_cast<std::uint32_t>(size), at - 1, -1});
}

// The heap's top is the lowest rank, and of equals the leftmost.
bool is_later(const Bpe::Scratch::Candidate& a, const Bpe::Scratch::Candidate& b) {
  return a.rank != b.rank ? a.rank > b.rank : a.at > b.at;
}

}  // namespace

Bpe::Bpe(Vocabulary vocabulary, MergeTable merges, const BpeOptions& options)
    : vocabulary_(std::move(vocabulary)), merges_(std::move(merges)), options_(options) {
  for (std::size_t byte = 0; options_.byte_fallback && byte < 256; ++byte) {
    fallback_[byte] = vocabulary_.id_of(text("<0x{:02X}>", byte));
  }
}

void Bpe::prepare_bytes() {
  for (std::size_t byte = 0; byte < 256; ++byte) {
    std::string character;
    append_utf8(character, byte_character(static_cast<std::uint8_t>(byte)));
    byte_ids_[byte] = vocabulary_.id_of(character);
  }
  const std::int64_t end = vocabulary_.end_id();
  for (TokenId id = 0; id < end; ++id) {
    if (!vocabulary_.has(id)) continue;
    const std::optional<std::string> bytes = characters_to_bytes(vocabulary_.token_of(id));
    if (bytes) by_bytes_.add(*bytes, id);
  }
  whole_ = std::make_unique<std::atomic<std::uint8_t>[]>(static_cast<std::size_t>(end));
}

Bpe::Bpe(Bpe&&) noexcept = default;
Bpe::~Bpe() = default;

void Bpe::tokenize(std::string_view word, Scratch& scratch, std::vector<WordToken>& tokens) const {
  const std::optional<TokenId> id = options_.ignore_merges ? vocabulary_.id_of(word) : std::nullopt;
  if (id) {
    tokens.push_back({*id, static_cast<std::uint32_t>(word.size())});
    return;
  }
  scratch.symbols.clear();
  add_characters(word, scratch);
  merge(scratch);
  for (const Scratch::Symbol& symbol : scratch.symbols) {
    if (symbol.size > 0) tokens.push_back({symbol.id, symbol.size});
  }
}

bool Bpe::tokenize_bytes(std::string_view word, Scratch& scratch,
                         std::vector<WordToken>& tokens) const {
  const std::optional<TokenId> id = by_bytes_.id_of(word);
  if (id && (options_.ignore_merges || is_whole(word, *id, scratch))) {
    tokens.push_back({*id, static_cast<std::uint32_t>(word.size())});
    return true;
  }
  if (!add_bytes(word, scratch)) return false;
  merge(scratch);
  for (const Scratch::Symbol& symbol : scratch.symbols) {
    if (symbol.size > 0) tokens.push_back({symbol.id, symbol.size});
  }
  return true;
}

// Most words of a text are one token: merged once, they are known. Threads may find out twice.
bool Bpe::is_whole(std::string_view word, TokenId id, Scratch& scratch) const {
  std::atomic<std::uint8_t>& known = whole_[static_cast<std::size_t>(id)];
  const std::uint8_t answer = known.load(std::memory_order_relaxed);
  if (answer != 0) return answer == 1;
  bool whole = false;
  if (add_bytes(word, scratch)) {
    merge(scratch);
    const Scratch::Symbol& first = scratch.symbols.front();
    whole = first.size == word.size() && first.id == id;
  }
  known.store(whole ? 1 : 2, std::memory_order_relaxed);
  return whole;
}

bool Bpe::add_bytes(std::string_view word, Scratch& scratch) const {
  scratch.symbols.clear();
  for (const char byte : word) {
    const std::optional<TokenId> id = byte_ids_[static_cast<std::uint8_t>(byte)];
    if (!id) return false;
    add_symbol(scratch, *id, 1);
  }
  return true;
}

bool Bpe::add_byte_tokens(std::string_view character, Scratch& scratch) const {
  for (const char byte : character) {
    if (!fallback_[static_cast<std::uint8_t>(byte)]) return false;
  }
  for (const char byte : character) {
    add_symbol(scratch, *fallback_[static_cast<std::uint8_t>(byte)], 1);
  }
  return true;
}

void Bpe::add_characters(std::string_view word, Scratch& scratch) const {
  std::size_t unknown = 0;  // bytes of unknown characters that have no symbol yet
  const auto flush = [&] {
    if (unknown > 0) add_symbol(scratch, *options_.unk, unknown);
    unknown = 0;
  };
  for (std::size_t at = 0; at < word.size();) {
    const std::size_t size = character_at(word, at).size;
    const std::string_view character = word.substr(at, size);
    at += size;
    if (const std::optional<TokenId> id = vocabulary_.id_of(character)) {
      flush();
      add_symbol(scratch, *id, size);
    } else if (options_.byte_fallback && add_byte_tokens(character, scratch)) {
      // The library, too, leaves a pending unknown token for later here.
    } else if (options_.unk) {
      if (!options_.fuse_unk) flush();
      unknown += size;
    }
  }
  flush();
}

void Bpe::merge(Scratch& scratch) const {
  if (scratch.symbols.size() < 2) return;
  if (scratch.symbols.size() <= kFew) {
    merge_few(scratch);
  } else {
    merge_many(scratch);
  }
}

void Bpe::merge_few(Scratch& scratch) const {
  std::vector<Scratch::Symbol>& symbols = scratch.symbols;
  std::array<const MergeTable::Merge*, kFew> pairs{};  // of each symbol with the one after it
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
    pairs[i] = merges_.find(symbols[i].id, symbols[i + 1].id);
  }
  for (;;) {
    std::size_t best = kFew;
    for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
      if (pairs[i] != nullptr && (best == kFew || pairs[i]->rank < pairs[best]->rank)) best = i;
    }
    scratch.work += symbols.size();
    if (best == kFew) return;
    symbols[best].id = pairs[best]->joined;
    symbols[best].size += symbols[best + 1].size;
    symbols.erase(symbols.begin() + static_cast<std::ptrdiff_t>(best) + 1);
    std::copy(pairs.begin() + static_cast<std::ptrdiff_t>(best) + 1, pairs.end(),
              pairs.begin() + static_cast<std::ptrdiff_t>(best));
    pairs[best] =
        best + 1 < symbols.size() ? merges_.find(symbols[best].id, symbols[best + 1].id) : nullptr;
    if (best > 0) pairs[best - 1] = merges_.find(symbols[best - 1].id, symbols[best].id);
  }
}

void Bpe::merge_many(Scratch& scratch) const {
  std::vector<Scratch::Symbol>& symbols = scratch.symbols;
  std::vector<Scratch::Candidate>& heap = scratch.heap;
  heap.clear();
  const auto candidate = [&](std::int32_t left, std::int32_t right, bool sorted) {
    if (left < 0 || right < 0) return;
    const auto at = static_cast<std::size_t>(left);
    const MergeTable::Merge* found =
        merges_.find(symbols[at].id, symbols[static_cast<std::size_t>(right)].id);
    if (found == nullptr) return;
    heap.push_back({found->rank, static_cast<std::uint32_t>(at), found->joined});
    if (sorted) std::push_heap(heap.begin(), heap.end(), is_later);
  };
  for (std::size_t i = 0; i + 1 < symbols.size(); ++i) {
    candidate(static_cast<std::int32_t>(i), static_cast<std::int32_t>(i + 1), false);
  }
  std::make_heap(heap.begin(), heap.end(), is_later);
  while (!heap.empty()) {
    std::pop_heap(heap.begin(), heap.end(), is_later);
    const Scratch::Candidate top = heap.back();
    heap.pop_back();
    ++scratch.work;
    Scratch::Symbol& left = symbols[top.at];
    if (left.size == 0 || left.next < 0) continue;
    Scratch::Symbol& right = symbols[static_cast<std::size_t>(left.next)];
    // A neighbour may have been joined elsewhere since.
    const MergeTable::Merge* found = merges_.find(left.id, right.id);
    if (found == nullptr || found->joined != top.joined) continue;
    left.id = top.joined;
    left.size += right.size;
    left.next = right.next;
    right.size = 0;
    const auto at = static_cast<std::int32_t>(top.at);
    if (left.next >= 0) symbols[static_cast<std::size_t>(left.next)].previous = at;
    candidate(left.previous, at, true);
    candidate(at, left.next, true);
  }
}

}  // namespace fettle::tokenize
