#include "store/runs.h"

#include "base/error.h"

namespace fettle::store {
namespace {

constexpr std::int64_t kApplication = 0x66747372;  // "ftsr"
constexpr std::int64_t kSchema = 1;

constexpr const char* kTables = R"(
CREATE TABLE runs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, kind TEXT NOT NULL,
  folder TEXT NOT NULL, recipe TEXT NOT NULL, model TEXT NOT NULL, data TEXT NOT NULL,
  seed INTEGER NOT NULL, started REAL NOT NULL, seconds REAL NOT NULL, state TEXT NOT NULL,
  machine TEXT NOT NULL, version TEXT NOT NULL);
CREATE UNIQUE INDEX one_run_a_folder ON runs(kind, folder) WHERE folder <> '';
CREATE TABLE scores (
  run INTEGER NOT NULL REFERENCES runs(id) ON DELETE CASCADE, part TEXT NOT NULL,
  metric TEXT NOT NULL, filter TEXT NOT NULL, value REAL, low REAL, high REAL,
  rows INTEGER NOT NULL, signature TEXT NOT NULL);
CREATE INDEX scores_of_run ON scores(run);
)";

constexpr const char* kColumns =
    "SELECT id, name, kind, folder, recipe, model, data, seed, started, seconds, state, machine, "
    "version FROM runs ";

std::int64_t single(Database& database, const std::string& sql) {
  Statement statement = database.prepare(sql);
  return statement.step() ? statement.integer(0) : 0;
}

// Refuses what is no store of ours; true: there is nothing in it yet.
bool is_empty_store(Database& database) {
  if (single(database, "SELECT count(*) FROM sqlite_master") == 0) return true;
  const bool ours = single(database, "PRAGMA application_id") == kApplication;
  if (!ours || single(database, "PRAGMA user_version") > kSchema) {
    throw DataError("{}: is a database of {}; name another store with FETTLE_STORE or --store",
                    database.file(), ours ? "a newer fettle" : "another program");
  }
  return false;
}

// Makes the folder, and looks before anything is written: opening another program's database for
// writing would change it.
const fs::path& made_ready(const fs::path& path, Database::Mode mode) {
  if (mode == Database::Mode::kRead) return path;
  if (mode == Database::Mode::kCreate && path.has_parent_path()) make_folders(path.parent_path());
  std::error_code error;
  if (fs::exists(path, error)) {
    Database looked_at(path, Database::Mode::kRead);
    (void)is_empty_store(looked_at);
  }
  return path;
}

std::optional<std::int64_t> id_of_folder(Database& database, const Run& run) {
  if (run.folder.empty()) return std::nullopt;
  Statement statement = database.prepare("SELECT id FROM runs WHERE kind = ?1 AND folder = ?2");
  if (!statement.bind(run.kind).bind(run.folder).step()) return std::nullopt;
  return statement.integer(0);
}

std::string free_name(Database& database, const std::string& wished) {
  const std::string base = wished.empty() ? "run" : wished;
  std::string name = base;
  for (std::int64_t number = 2;; ++number) {
    Statement taken = database.prepare("SELECT 1 FROM runs WHERE name = ?1");
    if (!taken.bind(name).step()) return name;
    name = text("{}-{}", base, number);
  }
}

std::string name_of(Database& database, std::int64_t id) {
  Statement statement = database.prepare("SELECT name FROM runs WHERE id = ?1");
  return statement.bind(id).step() ? statement.text(0) : "";
}

// What a later record of the same run may change, in the order of both statements.
Statement& bind_changing(Statement& statement, const Run& run) {
  return statement.bind(run.recipe)
      .bind(run.model)
      .bind(run.data)
      .bind(run.seed)
      .bind(run.started)
      .bind(run.seconds)
      .bind(run.state)
      .bind(run.machine)
      .bind(run.version);
}

