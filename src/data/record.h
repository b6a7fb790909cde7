// A record on its way from a source to ready rows: what collecting gives, what cleaning changes,
// what matching compares.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "data/row.h"

namespace fettle::data {

// The keys of `fields` are the canonical ones that trainers know: messages (with tools), prompt and
// completion, instruction (with input, output, system, history), text (with label), chosen and
// rejected, image, audio. Mapping a source's own columns to them is the collector's work; other
// keys travel along untouched.
struct Record {
  Json fields = Json::object();
  // What stages found out, for the report and for later stages, not trained on:
  // {"language": "en", "perplexity": 31.2, "parent": "a.jsonl:7"}.
  Json notes = Json::object();
  Origin origin;
  std::uint32_t source = 0;   // which of the recipe's sources, from 0
  std::uint64_t ordinal = 0;  // grows along the stream, with gaps; a seed for row stages
  std::string part;           // "train", "validation", ...; empty before a split
  std::uint64_t group = 0;    // records of one group stay on one side of a split; 0: none
};

// What a piece of text is to the row: kAnswer is what a model learns to say, kCall an argument of a
// tool that it learns to call.
enum class TextRole { kSystem, kPrompt, kAnswer, kText, kCall };

// Calls `visit` for every text that people or models read in the record, in a stable order: the
// canonical keys, messages' content (strings and parts of type "text") and the texts among the
// arguments of their tool calls, Alpaca's history. Labels, roles, identifiers, file names, and the
// empty content of a message that only calls tools are not visited. `visit` may change the text in
// place.
void for_each_text(Json& fields, const std::function<void(std::string&, TextRole)>& visit);
void for_each_text(const Json& fields,
                   const std::function<void(const std::string&, TextRole)>& visit);

// All of those texts, joined by line ends: what a filter measures and duplicates are found by.
[[nodiscard]] std::string text_of(const Json& fields);

// "messages", "instruction", "completion", "classification", "preference", "kto", "text", "image",
// "audio", or "other": by the keys, without looking at the values.
[[nodiscard]] std::string_view form_of(const Json& fields);

// The label of a classification record as text (numbers in decimal); empty when it has none.
[[nodiscard]] std::string label_of(const Json& fields);

}  // namespace fettle::data
