#include "data/annotate/store.h"

#include <utility>

#include "base/error.h"

namespace fettle::data {
namespace {

constexpr std::int64_t kApplication = 0x66747461;  // "ftta"
constexpr std::int64_t kSchema = 1;

constexpr const char* kTables = R"(
CREATE TABLE rows (
  row INTEGER PRIMARY KEY, origin TEXT NOT NULL, item TEXT NOT NULL, rest TEXT NOT NULL);
CREATE TABLE suggestions (
  row INTEGER PRIMARY KEY REFERENCES rows(row), value TEXT NOT NULL, confidence REAL,
  scores TEXT NOT NULL, source TEXT NOT NULL);
CREATE TABLE annotators (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, since INTEGER NOT NULL);
CREATE TABLE answers (
  row INTEGER NOT NULL REFERENCES rows(row),
  annotator INTEGER NOT NULL REFERENCES annotators(id),
  value TEXT, seconds REAL NOT NULL, at INTEGER NOT NULL,
  PRIMARY KEY (row, annotator)) WITHOUT ROWID;
CREATE TABLE adjudications (
  row INTEGER PRIMARY KEY REFERENCES rows(row),
  annotator INTEGER NOT NULL REFERENCES annotators(id),
  value TEXT, seconds REAL NOT NULL, at INTEGER NOT NULL);
CREATE TABLE history (
  id INTEGER PRIMARY KEY AUTOINCREMENT, annotator INTEGER NOT NULL REFERENCES annotators(id),
  target TEXT NOT NULL, row INTEGER NOT NULL, before TEXT, undone INTEGER NOT NULL DEFAULT 0);
CREATE INDEX history_by_annotator ON history(annotator, undone, id);
CREATE TABLE notes (key TEXT PRIMARY KEY, value TEXT NOT NULL);
)";

Json parsed(const std::string& source, const std::string& file) {
  Result<Json> json = parse_json(source, file);
  if (!json) throw DataError("{}", json.error().message());
  return std::move(*json);
}

std::int64_t pragma(Database& database, const std::string& name) {
  Statement statement = database.prepare("PRAGMA " + name);
  return statement.step() ? statement.integer(0) : 0;
}

// Columns value, seconds, at from `first` on.
void read_answer(const Statement& statement, int first, const std::string& file,
                 StoredAnswer& answer) {
  if (const auto value = statement.optional_text(first)) answer.value = parsed(*value, file);
  answer.seconds = statement.real(first + 1);
  answer.at = statement.integer(first + 2);
}

Json to_json(const StoredAnswer& answer) {
  return {{"annotator", answer.annotator},
          {"value", answer.value ? *answer.value : Json(nullptr)},
          {"seconds", answer.seconds},
          {"at", answer.at}};
}

StoredAnswer from_json(const Json& json, std::int64_t row) {
  StoredAnswer answer{row, json.at("annotator").get<std::int64_t>(), std::nullopt,
                      json.at("seconds").get<double>(), json.at("at").get<std::int64_t>()};
  if (!json.at("value").is_null()) answer.value = json.at("value");
  return answer;
}

std::optional<std::string> value_text(const StoredAnswer& answer) {
  if (!answer.value) return std::nullopt;
  return to_text(*answer.value);
}

}  // namespace

Store::Store(const std::filesystem::path& path, Database::Mode mode) : database_(path, mode) {
  Transaction transaction(database_);
  const std::int64_t application = pragma(database_, "application_id");
  const std::int64_t schema = pragma(database_, "user_version");
  Statement tables = database_.prepare("SELECT count(*) FROM sqlite_master");
  const bool empty = tables.step() && tables.integer(0) == 0;
  if (empty) {
    database_.execute(kTables);
    database_.execute(
        text("PRAGMA application_id={}; PRAGMA user_version={}", kApplication, kSchema));
  } else if (application != kApplication || schema > kSchema) {
    throw DataError("{}: is a database of {}; name another project folder", database_.file(),
                    application == kApplication ? "a newer fettle" : "another program");
  }
  transaction.commit();
}

