// Rows of a query on an SQLite file, which is opened to be read alone.
#include <sqlite3.h>

#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/format.h"
#include "data/collect/readers.h"

namespace fettle::data::collect {
namespace {

using Clock = std::chrono::steady_clock;

struct CloseDatabase {
  void operator()(sqlite3* database) const { ::sqlite3_close(database); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
};

// A query looks at tables and calls functions; nothing else.
int authorize(void*, int action, const char* first, const char* second, const char*, const char*) {
  const bool loads =
      action == SQLITE_FUNCTION && second != nullptr && std::strcmp(second, "load_extension") == 0;
  const bool looks = action == SQLITE_SELECT || action == SQLITE_READ ||
                     action == SQLITE_FUNCTION || action == SQLITE_RECURSIVE;
  static_cast<void>(first);
  return looks && !loads ? SQLITE_OK : SQLITE_DENY;
}

class SqliteReader : public PartReader {
 public:
  SqliteReader(Part part, const SourceConfig& config, const Place& from)
      : part_(std::move(part)), max_bytes_(config.max_row_bytes) {
    open();
    prepare(config.query);
    deadline_ = Clock::now() + std::chrono::seconds(config.timeout_seconds);
    ::sqlite3_progress_handler(database_.get(), 100'000, &SqliteReader::is_late, this);
    while (row_ < from.line) {
      if (!step()) throw DataError("{}: has fewer rows than when the run began", part_.name);
    }
  }

  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    while (rows < limit && !out.full()) {
      if (!step()) return false;
      std::size_t bytes = 0;
      Result<Json> record = read_record(bytes);
      out.count_bytes(bytes);
      out.add({std::move(record), Origin{part_.name, row_}});
      ++rows;
    }
    return true;
  }
  Place place() const override { return {0, row_, 0}; }

 private:
  static int is_late(void* self) {
    return Clock::now() > static_cast<SqliteReader*>(self)->deadline_ ? 1 : 0;
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw DataError("{}: {}: {}", part_.name, what,
                    std::string_view(::sqlite3_errmsg(database_.get())));
  }

  void open() {
    sqlite3* database = nullptr;
    const int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
    const int code = ::sqlite3_open_v2(part_.path.c_str(), &database, flags, nullptr);
    database_.reset(database);
    if (code != SQLITE_OK) fail("cannot be opened");
    ::sqlite3_limit(database, SQLITE_LIMIT_LENGTH, static_cast<int>(max_bytes_));
    ::sqlite3_busy_timeout(database, 10'000);
    // A file that strangers wrote may define views and triggers that call functions.
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    ::sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    ::sqlite3_exec(database, "PRAGMA cell_size_check = ON", nullptr, nullptr, nullptr);
    ::sqlite3_set_authorizer(database, authorize, nullptr);
  }

  // The names of the tables, for a recipe that states no query.
  std::string tables() const {
    sqlite3_stmt* raw = nullptr;
    ::sqlite3_prepare_v2(
        database_.get(),
        "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') ORDER BY 1", -1, &raw,
        nullptr);
    const std::unique_ptr<sqlite3_stmt, Finalize> statement(raw);
    std::string names;
    while (raw != nullptr && ::sqlite3_step(raw) == SQLITE_ROW) {
      const auto* const name = reinterpret_cast<const char*>(::sqlite3_column_text(raw, 0));
      names += (names.empty() ? "" : ", ") + std::string(name == nullptr ? "" : name);
    }
    return names.empty() ? "none" : names.substr(0, 500);
  }

  void prepare(const std::string& query) {
    if (query.empty()) {
      throw UsageError("{}: state the `query` to read; the tables are: {}", part_.name, tables());
    }
    sqlite3_stmt* statement = nullptr;
    const char* rest = nullptr;
    const int code = ::sqlite3_prepare_v2(database_.get(), query.c_str(),
                                          static_cast<int>(query.size()), &statement, &rest);
    statement_.reset(statement);
    if (code == SQLITE_AUTH) fail("the query does more than to look");
    if (code == SQLITE_NOTADB) fail("is no SQLite file");
    if (code != SQLITE_OK || statement == nullptr) fail("the query cannot be run");
    if (std::string_view(rest).find_first_not_of("; \t\r\n") != std::string_view::npos) {
      throw UsageError("{}: the query holds more than one statement; give one SELECT", part_.name);
    }
    if (::sqlite3_stmt_readonly(statement) == 0) {
      throw UsageError("{}: the query does more than to look; give one SELECT", part_.name);
    }
    for (int i = 0; i < ::sqlite3_column_count(statement); ++i) {
      names_.emplace_back(::sqlite3_column_name(statement, i));
      for (int k = 0; k < i; ++k) {
        if (names_[static_cast<std::size_t>(k)] != names_.back()) continue;
        throw UsageError("{}: the query gives two columns the name \"{}\"; rename one by AS",
                         part_.name, names_.back());
      }
    }
  }

  bool step() {
    const int code = ::sqlite3_step(statement_.get());
    if (code == SQLITE_DONE) return false;
    if (code == SQLITE_INTERRUPT) fail("the query took longer than timeout_seconds");
    if (code == SQLITE_NOTADB) fail("is no SQLite file");
    if (code != SQLITE_ROW) fail(text("row {} cannot be read", row_ + 1));
    ++row_;
    return true;
  }

  Result<Json> read_record(std::size_t& bytes) const {
    Json record = Json::object();
    Json::object_t::Container& members = record.get_ref<Json::object_t&>();
    for (int i = 0; i < static_cast<int>(names_.size()); ++i) {
      sqlite3_stmt* const row = statement_.get();
      const std::string& name = names_[static_cast<std::size_t>(i)];
      const Origin origin{part_.name, row_};
      Json value;
      switch (::sqlite3_column_type(row, i)) {
        case SQLITE_INTEGER:
          value = std::int64_t{::sqlite3_column_int64(row, i)};
          break;
        case SQLITE_FLOAT:
          value = ::sqlite3_column_double(row, i);
          break;
        case SQLITE_TEXT: {
          const auto* const start = reinterpret_cast<const char*>(::sqlite3_column_text(row, i));
          const std::string_view words(start,
                                       static_cast<std::size_t>(::sqlite3_column_bytes(row, i)));
          if (auto bad = check_encoding(words, origin)) {
            return problem(bad->where, text("column \"{}\": {}", name, bad->what));
          }
          value = words;
          bytes += words.size();
          break;
        }
        case SQLITE_BLOB:
          return problem(origin.text(),
                         text("column \"{}\" holds bytes (a BLOB); select text, as by "
                              "hex() or CAST",
                              name));
        default:
          break;
      }
      members.emplace_back(name, std::move(value));
    }
    return record;
  }

  Part part_;
  std::int64_t max_bytes_;
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::vector<std::string> names_;
  Clock::time_point deadline_;
  std::int64_t row_ = 0;
};

}  // namespace

std::unique_ptr<PartReader> open_sqlite(Part part, const SourceConfig& config, const Place& from) {
  return std::make_unique<SqliteReader>(std::move(part), config, from);
}

}  // namespace fettle::data::collect
