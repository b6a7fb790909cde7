// What a rendering may use: steps, memory, nesting; and the one exception that stops it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>

namespace fettle::tokenize::jinja {

// Stops parsing or rendering; chat_template.cpp turns it into a Problem. line is 0 until the
// interpreter that catches it on its way fills it in.
class Failure : public std::runtime_error {
 public:
  explicit Failure(const std::string& what, std::size_t line = 0)
      : std::runtime_error(what), line_(line) {}
  [[nodiscard]] std::size_t line() const noexcept { return line_; }
  // Limits stop a rendering for good; the other failures may wait inside a lazy sequence.
  [[nodiscard]] bool is_limit() const noexcept { return is_limit_; }

 protected:
  Failure(const std::string& what, bool is_limit) : std::runtime_error(what), is_limit_(is_limit) {}

 private:
  std::size_t line_ = 0;
  bool is_limit_ = false;
};

class LimitFailure : public Failure {
 public:
  explicit LimitFailure(const std::string& what) : Failure(what, true) {}
};

// Counts steps and live bytes of one rendering. Values keep a pointer to it, so it must outlive
// them. Not safe to share between threads.
class Meter {
 public:
  Meter(std::uint64_t max_steps, std::size_t max_bytes, std::size_t max_depth)
      : steps_left_(max_steps),
        max_steps_(max_steps),
        max_bytes_(max_bytes),
        max_depth_(max_depth) {}

  // Charges n steps; throws LimitFailure when none are left.
  void step(std::uint64_t n = 1) {
    if (n > steps_left_) stop_steps();
    steps_left_ -= n;
  }
  // Charges a pass over n bytes of text.
  void scan(std::size_t n) { step(n / kBytesPerStep + 1); }

  // Reserves memory before it is allocated; throws LimitFailure.
  void take(std::size_t bytes) {
    if (bytes > max_bytes_ - live_bytes_) stop_bytes(bytes);
    live_bytes_ += bytes;
  }
  void give(std::size_t bytes) noexcept { live_bytes_ -= bytes; }

  [[nodiscard]] std::size_t max_depth() const noexcept { return max_depth_; }
  [[nodiscard]] std::size_t max_bytes() const noexcept { return max_bytes_; }

  // Enters one level of recursion (nested nodes, values or calls); throws LimitFailure.
  void enter() {
    if (depth_ >= max_depth_ * kNodesPerLevel) stop_depth();
    ++depth_;
  }
  void leave() noexcept { --depth_; }

 private:
  static constexpr std::size_t kBytesPerStep = 64;
  // Evaluating one level of calls passes through several nodes of the tree.
  static constexpr std::size_t kNodesPerLevel = 12;

  [[noreturn]] void stop_steps() const;
  [[noreturn]] void stop_bytes(std::size_t bytes) const;
  [[noreturn]] void stop_depth() const;

  std::uint64_t steps_left_;
  std::uint64_t max_steps_;
  std::size_t live_bytes_ = 0;
  std::size_t max_bytes_;
  std::size_t max_depth_;
  std::size_t depth_ = 0;
};

// One level of recursion, left when the scope ends.
class Level {
 public:
  explicit Level(Meter& meter) : meter_(meter) { meter_.enter(); }
  ~Level() { meter_.leave(); }
  Level(const Level&) = delete;
  Level& operator=(const Level&) = delete;

 private:
  Meter& meter_;
};

}  // namespace fettle::tokenize::jinja
