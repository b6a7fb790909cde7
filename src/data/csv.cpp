#include "data/csv.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "base/error.h"

namespace fettle::data {
namespace {

constexpr int kEnd = -1;

}  // namespace

CsvReader::CsvReader(const std::filesystem::path& path, char separator)
    : more_([file = std::make_shared<TextFile>(path)] { return file->next(); }),
      name_(path.native()),
      separator_(separator) {}

CsvReader::CsvReader(std::string_view bytes, std::string name, std::int64_t line, char separator)
    : name_(std::move(name)), separator_(separator), rest_(bytes), ended_(true), line_(line) {}

int CsvReader::peek() {
  if (rest_.empty() && !ended_) {
    rest_ = more_();
    ended_ = rest_.empty();
  }
  return rest_.empty() ? kEnd : static_cast<unsigned char>(rest_.front());
}

void CsvReader::count(std::size_t bytes) {
  record_bytes_ += bytes;
  if (record_bytes_ <= kMaxLineBytes) return;
  throw DataError(
      "{}: the record is longer than {}, the most that a row may have; look for a "
      "quote that is never closed",
      where(), byte_size(kMaxLineBytes));
}

// Takes at once what can neither end nor change the field.
void CsvReader::take_run() {
  std::size_t end = 0;
  if (state_ == State::kQuoted) {
    end = std::min(rest_.find('"'), rest_.size());
    line_ += std::count(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(end), '\n');
  } else if (state_ == State::kBare) {
    const auto ends = [this](char c) {
      return c == separator_ || c == '"' || c == '\n' || c == '\r';
    };
    while (end < rest_.size() && !ends(rest_[end])) ++end;
  }
  count(end);
  field_.append(rest_.substr(0, end));
  rest_.remove_prefix(end);
}

int CsvReader::take() {
  const int c = peek();
  if (c == kEnd) return c;
  rest_.remove_prefix(1);
  count(1);
  // LF, CRLF and a lone CR each end a line; all are seen as LF outside quotes.
  if (c == '\r' && state_ != State::kQuoted) {
    if (peek() == '\n') rest_.remove_prefix(1);
    ++line_;
    return '\n';
  }
  if (c == '\n') ++line_;
  return c;
}

std::string CsvReader::where() const { return name_ + ":" + std::to_string(record_line_); }

void CsvReader::fail(std::string what) {
  bad_ = Problem{where(), std::move(what)};
  state_ = State::kSkip;
}

void CsvReader::end_field() {
  fields_.push_back(std::move(field_));
  field_.clear();
  state_ = State::kStart;
}

bool CsvReader::step_quoted(int c) {
  if (state_ == State::kQuoted) {
    if (c == kEnd) {
      fail("a quoted field is never closed; end it with a quote");
      return true;
    }
    if (c == '"') {
      state_ = State::kQuoteEnd;
    } else {
      field_ += static_cast<char>(c);
    }
    return false;
  }
  if (c == '"') {
    field_ += '"';
    state_ = State::kQuoted;
    return false;
  }
  if (c != separator_ && c != '\n' && c != kEnd) {
    fail(text("text follows the closing quote of column {}; double a quote that is meant (\"\")",
              fields_.size() + 1));
    return false;
  }
  const bool record_ends = c != separator_;
  end_field();
  return record_ends;
}

// Takes one character in; true at the end of the record.
bool CsvReader::step(int c) {
  if (state_ == State::kQuoted || state_ == State::kQuoteEnd) return step_quoted(c);
  if (c == '\n' || c == kEnd) {
    if (state_ != State::kSkip) end_field();
    return true;
  }
  if (state_ == State::kSkip) return false;
  if (c == separator_) {
    end_field();
  } else if (c == '"' && state_ == State::kStart) {
    state_ = State::kQuoted;
    quoted_ = true;
  } else if (c == '"') {
    fail(text("a lone quote stands inside column {}; put the field in quotes and double the quote",
              fields_.size() + 1));
  } else {
    field_ += static_cast<char>(c);
    state_ = State::kBare;
  }
  return false;
}

std::optional<Result<std::vector<std::string>>> CsvReader::next() {
  while (peek() != kEnd) {
    record_line_ = line_;
    record_bytes_ = 0;
    state_ = State::kStart;
    fields_.clear();
    field_.clear();
    bad_.reset();
    quoted_ = false;
    do {
      take_run();
    } while (!step(take()));
    if (bad_) return tl::unexpected(*bad_);
    const bool blank = fields_.size() == 1 && fields_[0].empty() && !quoted_;
    if (!blank) return std::move(fields_);
  }
  return std::nullopt;
}

}  // namespace fettle::data
