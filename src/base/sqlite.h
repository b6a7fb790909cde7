// SQLite as fettle's stores need it: one connection, prepared statements, transactions. Failures
// throw IoError with the file's name and SQLite's reason. A library of its own
// (fettle_base_sqlite): the rest of base/ does without SQLite.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace fettle {

class Statement {
 public:
  Statement(sqlite3* database, const std::string& file, std::string_view sql);

  // Parameters in order, from ?1.
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(std::string_view value);
  Statement& bind_null();
  template <class T>
  Statement& bind(const std::optional<T>& value) {
    return value ? bind(*value) : bind_null();
  }

  // Steps to the next row; false at the end.
  [[nodiscard]] bool step();
  // Runs a statement that gives no rows.
  void run();

  [[nodiscard]] bool is_null(int column) const;
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] double real(int column) const;
  [[nodiscard]] std::string text(int column) const;
  [[nodiscard]] std::optional<std::string> optional_text(int column) const;

 private:
  struct Close {
    void operator()(sqlite3_stmt* statement) const;
  };
  void check(int code) const;

  sqlite3* database_;
  const std::string& file_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
  int bound_ = 0;
};

class Database {
 public:
  enum class Mode { kCreate, kOpen, kRead };  // kRead changes nothing

  // Write-ahead log with synchronous=FULL: what a commit returned from survives a kill and a power
  // cut. trusted_schema off: a foreign file's schema runs no function.
  Database(const std::filesystem::path& path, Mode mode);

  [[nodiscard]] Statement prepare(std::string_view sql) { return {handle_.get(), file_, sql}; }
  void execute(const std::string& sql);
  [[nodiscard]] std::int64_t last_id() const;
  [[nodiscard]] const std::string& file() const { return file_; }

 private:
  struct Close {
    void operator()(sqlite3* database) const;
  };

  std::string file_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// BEGIN IMMEDIATE until commit(); rolled back when destroyed before.
class Transaction {
 public:
  explicit Transaction(Database& database);
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace fettle
