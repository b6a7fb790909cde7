#include "batch/build_examples.h"

#include <algorithm>
#include <array>

#include "base/error.h"

namespace fettle::batch {
namespace {

enum class Truncation { kDrop, kLeft, kRight, kSplit, kError };

Truncation truncation_named(std::string_view name) {
  constexpr std::array<std::pair<std::string_view, Truncation>, 5> kNames{{
      {"drop", Truncation::kDrop},
      {"truncate_left", Truncation::kLeft},
      {"truncate_right", Truncation::kRight},
      {"split", Truncation::kSplit},
      {"error", Truncation::kError},
  }};
  for (const auto& [known, kind] : kNames) {
    if (known == name) return kind;
  }
  throw UsageError(
      "truncation: \"{}\" is unknown; allowed are drop, truncate_left, truncate_right, split, "
      "error",
      name);
}

std::int64_t scored_tokens(const Example& example) {
  return std::count(example.scored.begin(), example.scored.end(), std::uint8_t{1});
}

// Tokens [first, last) of an example, after its first `kept` ones (a BOS).
Example part_of(const Example& whole, std::size_t kept, std::size_t first, std::size_t last) {
  Example part{.ids = {}, .scored = {}, .origin = whole.origin, .weight = whole.weight};
  const auto take = [&](std::size_t from, std::size_t to) {
    const auto a = static_cast<std::ptrdiff_t>(from);
    const auto b = static_cast<std::ptrdiff_t>(to);
    part.ids.insert(part.ids.end(), whole.ids.begin() + a, whole.ids.begin() + b);
    part.scored.insert(part.scored.end(), whole.scored.begin() + a, whole.scored.begin() + b);
  };
  take(0, kept);
  take(first, last);
  part.scored.front() = 0;
  // What a kept BOS now stands before was not predicted from it.
  if (kept > 0 && kept < part.scored.size()) part.scored[kept] = 0;
  return part;
}

class Builder {
 public:
  Builder(const TextSide& side, const BatchConfig& config, ExampleReport& report)
      : side_(side),
        config_(config),
        report_(report),
        truncation_(truncation_named(config.truncation)),
        limit_(static_cast<std::size_t>(config.max_length)) {
    if (config.max_length < 2) {
      throw UsageError("max_length: {} is too short; allowed are 2 tokens or more",
                       config.max_length);
    }
  }

  void add(const data::Row& row) {
    ++report_.rows;
    auto example = make_example(row, side_, config_, &report_);
    if (!example) return refuse(std::move(example.error()));
    report_.longest = std::max(report_.longest, static_cast<std::int64_t>(example->ids.size()));
    if (example->ids.size() <= limit_) return keep(std::move(*example));
    cut(*example);
  }

  std::vector<Example> take() { return std::move(examples_); }

 private:
  void refuse(Problem problem) {
    ++report_.refused;
    if (report_.problems.size() < ExampleReport::kMostProblems) {
      report_.problems.push_back(std::move(problem));
    }
  }

  void keep(Example example) {
    ++report_.examples;
    report_.tokens += static_cast<std::int64_t>(example.ids.size());
    report_.scored_tokens += scored_tokens(example);
    examples_.push_back(std::move(example));
  }

  void cut(const Example& example) {
    const std::size_t length = example.ids.size();
    if (truncation_ == Truncation::kError) {
      throw DataError(
          "{}: the row has {} tokens, over max_length {}; raise max_length, shorten the row or "
          "choose another truncation",
          example.origin.text(), length, limit_);
    }
    if (truncation_ == Truncation::kDrop) {
      ++report_.dropped_long;
    } else if (truncation_ == Truncation::kSplit) {
      split(example);
    } else {
      truncate(example);
    }
  }

  void truncate(const Example& example) {
    const std::size_t length = example.ids.size();
    const bool bos = side_.tokenizer.special().bos == example.ids.front();
    const std::size_t kept = truncation_ == Truncation::kLeft && bos ? 1 : 0;
    Example part = truncation_ == Truncation::kLeft
                       ? part_of(example, kept, length - limit_ + kept, length)
                       : part_of(example, 0, 0, limit_);
    if (scored_tokens(part) == 0) {
      return refuse({example.origin.text(),
                     text("the cut from {} to max_length {} tokens leaves none that is scored; "
                          "raise max_length, or keep the other end ({})",
                          length, limit_,
                          kept == 0 && truncation_ == Truncation::kRight ? "truncate_left"
                                                                         : "truncate_right")});
    }
    ++report_.truncated;
    keep(std::move(part));
  }

  void split(const Example& example) {
    const std::size_t length = example.ids.size();
    ++report_.split;
    for (std::size_t first = 0; first < length; first += limit_) {
      Example part = part_of(example, 0, first, std::min(length, first + limit_));
      if (scored_tokens(part) == 0) {
        ++report_.unscored_parts;
      } else {
        keep(std::move(part));
      }
    }
  }

  const TextSide& side_;
  const BatchConfig& config_;
  ExampleReport& report_;
  Truncation truncation_;
  std::size_t limit_;
  std::vector<Example> examples_;
};

}  // namespace

std::vector<Example> build_examples(std::span<const data::Row> rows, const TextSide& side,
                                    const BatchConfig& config, ExampleReport& report) {
  Builder builder(side, config, report);
  for (const data::Row& row : rows) builder.add(row);
  return builder.take();
}

}  // namespace fettle::batch
