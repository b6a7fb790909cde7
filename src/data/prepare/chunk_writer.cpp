#include "data/prepare/chunk_writer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace fettle::data::prepare {
namespace {

void append_number(std::uint32_t value, std::string& out) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_quoted(std::string_view words, std::string& out) {
  const bool plain =
      words.find_first_of("\"\\") == std::string_view::npos &&
      std::none_of(words.begin(), words.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7E;
      });
  if (plain) {
    out += '"';
    out += words;
    out += '"';
  } else {
    out += to_text(Json(std::string(words)));
  }
}

}  // namespace

ChunkWriter::ChunkWriter(const PassPlan& plan, std::size_t chunk)
    : plan_(plan),
      chunk_(chunk),
      tally_(plan.stage_count),
      observed_(plan.sets.size()),
      clock_(plan.seconds()) {
  for (const RowStep& step : plan.rows) at_once_ = std::max(at_once_, step.stage->at_once());
}

void ChunkWriter::spend(double& on) {
  const double now = plan_.seconds();
  on += now - clock_;
  clock_ = now;
}

// The same for a record whatever else runs beside it: its chunk, its place there, its copy.
std::uint64_t ChunkWriter::place(std::uint64_t copy) const {
  return (std::uint64_t{chunk_} << 40U) | (seen_ << 8U) | (copy & 0xFFU);
}

void ChunkWriter::explain(const Origin& origin, std::uint32_t source, std::string_view stage,
                          std::string_view action, std::string_view reason,
                          std::string_view detail) {
  why_ += R"({"file":)";
  append_quoted(origin.file, why_);
  why_ += text(R"(,"line":{},"source":{},"stage":"{}","action":"{}","reason":)", origin.line,
               source, stage, action);
  append_quoted(reason, why_);
  if (!detail.empty()) {
    why_ += R"(,"detail":)";
    append_quoted(detail, why_);
  }
  why_ += "}\n";
}

void ChunkWriter::take(Record record) {
  ++seen_;
  record.ordinal = place(0);
  if (plan_.first) {
    ++tally_.stages[0].in;
    PackedRow row = describe(record, names_, plan_.date_column);
    tally_.before.add(row, names_, row.size.characters);
    spend(tally_.stages[0].seconds);
  } else {
    spend(tally_.own_seconds);
  }
  queue(std::move(record));
}

void ChunkWriter::take_bad(const Problem& problem, const Origin& origin, std::uint32_t source) {
  ++seen_;
  StageTally& reading = tally_.stages[0];
  ++reading.in;
  ++reading.dropped;
  ++reading.drop_reasons["malformed"];
  if (tally_.first_bad.empty()) tally_.first_bad = problem.message();
  explain(origin, source, "read", "dropped", "malformed", problem.what);
  spend(reading.seconds);
}

void ChunkWriter::queue(Record record) {
  waiting_.push_back(std::move(record));
  if (waiting_.size() >= at_once_) run_stages(std::exchange(waiting_, {}));
}

void ChunkWriter::run_stages(std::vector<Record> records) {
  for (const RowStep& step : plan_.rows) {
    if (records.empty()) return;
    apply(step, records);
    expand(step, records);
    spend(tally_.stages[step.number].seconds);
  }
  for (const Record& record : records) emit(record);
}

// Leaves the records that are kept.
void ChunkWriter::apply(const RowStep& step, std::vector<Record>& records) {
  StageTally& tally = tally_.stages[step.number];
  tally.in += records.size();
  std::size_t kept = 0;
  step.stage->apply_all(records, [&](std::size_t i, const Verdict& verdict) {
    const Record& record = records[i];
    if (verdict.kind == Verdict::Kind::kDropped) {
      ++tally.dropped;
      ++tally.drop_reasons[verdict.reason];
      return explain(record.origin, record.source, step.name, "dropped", verdict.reason,
                     verdict.detail);
    }
    if (verdict.kind == Verdict::Kind::kChanged) {
      ++tally.changed;
      ++tally.change_reasons[verdict.reason];
      if (plan_.explain_changes) {
        explain(record.origin, record.source, step.name, "changed", verdict.reason, verdict.detail);
      }
    }
    if (kept != i) records[kept] = std::move(records[i]);
    ++kept;
  });
  records.resize(kept);
}

