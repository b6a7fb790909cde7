// probe_tokenize: tokenizers on the command line, for tests/oracle/test_tokenizers.py.
//   --model FOLDER | --gguf-vocab FILE.json   which tokenizer
//   --lines     reads a JSON string a line, prints {"ids": [...], "offsets": [[b, e], ...]} a line
//   --special   adds the special tokens
//   --decode    reads {"ids": [...], "skip": bool} a line, prints {"text": ..., "streamed": ...}
//   --hex       the lines are the texts' bytes in hexadecimal
//   --to-json   prints the tokenizer.json that equals the GGUF vocabulary
#include <iostream>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "tokenize/tokenizer.h"

namespace fettle::tokenize {
namespace {

struct Options {
  std::string model;
  std::string gguf;
  bool special = false;
  bool decode = false;
  bool hex = false;
  bool to_json = false;
};

Options read_options(const std::vector<std::string>& args) {
  Options options;
  for (std::size_t i = 1; i < args.size(); ++i) {
    if (args[i] == "--model" && i + 1 < args.size()) options.model = args[++i];
    if (args[i] == "--gguf-vocab" && i + 1 < args.size()) options.gguf = args[++i];
    if (args[i] == "--special") options.special = true;
    if (args[i] == "--decode") options.decode = true;
    if (args[i] == "--hex") options.hex = true;
    if (args[i] == "--to-json") options.to_json = true;
  }
  return options;
}

template <class T>
void read_list(const Json& json, const char* key, std::vector<T>& out) {
  const Json* list = find(json, key);
  if (list != nullptr) out = list->get<std::vector<T>>();
}

template <class T>
void read_optional(const Json& json, const char* key, std::optional<T>& out) {
  const Json* value = find(json, key);
  if (value != nullptr && !value->is_null()) out = value->get<T>();
}

GgufVocabulary read_vocabulary_file(const std::string& path) {
  const Json json = read_json_file(path);
  GgufVocabulary vocabulary;
  vocabulary.model = json.value("model", "");
  vocabulary.pre = json.value("pre", "");
  read_list(json, "tokens", vocabulary.tokens);
  read_list(json, "token_types", vocabulary.token_types);
  read_list(json, "scores", vocabulary.scores);
  read_list(json, "merges", vocabulary.merges);
  read_optional(json, "bos", vocabulary.bos);
  read_optional(json, "eos", vocabulary.eos);
  read_optional(json, "unk", vocabulary.unk);
  read_optional(json, "pad", vocabulary.pad);
  read_optional(json, "add_bos", vocabulary.add_bos);
  read_optional(json, "add_eos", vocabulary.add_eos);
  read_optional(json, "add_space_prefix", vocabulary.add_space_prefix);
  return vocabulary;
}

std::string from_hex(const std::string& line) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < line.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

Json encoded(const Tokenizer& tokenizer, const std::string& text, bool special) {
  const Encoding encoding = tokenizer.encode(text, special);
  Json offsets = Json::array();
  for (const auto& [begin, end] : encoding.offsets) offsets.push_back({begin, end});
  return {{"ids", encoding.ids}, {"offsets", std::move(offsets)}};
}

Json decoded(const Tokenizer& tokenizer, const Json& row) {
  const auto ids = row.at("ids").get<std::vector<TokenId>>();
  const bool skip = row.value("skip", false);
  StreamDecoder stream(tokenizer, skip);
  std::string streamed;
  for (const TokenId id : ids) streamed += stream.push(id);
  streamed += stream.finish();
  return {{"text", tokenizer.decode(ids, skip)}, {"streamed", streamed}};
}

int run(const Options& options) {
  if (options.to_json) {
    std::cout << tokenizer_json_from_gguf(read_vocabulary_file(options.gguf), options.gguf);
    return 0;
  }
  const auto tokenizer =
      options.gguf.empty() ? load_tokenizer(options.model)
                           : tokenizer_from_gguf(read_vocabulary_file(options.gguf), options.gguf);
  for (std::string line; std::getline(std::cin, line);) {
    Json out;
    if (options.decode) {
      out = decoded(*tokenizer, Json::parse(line));
    } else if (options.hex) {
      out = encoded(*tokenizer, from_hex(line), options.special);
    } else {
      out = encoded(*tokenizer, Json::parse(line).get<std::string>(), options.special);
    }
    std::cout << to_text(out) << '\n';
  }
  return 0;
}

}  // namespace
}  // namespace fettle::tokenize

int main(int argc, char** argv) {
  try {
    return fettle::tokenize::run(fettle::tokenize::read_options({argv, argv + argc}));
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
