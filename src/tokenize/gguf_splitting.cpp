// How the vocabularies that GGUF files name are split: each row is the tokenizer.json that the
// model was published with.
#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/nearest.h"
#include "tokenize/gguf_parts.h"
#include "tokenize/scanner.h"
#include "tokenize/unicode.h"
#include "tokenize/unicode_tables.h"

namespace fettle::tokenize {
namespace {

Json split_step(std::string_view expression) {
  return {{"type", "Split"},
          {"pattern", {{"Regex", expression}}},
          {"behavior", "Isolated"},
          {"invert", false}};
}

Json digits_step(bool individual) {
  return {{"type", "Digits"}, {"individual_digits", individual}};
}

Json byte_level_step(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

Json sequence_of(std::initializer_list<Json> steps) {
  Json list = Json::array();
  for (const Json& step : steps) list.push_back(step);
  return {{"type", "Sequence"}, {"pretokenizers", std::move(list)}};
}

// The letters of DeepSeek LLM's words: cased scripts as of Unicode 11.
constexpr CodeRange kCasedLetters[] = {
    {'A', 'Z'},         {'a', 'z'},         {0xB5, 0xB5},       {0xC0, 0xD6},
    {0xD8, 0xF6},       {0xF8, 0x1BA},      {0x1BC, 0x1BF},     {0x1C4, 0x293},
    {0x295, 0x2AF},     {0x370, 0x373},     {0x376, 0x376},     {0x377, 0x377},
    {0x37B, 0x37D},     {0x37F, 0x37F},     {0x386, 0x386},     {0x388, 0x38A},
    {0x38C, 0x38C},     {0x38E, 0x3A1},     {0x3A3, 0x3F5},     {0x3F7, 0x481},
    {0x48A, 0x52F},     {0x531, 0x556},     {0x10A0, 0x10C5},   {0x13A0, 0x13F5},
    {0x13F8, 0x13FD},   {0x1C90, 0x1CBA},   {0x1CBD, 0x1CBF},   {0x1D00, 0x1D2B},
    {0x1D6B, 0x1D77},   {0x1D79, 0x1D9A},   {0x1E00, 0x1F15},   {0x1F18, 0x1F1D},
    {0x1F20, 0x1F45},   {0x1F48, 0x1F4D},   {0x1F50, 0x1F57},   {0x1F59, 0x1F59},
    {0x1F5B, 0x1F5B},   {0x1F5D, 0x1F5D},   {0x1F5F, 0x1F7D},   {0x1F80, 0x1FB4},
    {0x1FB6, 0x1FBC},   {0x1FBE, 0x1FBE},   {0x1FC2, 0x1FC4},   {0x1FC6, 0x1FCC},
    {0x1FD0, 0x1FD3},   {0x1FD6, 0x1FDB},   {0x1FE0, 0x1FEC},   {0x1FF2, 0x1FF4},
    {0x1FF6, 0x1FFC},   {0x2102, 0x2102},   {0x2107, 0x2107},   {0x210A, 0x2113},
    {0x2115, 0x2115},   {0x2119, 0x211D},   {0x2124, 0x2124},   {0x2126, 0x2126},
    {0x2128, 0x2128},   {0x212A, 0x212D},   {0x212F, 0x2134},   {0x2139, 0x2139},
    {0x213C, 0x213F},   {0x2145, 0x2149},   {0x214E, 0x214E},   {0x2183, 0x2184},
    {0x2C00, 0x2C7B},   {0x2C7E, 0x2CE4},   {0x2CEB, 0x2CEE},   {0x2CF2, 0x2CF3},
    {0xA640, 0xA66D},   {0xA680, 0xA69B},   {0xA722, 0xA76F},   {0xA771, 0xA787},
    {0xA78B, 0xA78E},   {0xAB70, 0xABBF},   {0xFB00, 0xFB06},   {0xFB13, 0xFB17},
    {0xFF21, 0xFF3A},   {0xFF41, 0xFF5A},   {0x10400, 0x1044F}, {0x104B0, 0x104D3},
    {0x104D8, 0x104FB}, {0x10C80, 0x10CB2}, {0x10CC0, 0x10CF2}, {0x118A0, 0x118DF},
    {0x1E900, 0x1E943}};

std::string cased_words() {
  std::string out = R"(\s?[)";
  for (const CodeRange& range : kCasedLetters) {
    append_utf8(out, range.first);
    if (range.last == range.first) continue;
    out += '-';
    append_utf8(out, range.last);
  }
  return out + "]+";
}

constexpr std::string_view kCjkRuns = "[\u4E00-\u9FA5\u0800-\u4E00\uAC00-\uD7FF]+";
constexpr std::string_view kPunctuationRuns =
    "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+";

Json falcon_steps() {
  return sequence_of({{{"type", "Punctuation"}, {"behavior", "Contiguous"}},
                      byte_level_step(true),
                      digits_step(false),
                      split_step("[0-9][0-9][0-9]")});
}

Json deepseek_llm_steps() {
  return sequence_of({split_step("[\r\n]"), split_step(cased_words()), split_step(kPunctuationRuns),
                      split_step(R"(\s+$)"), split_step(kCjkRuns), digits_step(true),
                      byte_level_step(false)});
}

Json deepseek_coder_steps() {
  return sequence_of({split_step("[\r\n]"), split_step(R"(\s?\p{L}+)"), split_step(R"(\s?\p{P}+)"),
                      split_step(kCjkRuns), digits_step(true), byte_level_step(false)});
}

Json gpt2_steps() { return byte_level_step(true); }
Json starcoder_steps() { return sequence_of({digits_step(true), byte_level_step(true)}); }
Json llama3_steps() {
  return sequence_of({split_step(llama3_expression()), byte_level_step(false)});
}
Json qwen2_steps() { return sequence_of({split_step(qwen2_expression()), byte_level_step(false)}); }

struct SplitRow {
  std::string_view pre;
  Json (*steps)();
  bool nfc;
  bool llama3;  // whole words that are tokens stay whole, and texts begin with BOS
};

// A file without the key, or with "default", is split as GPT-2 does, as transformers reads it.
constexpr SplitRow kSplitRows[] = {
    {"", gpt2_steps, false, false},
    {"default", gpt2_steps, false, false},
    {"gpt-2", gpt2_steps, false, false},
    {"mpt", gpt2_steps, true, false},
    {"smollm", starcoder_steps, false, false},
    {"starcoder", starcoder_steps, false, false},
    {"refact", starcoder_steps, false, false},
    {"command-r", starcoder_steps, true, false},
    {"llama-bpe", llama3_steps, false, true},
    {"qwen2", qwen2_steps, true, false},
    {"falcon", falcon_steps, false, false},
    {"deepseek-llm", deepseek_llm_steps, false, false},
    {"deepseek-coder", deepseek_coder_steps, false, false},
};

}  // namespace

GgufSplitting gguf_splitting(std::string_view pre, std::string_view where) {
  const auto* row = std::ranges::find(kSplitRows, pre, &SplitRow::pre);
  if (row == std::end(kSplitRows)) {
    std::vector<std::string_view> names;
    for (const SplitRow& known : kSplitRows) {
      if (!known.pre.empty()) names.push_back(known.pre);
    }
    throw DataError(
        "{}: tokenizer.ggml.pre is \"{}\"; supported are {}; a model folder with a "
        "tokenizer.json serves too",
        where, pre, join(names, ", "));
  }
  GgufSplitting splitting{.pre_tokenizer = row->steps(), .normalizer = nullptr};
  if (row->nfc) splitting.normalizer = {{"type", "NFC"}};
  splitting.ignore_merges = splitting.adds_bos = row->llama3;
  return splitting;
}

}  // namespace fettle::tokenize
