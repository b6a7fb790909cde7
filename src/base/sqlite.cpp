#include "base/sqlite.h"

#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/error.h"

namespace fettle {
namespace {

constexpr int kBusyMilliseconds = 10000;

[[noreturn]] void fail(sqlite3* database, const std::string& file) {
  const int code = ::sqlite3_errcode(database);
  const std::string why = ::sqlite3_errmsg(database);
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    throw IoError("{}: is no database, or is damaged ({}); restore it from a copy", file, why);
  }
  if (code == SQLITE_FULL) throw IoError("{}: the disk is full; nothing was saved", file);
  throw IoError("{}: SQLite says: {}", file, why);
}

// SQLite does not wait when two connections turn a new file to its write-ahead log at once: each
// holds the lock that the other one needs. One of them has to let go and ask again.
void use_write_ahead_log(sqlite3* database, const std::string& file) {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::milliseconds(kBusyMilliseconds);
  const auto turn = [&] {
    return ::sqlite3_exec(database, "PRAGMA journal_mode=WAL", nullptr, nullptr, nullptr);
  };
  int code = turn();
  for (int wait = 1; code == SQLITE_BUSY && Clock::now() < end; wait = std::min(2 * wait, 50)) {
    std::this_thread::sleep_for(std::chrono::milliseconds(wait));
    code = turn();
  }
  if (code != SQLITE_OK) fail(database, file);
}

}  // namespace

void Statement::Close::operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }

Statement::Statement(sqlite3* database, const std::string& file, std::string_view sql)
    : database_(database), file_(file) {
  sqlite3_stmt* statement = nullptr;
  check(::sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement,
                             nullptr));
  statement_.reset(statement);
}

void Statement::check(int code) const {
  if (code != SQLITE_OK) fail(database_, file_);
}

Statement& Statement::bind(std::int64_t value) {
  check(::sqlite3_bind_int64(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(double value) {
  check(::sqlite3_bind_double(statement_.get(), ++bound_, value));
  return *this;
}

Statement& Statement::bind(std::string_view value) {
  // A null pointer would bind NULL in place of an empty text.
  const char* const bytes = value.data() == nullptr ? "" : value.data();
  check(::sqlite3_bind_text64(statement_.get(), ++bound_, bytes, value.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_null() {
  check(::sqlite3_bind_null(statement_.get(), ++bound_));
  return *this;
}

bool Statement::step() {
  const int code = ::sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) fail(database_, file_);
  return false;
}

void Statement::run() {
  while (step()) {
  }
  ::sqlite3_reset(statement_.get());
  bound_ = 0;
}

bool Statement::is_null(int column) const {
  return ::sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

std::int64_t Statement::integer(int column) const {
  return ::sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return ::sqlite3_column_double(statement_.get(), column);
}

std::string Statement::text(int column) const {
  const unsigned char* const bytes = ::sqlite3_column_text(statement_.get(), column);
  if (bytes == nullptr) return "";
  return {reinterpret_cast<const char*>(bytes),
          static_cast<std::size_t>(::sqlite3_column_bytes(statement_.get(), column))};
}

std::optional<std::string> Statement::optional_text(int column) const {
  if (is_null(column)) return std::nullopt;
  return text(column);
}

void Database::Close::operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }

Database::Database(const std::filesystem::path& path, Mode mode) : file_(path.string()) {
  sqlite3* handle = nullptr;
  const int access = mode == Mode::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  const int flags =
      access | SQLITE_OPEN_FULLMUTEX | (mode == Mode::kCreate ? SQLITE_OPEN_CREATE : 0);
  const int code = ::sqlite3_open_v2(file_.c_str(), &handle, flags, nullptr);
  handle_.reset(handle);
  if (handle == nullptr) throw IoError("{}: no memory to open the database", file_);
  if (code != SQLITE_OK) fail(handle, file_);
  ::sqlite3_extended_result_codes(handle, 0);
  ::sqlite3_busy_timeout(handle, kBusyMilliseconds);
  execute("PRAGMA trusted_schema=OFF");
  if (mode == Mode::kRead) return;
  use_write_ahead_log(handle, file_);
  execute("PRAGMA synchronous=FULL");
  execute("PRAGMA foreign_keys=ON");
}

void Database::execute(const std::string& sql) {
  if (::sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    fail(handle_.get(), file_);
  }
}

std::int64_t Database::last_id() const { return ::sqlite3_last_insert_rowid(handle_.get()); }

Transaction::Transaction(Database& database) : database_(database) {
  database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction() {
  if (!open_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const std::exception&) {
    // The failure that led here is on its way already; SQLite has rolled back by itself.
    open_ = false;
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  open_ = false;
}

}  // namespace fettle
