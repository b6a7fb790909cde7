// Some phrases looked for in one pass, whatever their number.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace fettle::data::clean {

// Phrases of lower-case ASCII with two letters in a row at least. Each is known by that pair of its
// letters which English has least; where a pair occurs, its phrases are compared.
class Phrases {
 public:
  explicit Phrases(std::span<const std::string_view> phrases);

  // Is one of them in the text, in whatever case?
  [[nodiscard]] bool held_by(std::string_view text) const;

 private:
  struct Anchored {
    std::string_view phrase;
    std::size_t offset;  // of the pair
    std::uint16_t pair;
  };
  static constexpr std::size_t kBlock = 64;
  [[nodiscard]] bool held_at(std::string_view text, std::size_t at, std::uint16_t pair) const;
  [[nodiscard]] bool may_hold(const char* text) const;
  [[nodiscard]] bool held_within(std::string_view text, std::size_t begin, std::size_t end) const;

  std::array<bool, 1024> pairs_{};
  std::vector<std::uint16_t> distinct_;
  std::vector<Anchored> phrases_;
};

}  // namespace fettle::data::clean