// Puts a parent's children right behind it.
void ChunkWriter::expand(const RowStep& step, std::vector<Record>& records) {
  std::vector<std::pair<std::size_t, std::vector<Record>>> families;
  step.stage->expand_all(records, [&](std::size_t i, std::vector<Record> children) {
    families.emplace_back(i, std::move(children));
  });
  if (families.empty()) return;
  std::vector<Record> all;
  std::size_t next = 0;
  for (auto& [parent, children] : families) {
    for (; next <= parent; ++next) all.push_back(std::move(records[next]));
    const std::size_t at = all.size() - 1;
    tally_.stages[step.number].made += children.size();
    for (Record& child : children) {
      child.origin = all[at].origin;
      child.source = all[at].source;
      child.ordinal = all[at].ordinal;
      child.part = all[at].part;
      child.group = all[at].group;
      child.notes["parent"] = child.origin.text();
      all.push_back(std::move(child));
    }
  }
  for (; next < records.size(); ++next) all.push_back(std::move(records[next]));
  records = std::move(all);
}

void ChunkWriter::emit(const Record& record) {
  PackedRow row = describe(record, names_, plan_.date_column);
  const std::string notes = record.notes.empty() ? "{}" : to_text(record.notes);
  const std::string fields = to_text(record.fields);
  row.notes = notes;
  row.fields = fields;
  spend(tally_.own_seconds);
  for (std::size_t i = 0; i < plan_.sets.size(); ++i) {
    std::string& out = observed_[i];
    const std::size_t at = out.size();
    append_number(0, out);
    plan_.sets[i].stage->observe(record, out);
    spend(tally_.stages[plan_.sets[i].number].seconds);
    const auto length = static_cast<std::uint32_t>(out.size() - at - sizeof(std::uint32_t));
    std::memcpy(out.data() + at, &length, sizeof length);
  }
  put(row);
}

std::string& ChunkWriter::part_lines(const std::string& part) {
  for (auto& [name, lines] : parts_) {
    if (name == part) return lines;
  }
  return parts_.emplace_back(part, std::string()).second;
}

void ChunkWriter::write_line(const PackedRow& row, std::string& lines) const {
  if (plan_.keep_notes.empty() || row.notes == "{}") {
    lines += row.fields;
  } else {
    Json fields = *parse_json(row.fields, "a packed row");
    const Json notes = *parse_json(row.notes, "a packed row");
    for (const std::string& key : plan_.keep_notes) {
      if (const Json* const note = find(notes, key)) fields[key] = *note;
    }
    lines += to_text(fields);
  }
  lines += '\n';
}

void ChunkWriter::put(const PackedRow& row) {
  ++kept_;
  bytes_ += row.fields.size();
  if (plan_.last) {
    tally_.after.add(row, names_, row.fields.size() + 1);
    std::string& lines = part_lines(row.part == 0 ? "train" : names_.name(row.part));
    write_line(row, lines);
    return;
  }
  standing_ = standing_ || row.group != 0 || row.part != 0;
  pack(row, rows_);
  append_number(row.file, origins_);
  append_number(static_cast<std::uint32_t>(row.line), origins_);
}

void ChunkWriter::take(const PackedRow& row, const Names& names, std::uint64_t copies) {
  ++seen_;
  for (std::uint64_t i = 0; i < copies; ++i) {
    if (!plan_.rows.empty() || !plan_.sets.empty()) {
      Record record = to_record(row, names);
      record.ordinal = place(i);
      spend(tally_.own_seconds);
      queue(std::move(record));
      continue;
    }
    PackedRow own = row;
    own.file = names_.number(names.name(row.file));
    own.label = names_.number(names.name(row.label));
    own.language = names_.number(names.name(row.language));
    own.form = names_.number(names.name(row.form));
    own.part = names_.number(names.name(row.part));
    own.month = names_.number(names.name(row.month));
    put(own);
  }
}

void ChunkWriter::drop(const PackedRow& row, const Names& names, std::size_t stage,
                       std::string_view name, std::string_view reason, std::string_view detail) {
  ++seen_;
  StageTally& tally = tally_.stages[stage];
  ++tally.dropped;
  ++tally.drop_reasons[std::string(reason)];
  explain({names.name(row.file), row.line}, row.source, name, "dropped", reason, detail);
}

ChunkParts ChunkWriter::finish() {
  run_stages(std::exchange(waiting_, {}));
  ChunkParts parts;
  spend(tally_.own_seconds);
  parts.info = {{"rows", kept_}, {"seen", seen_}, {"bytes", bytes_}, {"tally", tally_.json()}};
  if (!plan_.last) {
    parts.info["names"] = names_.json();
    parts.info["standing"] = standing_;
    parts.sections.emplace_back("rows", std::move(rows_));
    parts.sections.emplace_back("origins", std::move(origins_));
  }
  for (std::size_t i = 0; i < observed_.size(); ++i) {
    parts.sections.emplace_back(text("observed-{}", plan_.sets[i].number), std::move(observed_[i]));
  }
  for (auto& [part, lines] : parts_) parts.sections.emplace_back("part-" + part, std::move(lines));
  parts.sections.emplace_back("why", std::move(why_));
  return parts;
}

}  // namespace fettle::data::prepare