std::int64_t Store::add_rows(const std::function<void(const AddRow&)>& produce) {
  Transaction transaction(database_);
  const std::int64_t first = rows();
  std::int64_t number = first;
  Statement insert = database_.prepare("INSERT INTO rows VALUES (?1, ?2, ?3, ?4)");
  Statement suggest = database_.prepare("INSERT INTO suggestions VALUES (?1, ?2, ?3, ?4, ?5)");
  produce([&](const StoredRow& row, const std::optional<Suggestion>& suggestion) {
    insert.bind(number).bind(row.origin).bind(to_text(row.item)).bind(to_text(row.rest)).run();
    if (suggestion) {
      suggest.bind(number).bind(to_text(suggestion->value)).bind(suggestion->confidence);
      suggest.bind(to_text(Json(suggestion->scores))).bind(suggestion->source).run();
    }
    ++number;
  });
  transaction.commit();
  return number - first;
}

std::int64_t Store::rows() {
  Statement statement = database_.prepare("SELECT count(*) FROM rows");
  return statement.step() ? statement.integer(0) : 0;
}

StoredRow Store::row(std::int64_t row) {
  Statement statement = database_.prepare("SELECT origin, item, rest FROM rows WHERE row = ?1");
  if (!statement.bind(row).step()) {
    throw DataError("{}: there is no row {}", database_.file(), row);
  }
  return {row, statement.text(0), parsed(statement.text(1), database_.file()),
          parsed(statement.text(2), database_.file())};
}

void Store::set_suggestions(const std::vector<std::pair<std::int64_t, Suggestion>>& suggestions) {
  Transaction transaction(database_);
  Statement put = database_.prepare("INSERT OR REPLACE INTO suggestions VALUES (?1,?2,?3,?4,?5)");
  for (const auto& [row, suggestion] : suggestions) {
    put.bind(row).bind(to_text(suggestion.value)).bind(suggestion.confidence);
    put.bind(to_text(Json(suggestion.scores))).bind(suggestion.source).run();
  }
  transaction.commit();
}

namespace {

// Columns value, confidence, scores, source from `first` on.
Suggestion read_suggestion(const Statement& statement, int first, const std::string& file) {
  Suggestion out{parsed(statement.text(first), file), std::nullopt, {}, statement.text(first + 3)};
  if (!statement.is_null(first + 1)) out.confidence = statement.real(first + 1);
  out.scores = parsed(statement.text(first + 2), file).get<std::vector<double>>();
  return out;
}

}  // namespace

std::optional<Suggestion> Store::suggestion(std::int64_t row) {
  Statement statement =
      database_.prepare("SELECT value, confidence, scores, source FROM suggestions WHERE row = ?1");
  if (!statement.bind(row).step()) return std::nullopt;
  return read_suggestion(statement, 0, database_.file());
}

void Store::each_suggestion(const std::function<void(std::int64_t, const Suggestion&)>& sink) {
  Statement statement = database_.prepare(
      "SELECT row, value, confidence, scores, source FROM suggestions ORDER BY row");
  while (statement.step()) {
    sink(statement.integer(0), read_suggestion(statement, 1, database_.file()));
  }
}

Annotator Store::annotator(const std::string& name, std::int64_t now) {
  Transaction transaction(database_);
  database_.prepare("INSERT OR IGNORE INTO annotators (name, since) VALUES (?1, ?2)")
      .bind(name)
      .bind(now)
      .run();
  Statement statement = database_.prepare("SELECT id FROM annotators WHERE name = ?1");
  statement.bind(name);
  if (!statement.step()) throw InternalError("{}: an annotator was not kept", database_.file());
  const Annotator out{statement.integer(0), name};
  transaction.commit();
  return out;
}

std::vector<Annotator> Store::annotators() {
  std::vector<Annotator> out;
  Statement statement = database_.prepare("SELECT id, name FROM annotators ORDER BY id");
  while (statement.step()) out.push_back({statement.integer(0), statement.text(1)});
  return out;
}

