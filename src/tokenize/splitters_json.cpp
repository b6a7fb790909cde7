// Normalizers and pre-tokenizers of a tokenizer.json.
#include <algorithm>

#include "tokenize/parts_json.h"
#include "tokenize/scanner.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

constexpr std::size_t kMaxSteps = 1024;

void check_steps(const JsonField& field, std::size_t count) {
  if (count > kMaxSteps) field.refuse(text("at most {} steps are supported", kMaxSteps));
}

void add_normalizer(const JsonField& field, Normalizers& steps) {
  check_steps(field, steps.size());
  const std::string type = field.type();
  if (type == "Sequence") {
    const JsonField list = field.at("normalizers");
    std::size_t i = 0;
    for (const Json& value : list.array()) add_normalizer(list.element(i++, value), steps);
  } else if (type == "NFC") {
    steps.push_back(form_normalizer(Form::kNfc));
  } else if (type == "NFD") {
    steps.push_back(form_normalizer(Form::kNfd));
  } else if (type == "NFKC") {
    steps.push_back(form_normalizer(Form::kNfkc));
  } else if (type == "NFKD") {
    steps.push_back(form_normalizer(Form::kNfkd));
  } else if (type == "Lowercase") {
    steps.push_back(lowercase_normalizer());
  } else if (type == "Strip") {
    steps.push_back(strip_normalizer(field.boolean_or("strip_left", true),
                                     field.boolean_or("strip_right", true)));
  } else if (type == "Prepend") {
    steps.push_back(prepend_normalizer(field.at("prepend").string()));
  } else if (type == "Replace") {
    steps.push_back(
        replace_normalizer(read_pattern(field.at("pattern")), field.at("content").string()));
  } else {
    field.at("type").refuse(
        "supported are Lowercase, NFC, NFD, NFKC, NFKD, Prepend, Replace, Sequence and Strip");
  }
}

SplitBehavior read_behavior(const JsonField& field) {
  const std::string name = field.string();
  if (name == "Removed") return SplitBehavior::kRemoved;
  if (name == "Isolated") return SplitBehavior::kIsolated;
  if (name == "MergedWithPrevious") return SplitBehavior::kMergedWithPrevious;
  if (name == "MergedWithNext") return SplitBehavior::kMergedWithNext;
  if (name == "Contiguous") return SplitBehavior::kContiguous;
  field.refuse(
      "supported are Contiguous, Isolated, MergedWithNext, MergedWithPrevious and Removed");
}

SplitBehavior behavior_or_isolated(const JsonField& field) {
  const std::optional<JsonField> behavior = field.get("behavior");
  return behavior ? read_behavior(*behavior) : SplitBehavior::kIsolated;
}

void add_byte_level(const JsonField& field, PreTokenizers& steps) {
  if (field.boolean_or("add_prefix_space", true)) steps.push_back(prefix_space_pre_tokenizer());
  if (field.boolean_or("use_regex", true)) {
    steps.push_back(split_pre_tokenizer(regex_pattern(gpt2_expression(), field.where()),
                                        SplitBehavior::kIsolated, false));
  }
  steps.push_back(byte_character_pre_tokenizer());
}

PrependScheme read_scheme(const JsonField& field) {
  if (!field.boolean_or("add_prefix_space", true)) return PrependScheme::kNever;
  const std::optional<JsonField> scheme = field.get("prepend_scheme");
  if (!scheme || scheme->string() == "always") return PrependScheme::kAlways;
  if (scheme->string() == "first") return PrependScheme::kFirst;
  if (scheme->string() == "never") return PrependScheme::kNever;
  scheme->refuse("supported are always, first and never");
}

std::unique_ptr<PreTokenizer> split_by_class(bool (*belongs)(char32_t), SplitBehavior behavior) {
  return split_pre_tokenizer(class_pattern(belongs), behavior, false);
}

void add_pre_tokenizer(const JsonField& field, PreTokenizers& steps) {
  check_steps(field, steps.size());
  const std::string type = field.type();
  if (type == "Sequence") {
    const JsonField list = field.at("pretokenizers");
    std::size_t i = 0;
    for (const Json& value : list.array()) add_pre_tokenizer(list.element(i++, value), steps);
  } else if (type == "ByteLevel") {
    add_byte_level(field, steps);
  } else if (type == "Split") {
    steps.push_back(split_pre_tokenizer(read_pattern(field.at("pattern")),
                                        read_behavior(field.at("behavior")),
                                        field.boolean_or("invert", false)));
  } else if (type == "Digits") {
    const bool single = field.boolean_or("individual_digits", false);
    steps.push_back(
        split_by_class(is_numeric, single ? SplitBehavior::kIsolated : SplitBehavior::kContiguous));
  } else if (type == "Metaspace") {
    const std::string replacement = field.at("replacement").string();
    if (count_characters(replacement) != 1) {
      field.at("replacement").refuse("one character is expected");
    }
    steps.push_back(
        metaspace_pre_tokenizer(replacement, read_scheme(field), field.boolean_or("split", true)));
  } else if (type == "Whitespace") {
    steps.push_back(whitespace_pre_tokenizer());
  } else if (type == "WhitespaceSplit") {
    steps.push_back(split_by_class(is_space, SplitBehavior::kRemoved));
  } else if (type == "Punctuation") {
    steps.push_back(split_by_class(is_punctuation, behavior_or_isolated(field)));
  } else {
    field.at("type").refuse(
        "supported are ByteLevel, Digits, Metaspace, Punctuation, Sequence, "
        "Split, Whitespace and WhitespaceSplit");
  }
}

}  // namespace

std::unique_ptr<Pattern> read_pattern(const JsonField& field) {
  if (const std::optional<JsonField> literal = field.get("String")) {
    return literal_pattern(literal->string());
  }
  if (const std::optional<JsonField> regex = field.get("Regex")) {
    return regex_pattern(regex->string(), regex->where());
  }
  field.refuse("an object with the key String or Regex is expected");
}

Normalizers read_normalizers(const JsonField& document) {
  Normalizers steps;
  if (const std::optional<JsonField> field = document.get("normalizer")) {
    add_normalizer(*field, steps);
  }
  return steps;
}

PreTokenizers read_pre_tokenizers(const JsonField& document) {
  PreTokenizers steps;
  if (const std::optional<JsonField> field = document.get("pre_tokenizer")) {
    add_pre_tokenizer(*field, steps);
  }
  return steps;
}

}  // namespace fettle::tokenize