std::int64_t insert(Database& database, const Run& run) {
  Statement statement = database.prepare(
      "INSERT INTO runs (name, kind, folder, recipe, model, data, seed, started, seconds, state, "
      "machine, version) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)");
  statement.bind(free_name(database, run.name)).bind(run.kind).bind(run.folder);
  bind_changing(statement, run).run();
  return database.last_id();
}

void replace(Database& database, std::int64_t id, const Run& run) {
  Statement statement = database.prepare(
      "UPDATE runs SET recipe = ?1, model = ?2, data = ?3, seed = ?4, started = ?5, seconds = ?6, "
      "state = ?7, machine = ?8, version = ?9 WHERE id = ?10");
  bind_changing(statement, run).bind(id).run();
  database.prepare("DELETE FROM scores WHERE run = ?1").bind(id).run();
}

std::optional<double> optional_real(const Statement& statement, int column) {
  if (statement.is_null(column)) return std::nullopt;
  return statement.real(column);
}

std::vector<Score> scores_of(Database& database, std::int64_t id) {
  Statement rows = database.prepare(
      "SELECT part, metric, filter, value, low, high, rows, signature FROM scores "
      "WHERE run = ?1 ORDER BY rowid");
  rows.bind(id);
  std::vector<Score> out;
  while (rows.step()) {
    out.push_back({rows.text(0), rows.text(1), rows.text(2), optional_real(rows, 3),
                   optional_real(rows, 4), optional_real(rows, 5), rows.integer(6), rows.text(7)});
  }
  return out;
}

}  // namespace

RunStore::RunStore(const fs::path& path, Database::Mode mode)
    : database_(made_ready(path, mode), mode) {
  if (mode == Database::Mode::kRead) {
    if (is_empty_store(database_)) {
      throw DataError("{}: is empty; no run was recorded there", database_.file());
    }
    return;
  }
  // The lock comes first, so that of two processes one alone makes the tables.
  Transaction transaction(database_);
  if (is_empty_store(database_)) {
    database_.execute(kTables);
    database_.execute(
        text("PRAGMA application_id={}; PRAGMA user_version={}", kApplication, kSchema));
  }
  transaction.commit();
}

std::string RunStore::record(const Run& run) {
  Transaction transaction(database_);
  const std::optional<std::int64_t> known = id_of_folder(database_, run);
  if (known) replace(database_, *known, run);
  const std::int64_t id = known ? *known : insert(database_, run);
  Statement add =
      database_.prepare("INSERT INTO scores VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
  for (const Score& score : run.scores) {
    add.bind(id).bind(score.part).bind(score.metric).bind(score.filter);
    add.bind(score.value).bind(score.low).bind(score.high).bind(score.rows);
    add.bind(score.signature).run();
  }
  std::string name = name_of(database_, id);
  transaction.commit();
  return name;
}

std::vector<Run> RunStore::read(Statement& rows) {
  std::vector<Run> out;
  while (rows.step()) {
    out.push_back({rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.text(5),
                   rows.text(6), rows.integer(7), rows.real(8), rows.real(9), rows.text(10),
                   rows.text(11), rows.text(12), scores_of(database_, rows.integer(0))});
  }
  return out;
}

std::vector<Run> RunStore::list(std::string_view kind) {
  Statement rows =
      database_.prepare(std::string(kColumns) + "WHERE ?1 = '' OR kind = ?1 ORDER BY id");
  rows.bind(kind);
  return read(rows);
}

std::optional<Run> RunStore::find(std::string_view name) {
  Statement rows = database_.prepare(std::string(kColumns) + "WHERE name = ?1");
  rows.bind(name);
  std::vector<Run> found = read(rows);
  if (found.empty()) return std::nullopt;
  return std::move(found.front());
}

std::vector<std::string> RunStore::names() {
  Statement rows = database_.prepare("SELECT name FROM runs ORDER BY id");
  std::vector<std::string> out;
  while (rows.step()) out.push_back(rows.text(0));
  return out;
}

}  // namespace fettle::store
