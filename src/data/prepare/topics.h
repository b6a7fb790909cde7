// What the rows are about: a sample of them as hashed words and word pairs, clustered by spherical
// k-means (Dhillon and Modha 2001), each cluster named by the words that it has and others have
// not.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace fettle::data::prepare {

struct Topic {
  std::vector<std::string> words;  // the most telling first
  std::string example;             // the row nearest to the middle, cut
  double share = 0;                // of the sampled rows
  double target_share = -1;        // of the target's rows; -1: there is no target
};

// Rows of a JSON Lines file at `count` evenly spaced places, as text; all rows of a small file.
// Holds one row at a time beside the result. Throws IoError.
[[nodiscard]] std::vector<std::string> sample_texts(const fs::path& file, std::size_t count);

// At most `most` topics, largest first; fewer rows than 20: none. A function of its arguments
// alone.
[[nodiscard]] std::vector<Topic> find_topics(const std::vector<std::string>& rows,
                                             const std::vector<std::string>& target,
                                             std::size_t most, std::uint64_t seed);

}  // namespace fettle::data::prepare
