#include "data/prepare/packed_rows.h"

#include <algorithm>
#include <cstring>

#include "base/error.h"
#include "data/time_of.h"

namespace fettle::data::prepare {
namespace {

// What stands before the texts of a row; written as it lies in memory, read on the same machine.
struct RowHead {
  std::uint32_t source, file, label, language, form, part;
  std::int64_t line;
  std::uint64_t group;
  std::uint32_t characters, words, answer_words, notes, fields, month;
};

std::string text_note(const Json& notes, std::string_view key) {
  const Json* const value = find(notes, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

void add_size(const std::string& words, TextRole role, TextSize& size) {
  const auto is_space = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  std::uint32_t characters = 0;
  for (const char c : words) characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  // A word begins at the start or behind a space: counted without a state, many bytes at once.
  std::uint32_t count = !words.empty() && !is_space(words.front()) ? 1 : 0;
  const char* const bytes = words.data();
  for (std::size_t i = 1; i < words.size(); ++i) {
    count += static_cast<std::uint32_t>(is_space(bytes[i - 1]) & !is_space(bytes[i]));
  }
  size.characters += characters;
  size.words += count;
  if (role == TextRole::kAnswer) size.answer_words += count;
}

}  // namespace

Names::Names(const Json& list) {
  for (const Json& one : list) list_.push_back(one.get<std::string>());
}

std::uint32_t Names::number(std::string_view name) {
  if (const auto known = numbers_.find(name); known != numbers_.end()) return known->second;
  const auto number = static_cast<std::uint32_t>(list_.size());
  numbers_.emplace(name, number);
  list_.emplace_back(name);
  return number;
}

Json Names::json() const { return list_; }

TextSize size_of(const Json& fields) {
  TextSize size;
  for_each_text(fields,
                [&](const std::string& words, TextRole role) { add_size(words, role, size); });
  return size;
}

void pack(const PackedRow& row, std::string& out) {
  const RowHead head{row.source,
                     row.file,
                     row.label,
                     row.language,
                     row.form,
                     row.part,
                     row.line,
                     row.group,
                     row.size.characters,
                     row.size.words,
                     row.size.answer_words,
                     static_cast<std::uint32_t>(row.notes.size()),
                     static_cast<std::uint32_t>(row.fields.size()),
                     row.month};
  out.append(reinterpret_cast<const char*>(&head), sizeof head);
  out += row.notes;
  out += row.fields;
}

PackedRow describe(const Record& record, Names& names, std::string_view date_column) {
  return {.source = record.source,
          .file = names.number(record.origin.file),
          .label = names.number(label_of(record.fields)),
          .language = names.number(text_note(record.notes, "language")),
          .form = names.number(form_of(record.fields)),
          .part = names.number(record.part),
          .month = names.number(month_of_row(record.fields, date_column)),
          .line = record.origin.line,
          .group = record.group,
          .size = size_of(record.fields),
          .notes = {},
          .fields = {}};
}

void unpack(std::string_view section, const std::function<void(const PackedRow&)>& visit) {
  while (!section.empty()) {
    RowHead head{};
    if (section.size() < sizeof head) throw InternalError("packed rows end inside a row");
    std::memcpy(&head, section.data(), sizeof head);
    section.remove_prefix(sizeof head);
    if (section.size() < std::size_t{head.notes} + head.fields) {
      throw InternalError("packed rows end inside a row");
    }
    visit({.source = head.source,
           .file = head.file,
           .label = head.label,
           .language = head.language,
           .form = head.form,
           .part = head.part,
           .month = head.month,
           .line = head.line,
           .group = head.group,
           .size = {head.characters, head.words, head.answer_words},
           .notes = section.substr(0, head.notes),
           .fields = section.substr(head.notes, head.fields)});
    section.remove_prefix(std::size_t{head.notes} + head.fields);
  }
}

Record to_record(const PackedRow& row, const Names& names) {
  Record record;
  Result<Json> fields = parse_json(row.fields, "a packed row");
  if (!fields) throw InternalError("{}", fields.error().message());
  record.fields = std::move(*fields);
  if (row.notes != "{}") {
    Result<Json> notes = parse_json(row.notes, "a packed row");
    if (!notes) throw InternalError("{}", notes.error().message());
    record.notes = std::move(*notes);
  }
  record.origin = {names.name(row.file), row.line};
  record.source = row.source;
  record.part = names.name(row.part);
  record.group = row.group;
  return record;
}

}  // namespace fettle::data::prepare