void Store::put(const std::string& table, const StoredAnswer& answer) {
  database_
      .prepare("INSERT OR REPLACE INTO " + table +
               " (row, annotator, value, seconds, at) "
               "VALUES (?1, ?2, ?3, ?4, ?5)")
      .bind(answer.row)
      .bind(answer.annotator)
      .bind(value_text(answer))
      .bind(answer.seconds)
      .bind(answer.at)
      .run();
}

void Store::save(const std::string& table, const StoredAnswer& answer) {
  Transaction transaction(database_);
  const auto before = current(table, answer.row, answer.annotator);
  std::optional<std::string> kept;
  if (before) kept = to_text(to_json(*before));
  database_.prepare("INSERT INTO history (annotator, target, row, before) VALUES (?1, ?2, ?3, ?4)")
      .bind(answer.annotator)
      .bind(table)
      .bind(answer.row)
      .bind(kept)
      .run();
  put(table, answer);
  transaction.commit();
}

std::optional<Undone> Store::undo(std::int64_t annotator) {
  Transaction transaction(database_);
  Statement last = database_.prepare(
      "SELECT id, target, row, before FROM history WHERE annotator = ?1 AND undone = 0 "
      "ORDER BY id DESC LIMIT 1");
  if (!last.bind(annotator).step()) return std::nullopt;
  const std::string table = last.text(1) == "answers" ? "answers" : "adjudications";
  Undone out{last.integer(2), table == "adjudications", {}, {}};
  out.taken = current(table, out.row, annotator);
  if (out.taken && out.taken->annotator != annotator) {
    // Another's adjudication came after; it stands.
    out.before = out.taken;
  } else if (const auto before = last.optional_text(3)) {
    out.before = from_json(parsed(*before, database_.file()), out.row);
    put(table, *out.before);
  } else if (table == "answers") {
    database_.prepare("DELETE FROM answers WHERE row = ?1 AND annotator = ?2")
        .bind(out.row)
        .bind(annotator)
        .run();
  } else {
    database_.prepare("DELETE FROM adjudications WHERE row = ?1").bind(out.row).run();
  }
  database_.prepare("UPDATE history SET undone = 1 WHERE id = ?1").bind(last.integer(0)).run();
  transaction.commit();
  return out;
}

std::vector<StoredAnswer> Store::read(const std::string& table, const std::string& rest,
                                      std::optional<std::int64_t> row) {
  Statement statement = database_.prepare("SELECT row, annotator, value, seconds, at FROM " +
                                          table + " " + rest + " ORDER BY row, at, annotator");
  if (row) statement.bind(*row);
  std::vector<StoredAnswer> out;
  while (statement.step()) {
    StoredAnswer answer{statement.integer(0), statement.integer(1), {}, 0, 0};
    read_answer(statement, 2, database_.file(), answer);
    out.push_back(std::move(answer));
  }
  return out;
}

std::optional<StoredAnswer> Store::current(const std::string& table, std::int64_t row,
                                           std::int64_t annotator) {
  // A row has one adjudication, whoever made it.
  for (StoredAnswer& answer : read(table, "WHERE row = ?1", row)) {
    if (table == "adjudications" || answer.annotator == annotator) return std::move(answer);
  }
  return std::nullopt;
}

std::optional<StoredAnswer> Store::answer_of(std::int64_t row, std::int64_t annotator) {
  return current("answers", row, annotator);
}

std::optional<StoredAnswer> Store::adjudication_of(std::int64_t row) {
  return current("adjudications", row, 0);
}

std::vector<StoredAnswer> Store::answers_of(std::int64_t row) {
  return read("answers", "WHERE row = ?1", row);
}

std::vector<StoredAnswer> Store::all_answers() { return read("answers", "", {}); }

std::vector<StoredAnswer> Store::all_adjudications() { return read("adjudications", "", {}); }

std::optional<std::string> Store::note(const std::string& key) {
  Statement statement = database_.prepare("SELECT value FROM notes WHERE key = ?1");
  if (!statement.bind(key).step()) return std::nullopt;
  return statement.text(0);
}

void Store::set_note(const std::string& key, const std::string& value) {
  database_.prepare("INSERT OR REPLACE INTO notes VALUES (?1, ?2)").bind(key).bind(value).run();
}

}  // namespace fettle::data
