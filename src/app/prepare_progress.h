// One line on standard error that says how far a preparation is, how fast, and how long it takes.
#pragma once

#include <cstdint>
#include <string>

#include "data/prepare/job.h"

namespace fettle::app {

class PrepareProgress {
 public:
  // shown: whether anything is written at all. On a terminal the line is written over.
  explicit PrepareProgress(bool shown);
  ~PrepareProgress();
  PrepareProgress(const PrepareProgress&) = delete;
  PrepareProgress& operator=(const PrepareProgress&) = delete;

  void tell(const data::prepare::Progress& now);

 private:
  void write(const std::string& line, bool last);

  bool shown_;
  bool terminal_;
  bool open_ = false;  // a line stands unfinished
  double pass_began_ = 0;
  double written_at_ = 0;
  std::size_t pass_ = SIZE_MAX;
  std::string what_;
  std::uint64_t rows_at_begin_ = 0;
};

}  // namespace fettle::app
