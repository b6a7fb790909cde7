// Comma- or tab-separated records as RFC 4180 writes them: quoted fields with embedded line ends
// and doubled quotes, LF or CRLF. Strict: a quote inside a bare field is a Problem, not a guess.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/text_file.h"

namespace fettle::data {

class CsvReader {
 public:
  CsvReader(const std::filesystem::path& path, char separator);
  // From memory that outlives the reader; its first line is line `line` of the file `name`.
  CsvReader(std::string_view bytes, std::string name, std::int64_t line, char separator);

  // The fields of the next record that is not blank; nothing at the end. After a Problem the reader
  // goes on at the next line (a quoted field that never closes ends the file). Throws DataError
  // when a record is longer than kMaxLineBytes.
  [[nodiscard]] std::optional<Result<std::vector<std::string>>> next();
  // Of the record's first line, from 1.
  [[nodiscard]] std::int64_t line() const { return record_line_; }

 private:
  enum class State { kStart, kBare, kQuoted, kQuoteEnd, kSkip };

  void count(std::size_t bytes);
  void take_run();
  [[nodiscard]] int take();
  [[nodiscard]] int peek();
  [[nodiscard]] bool step(int c);
  [[nodiscard]] bool step_quoted(int c);
  void end_field();
  void fail(std::string what);
  [[nodiscard]] std::string where() const;

  std::function<std::string_view()> more_;
  std::string name_;
  char separator_;
  std::string_view rest_;
  bool ended_ = false;
  std::int64_t line_ = 1;
  std::int64_t record_line_ = 1;

  State state_ = State::kStart;
  std::vector<std::string> fields_;
  std::string field_;
  std::size_t record_bytes_ = 0;
  bool quoted_ = false;
  std::optional<Problem> bad_;
};

}  // namespace fettle::data
