#include "data/collect/postgres.h"

#include <libpq-fe.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/format.h"
#include "data/collect/fast_json.h"

namespace fettle::data::collect {
namespace {

struct Finish {
  void operator()(PGconn* connection) const { ::PQfinish(connection); }
};
struct Clear {
  void operator()(PGresult* result) const { ::PQclear(result); }
};
struct FreeOptions {
  void operator()(PQconninfoOption* options) const { ::PQconninfoFree(options); }
};
using Answer = std::unique_ptr<PGresult, Clear>;

constexpr std::size_t kFetchRows = 500;

std::string one_line(std::string_view given) {
  std::string out(given.substr(0, 400));
  std::replace(out.begin(), out.end(), '\n', ' ');
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

// The address without a password; refuses one that has it.
void check_address(const std::string& address) {
  char* error = nullptr;
  const std::unique_ptr<PQconninfoOption, FreeOptions> options(
      ::PQconninfoParse(address.c_str(), &error));
  if (!options) {
    ::PQfreemem(error);
    throw UsageError(
        "the address of the PostgreSQL server is malformed; write "
        "postgresql://user@host:port/database");
  }
  for (const PQconninfoOption* one = options.get(); one->keyword != nullptr; ++one) {
    const std::string_view keyword(one->keyword);
    if (one->val == nullptr || *one->val == '\0') continue;
    if (keyword == "password" || keyword == "sslpassword") {
      throw UsageError(
          "the address of the PostgreSQL server holds a password, which would end up "
          "in recipes and reports; give it by PGPASSWORD or ~/.pgpass");
    }
  }
}

class PostgresReader : public PartReader {
 public:
  PostgresReader(const SourceConfig& config, const Place& from)
      : name_(config.path.substr(0, config.path.find('?'))),
        max_bytes_(static_cast<std::size_t>(config.max_row_bytes)) {
    check_address(config.path);
    check_query(config.query);
    connect(config);
    declare(config);
    if (from.line > 0) {
      run(text("MOVE FORWARD {} IN fettle_rows", from.line));
      row_ = from.line;
    }
  }

  // Rows that were fetched are kept for the next piece, so that a piece ends by its rows alone.
  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    while (rows < limit && !out.full()) {
      if (next_ == fetched_ && !fetch_more()) return false;
      add(out, answer_.get(), next_++);
      ++rows;
    }
    return true;
  }
  Place place() const override { return {0, row_, 0}; }

 private:
  void check_query(const std::string& query) const {
    if (query.empty()) throw UsageError("{}: state the `query` to read", name_);
    if (lower_ascii(query).find("order by") == std::string::npos) {
      throw UsageError(
          "{}: the query has no ORDER BY, so its rows come in any order and a run "
          "cannot be repeated; order by a key",
          name_);
    }
  }

  void connect(const SourceConfig& config) {
    const std::string wait =
        std::to_string(std::clamp<std::int64_t>(config.timeout_seconds, 2, 30));
    const char* const keys[] = {"dbname", "connect_timeout", "client_encoding", "application_name",
                                nullptr};
    const char* const values[] = {config.path.c_str(), wait.c_str(), "UTF8", "fettle", nullptr};
    connection_.reset(::PQconnectdbParams(keys, values, 1));
    if (::PQstatus(connection_.get()) != CONNECTION_OK) {
      throw DataError("{}: cannot connect: {}", name_,
                      one_line(::PQerrorMessage(connection_.get())));
    }
  }

  void declare(const SourceConfig& config) {
    run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
    run(text("SET LOCAL statement_timeout = {}", config.timeout_seconds * 1000));
    std::string query = config.query;
    while (!query.empty() && (query.back() == ';' || query.back() == ' ' || query.back() == '\n')) {
      query.pop_back();
    }
    // The line end closes a comment at the query's end.
    run("DECLARE fettle_rows NO SCROLL CURSOR FOR SELECT row_to_json(fettle_row)::text FROM (" +
        query + "\n) AS fettle_row");
  }

  // One statement: the protocol's extended form takes no second one.
  Answer run(const std::string& statement) {
    Answer answer(::PQexecParams(connection_.get(), statement.c_str(), 0, nullptr, nullptr, nullptr,
                                 nullptr, 0));
    const ExecStatusType status = ::PQresultStatus(answer.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
      throw DataError("{}: the server refused at row {}: {}", name_, row_ + 1,
                      one_line(::PQerrorMessage(connection_.get())));
    }
    return answer;
  }

  bool fetch_more() {
    // Large rows come fewer at a time.
    const std::size_t mean =
        row_ == 0 ? kPieceBytes / 16 : 1 + bytes_ / static_cast<std::size_t>(row_);
    const std::size_t count = std::clamp<std::size_t>(kPieceBytes / mean, 1, kFetchRows);
    answer_ = run(text("FETCH FORWARD {} FROM fettle_rows", count));
    fetched_ = ::PQntuples(answer_.get());
    next_ = 0;
    return fetched_ > 0;
  }

  void add(PieceBuilder& out, PGresult* answer, int i) {
    const Origin origin{name_, ++row_};
    const auto size = static_cast<std::size_t>(::PQgetlength(answer, i, 0));
    if (size > max_bytes_) {
      out.add({problem(origin.text(),
                       text("the row is larger than {} (max_row_bytes)", byte_size(max_bytes_))),
               origin});
      return;
    }
    padded_.assign(::PQgetvalue(answer, i, 0), size);
    padded_.append(kPadding, '\0');
    out.count_bytes(size);
    bytes_ += size;
    out.add({parse_padded(std::string_view(padded_).substr(0, size), origin), origin});
  }

  std::string name_;
  std::size_t max_bytes_;
  std::unique_ptr<PGconn, Finish> connection_;
  std::string padded_;
  Answer answer_;
  int fetched_ = 0;
  int next_ = 0;
  std::size_t bytes_ = 0;
  std::int64_t row_ = 0;
};

}  // namespace

bool is_postgres(std::string_view path) {
  return path.starts_with("postgresql://") || path.starts_with("postgres://");
}

std::unique_ptr<PartReader> open_postgres(const SourceConfig& config, const Place& from) {
  return std::make_unique<PostgresReader>(config, from);
}

}  // namespace fettle::data::collect
