// Sorts more than memory holds: sorted runs in files, merged while they are read.
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <queue>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "base/format.h"
#include "data/match/spill_file.h"

namespace fettle::data {

// Item: a plain struct with operator<. Equal items keep no order, so `<` should order all of it.
// Holds at most `memory` bytes while items are added and about the same while they are read (at
// least 4 KiB a run). Files are named <folder>/<name>.<run> and removed with the object.
template <class Item>
class Sorter {
  static_assert(std::is_trivially_copyable_v<Item>);

 public:
  Sorter(std::filesystem::path folder, std::string name, std::uint64_t memory)
      : folder_(std::move(folder)),
        name_(std::move(name)),
        capacity_(std::max<std::uint64_t>(memory / sizeof(Item), 1024)) {}

  void add(const Item& item) {
    if (held_.empty()) held_.reserve(static_cast<std::size_t>(capacity_));
    held_.push_back(item);
    if (held_.size() >= capacity_) spill();
  }

  // Calls visit(item) in ascending order. Once; nothing may be added afterwards.
  template <class Visit>
  void for_each(Visit visit) {
    std::sort(held_.begin(), held_.end());
    if (runs_.empty()) {
      for (const Item& item : held_) visit(item);
    } else {
      spill();
      std::vector<Item>().swap(held_);
      merge(visit);
    }
    std::vector<Item>().swap(held_);
    runs_.clear();
  }

 private:
  struct Head {
    Item item;
    std::size_t run;
    bool operator>(const Head& other) const { return other.item < item; }
  };

  void spill() {
    if (held_.empty()) return;
    std::sort(held_.begin(), held_.end());
    SpillFile& file = runs_.emplace_back(folder_ / text("{}.{}", name_, runs_.size()));
    file.append(std::as_bytes(std::span(held_)));
    held_.clear();
  }

  template <class Visit>
  void merge(Visit visit) {
    const std::uint64_t bytes = capacity_ * sizeof(Item) / runs_.size();
    const auto items =
        static_cast<std::size_t>(std::max<std::uint64_t>(bytes, 4096) / sizeof(Item));
    std::vector<SpillReader<Item>> readers;
    for (SpillFile& run : runs_) readers.emplace_back(run, items);
    std::priority_queue<Head, std::vector<Head>, std::greater<>> heads;
    for (std::size_t i = 0; i < readers.size(); ++i) {
      if (const Item* const first = readers[i].next()) heads.push({*first, i});
    }
    while (!heads.empty()) {
      const Head head = heads.top();
      heads.pop();
      visit(head.item);
      if (const Item* const more = readers[head.run].next()) heads.push({*more, head.run});
    }
  }

  std::filesystem::path folder_;
  std::string name_;
  std::uint64_t capacity_;
  std::vector<Item> held_;
  std::vector<SpillFile> runs_;
};

}  // namespace fettle::data
