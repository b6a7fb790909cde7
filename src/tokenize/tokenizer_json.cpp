// tokenizer.json and the files beside it.
#include <utility>

#include "base/file.h"
#include "tokenize/parts_json.h"

namespace fettle::tokenize {
namespace {

Vocabulary read_vocabulary(const JsonField& model) {
  const JsonField field = model.at("vocab");
  Vocabulary vocabulary;
  for (const auto& [token, value] : field.object().items()) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > Vocabulary::kMaxId) {
      throw DataError("{}: the id of the token \"{}\" is {}; an integer from 0 to {} is expected",
                      field.where(), token, to_text(value), Vocabulary::kMaxId);
    }
    const auto id = static_cast<TokenId>(value.get<std::uint64_t>());
    if (!vocabulary.add(token, id)) {
      throw DataError("{}: the tokens \"{}\" and \"{}\" both have id {}; give each its own",
                      field.where(), vocabulary.token_of(id), token, id);
    }
  }
  return vocabulary;
}

// Both ways to write a merge: "a b" and ["a", "b"].
std::optional<MergeRow> merge_row(const Json& value) {
  if (value.is_array() && value.size() == 2 && value[0].is_string() && value[1].is_string()) {
    return MergeRow{value[0].get_ref<const std::string&>(), value[1].get_ref<const std::string&>(),
                    0};
  }
  if (!value.is_string()) return std::nullopt;
  const std::string_view line = value.get_ref<const std::string&>();
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || line.find(' ', space + 1) != std::string_view::npos) {
    return std::nullopt;
  }
  return MergeRow{line.substr(0, space), line.substr(space + 1), 0};
}

MergeTable read_merges(const JsonField& model, const Vocabulary& vocabulary) {
  const JsonField field = model.at("merges");
  MergeTable merges;
  std::uint32_t rank = 0;
  std::size_t i = 0;
  for (const Json& value : field.array()) {
    const std::size_t index = i++;
    if (value.is_string() && value.get_ref<const std::string&>().starts_with("#version")) continue;
    std::optional<MergeRow> row = merge_row(value);
    if (!row)
      field.element(index, value).refuse("two tokens, as \"a b\" or [\"a\", \"b\"], are expected");
    row->rank = rank++;
    if (const std::optional<std::string> missing = add_merge(vocabulary, *row, merges)) {
      throw DataError(
          "{}[{}] names the token \"{}\", which model.vocab lacks; add it or remove the "
          "merge",
          field.where(), index, *missing);
    }
  }
  return merges;
}

void check_model(const JsonField& model) {
  const std::optional<JsonField> type = model.get("type");
  if (type && type->string() != "BPE") {
    type->refuse("the one supported model is BPE; convert the tokenizer or choose another model");
  }
  for (const std::string_view key : {"continuing_subword_prefix", "end_of_word_suffix"}) {
    const std::optional<JsonField> affix = model.get(key);
    if (affix && !affix->string().empty()) affix->refuse("only null or \"\" is supported");
  }
  const std::optional<JsonField> dropout = model.get("dropout");
  if (dropout && !(dropout->value().is_number() && dropout->value().get<double>() == 0.0)) {
    dropout->refuse("only null or 0 is supported, so that a text has one encoding");
  }
}

Bpe read_model(const JsonField& model) {
  check_model(model);
  Vocabulary vocabulary = read_vocabulary(model);
  MergeTable merges = read_merges(model, vocabulary);
  BpeOptions options;
  options.byte_fallback = model.boolean_or("byte_fallback", false);
  options.fuse_unk = model.boolean_or("fuse_unk", false);
  options.ignore_merges = model.boolean_or("ignore_merges", false);
  if (const std::optional<JsonField> unk = model.get("unk_token")) {
    options.unk = vocabulary.id_of(unk->string());
    if (!options.unk) unk->refuse("model.vocab has no such token; add it or set null");
  }
  return Bpe(std::move(vocabulary), std::move(merges), options);
}

std::unique_ptr<Tokenizer> read_tokenizer(const Json& json, std::string_view where,
                                          const Json* config, const Json* map) {
  const JsonField document(json, std::string(where));
  const std::optional<JsonField> version = document.get("version");
  if (version && version->string() != "1.0") version->refuse("supported is 1.0");
  const JsonField model = document.at("model");
  Bpe bpe = read_model(model);
  const std::vector<AddedToken> added = read_added_tokens(document, bpe.vocabulary());
  const auto named = [&](std::string_view key) -> std::optional<TokenId> {
    for (const Json* source : {config, map}) {
      const Json* value = source == nullptr ? nullptr : find(*source, key);
      // A token is its text, or an object that holds it.
      if (value != nullptr && value->is_object()) value = find(*value, "content");
      if (value == nullptr || !value->is_string()) continue;
      const auto& content = value->get_ref<const std::string&>();
      for (const AddedToken& token : added) {
        if (token.content == content) return token.id;
      }
      if (const std::optional<TokenId> id = bpe.vocabulary().id_of(content)) return id;
    }
    return std::nullopt;
  };
  SpecialTokens special;
  special.bos = named("bos_token");
  special.eos = named("eos_token");
  special.pad = named("pad_token");
  special.unk = named("unk_token");
  if (const std::optional<JsonField> unk = model.get("unk_token"); unk && !special.unk) {
    special.unk = bpe.vocabulary().id_of(unk->string());
  }
  return assemble(document, std::move(bpe), special);
}

}  // namespace

std::optional<std::string> add_merge(const Vocabulary& vocabulary, const MergeRow& row,
                                     MergeTable& merges) {
  const std::optional<TokenId> left = vocabulary.id_of(row.left);
  if (!left) return std::string(row.left);
  const std::optional<TokenId> right = vocabulary.id_of(row.right);
  if (!right) return std::string(row.right);
  std::string both(row.left);
  both += row.right;
  const std::optional<TokenId> joined = vocabulary.id_of(both);
  if (!joined) return both;
  merges.add(*left, *right, {row.rank, *joined});
  return std::nullopt;
}

std::unique_ptr<Tokenizer> parse_tokenizer_json(std::string_view json, std::string_view where) {
  const Result<Json> parsed = parse_json(json, where);
  if (!parsed) throw DataError("{}", parsed.error().message());
  return read_tokenizer(*parsed, where, nullptr, nullptr);
}

std::unique_ptr<Tokenizer> load_tokenizer(const std::filesystem::path& folder) {
  const fs::path file = folder / "tokenizer.json";
  if (!fs::exists(file)) {
    throw DataError(
        "{}: there is no tokenizer.json; give a model folder that has one, or a GGUF "
        "file",
        folder);
  }
  const Json json = read_json_file(file);
  std::optional<Json> config;
  std::optional<Json> map;
  if (fs::exists(folder / "tokenizer_config.json")) {
    config = read_json_file(folder / "tokenizer_config.json");
  }
  if (fs::exists(folder / "special_tokens_map.json")) {
    map = read_json_file(folder / "special_tokens_map.json");
  }
  return read_tokenizer(json, file.native(), config ? &*config : nullptr, map ? &*map : nullptr);
}

}  // namespace fettle::tokenize
