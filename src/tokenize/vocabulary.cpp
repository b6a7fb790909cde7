#include "tokenize/vocabulary.h"

#include <functional>

namespace fettle::tokenize {
namespace {

std::uint64_t pair_of(TokenId left, TokenId right) {
  return (static_cast<std::uint64_t>(static_cast<std::uint32_t>(left)) << 32) |
         static_cast<std::uint32_t>(right);
}

// Finalizer of MurmurHash3: every bit of the pair reaches every bit of the slot.
std::size_t mixed(std::uint64_t pair) {
  pair ^= pair >> 33;
  pair *= 0xFF51AFD7ED558CCDULL;
  pair ^= pair >> 33;
  return static_cast<std::size_t>(pair);
}

}  // namespace

std::size_t Vocabulary::slot_of(std::string_view token) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = std::hash<std::string_view>{}(token)&mask;
  while (slots_[slot] != kFree && token_of(static_cast<TokenId>(slots_[slot])) != token) {
    slot = (slot + 1) & mask;
  }
  return slot;
}

void Vocabulary::grow() {
  slots_.assign(slots_.empty() ? 1024 : slots_.size() * 2, kFree);
  for (std::size_t id = 0; id < entries_.size(); ++id) {
    if (entries_[id].size == kFree) continue;
    slots_[slot_of(token_of(static_cast<TokenId>(id)))] = static_cast<std::uint32_t>(id);
  }
}

bool Vocabulary::add(std::string_view token, TokenId id) {
  if (has(id) || id_of(token)) return false;
  if (static_cast<std::size_t>(count_) * 2 >= slots_.size()) grow();
  const auto at = static_cast<std::size_t>(id);
  if (at >= entries_.size()) entries_.resize(at + 1);
  slots_[slot_of(token)] = static_cast<std::uint32_t>(id);
  entries_[at] = {text_.size(), static_cast<std::uint32_t>(token.size())};
  text_ += token;
  ++count_;
  return true;
}

std::optional<TokenId> Vocabulary::id_of(std::string_view token) const {
  if (slots_.empty()) return std::nullopt;
  const std::uint32_t id = slots_[slot_of(token)];
  if (id == kFree) return std::nullopt;
  return static_cast<TokenId>(id);
}

bool Vocabulary::has(TokenId id) const {
  return id >= 0 && id < end_id() && entries_[static_cast<std::size_t>(id)].size != kFree;
}

std::string_view Vocabulary::token_of(TokenId id) const {
  if (!has(id)) return {};
  const Entry& entry = entries_[static_cast<std::size_t>(id)];
  return std::string_view(text_).substr(entry.begin, entry.size);
}

std::size_t MergeTable::slot_of(std::uint64_t pair) const {
  const std::size_t mask = slots_.size() - 1;
  std::size_t slot = mixed(pair) & mask;
  while (slots_[slot].pair != kFree && slots_[slot].pair != pair) slot = (slot + 1) & mask;
  return slot;
}

void MergeTable::add(TokenId left, TokenId right, Merge merge) {
  if (count_ * 2 >= slots_.size()) {
    const std::vector<Slot> before = std::move(slots_);
    slots_.assign(before.empty() ? 1024 : before.size() * 2, Slot{});
    for (const Slot& slot : before) {
      if (slot.pair != kFree) slots_[slot_of(slot.pair)] = slot;
    }
  }
  const std::uint64_t pair = pair_of(left, right);
  Slot& slot = slots_[slot_of(pair)];
  if (slot.pair == kFree) ++count_;
  slot = {pair, merge};
}

const MergeTable::Merge* MergeTable::find(TokenId left, TokenId right) const {
  if (slots_.empty()) return nullptr;
  const Slot& slot = slots_[slot_of(pair_of(left, right))];
  return slot.pair == kFree ? nullptr : &slot.merge;
}

}  // namespace fettle::tokenize
