#include "data/clean/answers.h"

#include <algorithm>
#include <array>

#include "base/format.h"
#include "data/clean/words.h"

namespace fettle::data::clean {
namespace {

// How assistants decline: openings found in published lists of refusals (the filters of Vicuna's
// and WizardLM's unfiltered data sets, and XSTest's string match).
constexpr std::array<std::string_view, 34> kRefusals = {"as an ai language model",
                                                        "as a language model",
                                                        "as an ai assistant",
                                                        "as an ai model",
                                                        "as an artificial intelligence",
                                                        "as an ai, i",
                                                        "i'm an ai",
                                                        "i am an ai",
                                                        "i'm just an ai",
                                                        "i am just an ai",
                                                        "i'm sorry, but i can",
                                                        "i am sorry, but i can",
                                                        "i'm sorry, i can",
                                                        "i am sorry, i can",
                                                        "sorry, but i can",
                                                        "i'm sorry, but as an",
                                                        "i am sorry, but as an",
                                                        "i apologize, but i",
                                                        "i apologise, but i",
                                                        "i cannot assist",
                                                        "i can't assist",
                                                        "i cannot help with",
                                                        "i can't help with",
                                                        "i cannot fulfill",
                                                        "i can't fulfill",
                                                        "i cannot provide",
                                                        "i can't provide",
                                                        "i'm unable to",
                                                        "i am unable to",
                                                        "i'm not able to",
                                                        "i am not able to",
                                                        "i must decline",
                                                        "i won't be able to",
                                                        "it is not appropriate for me to"};

// Lower case, and ' for U+2019.
std::string plain_quotes(std::string_view text) {
  std::string out = lower_ascii(text);
  for (std::size_t at = out.find("\xe2\x80\x99"); at != std::string::npos;
       at = out.find("\xe2\x80\x99", at + 1)) {
    out.replace(at, 3, 1, '\'');
  }
  return out;
}

// The first of kRefusals that begins before `reach`; kRefusals.size() if none does.
std::size_t first_refusal(std::string_view low, std::size_t reach) {
  std::size_t first = kRefusals.size();
  for (std::size_t at = 0; at < std::min(reach, low.size()); ++at) {
    const std::string_view rest = low.substr(at);
    const std::string_view two = rest.substr(0, 2);
    if (two != "as" && two != "i'" && two != "i " && two != "it" && two != "so") continue;
    for (std::size_t i = 0; i < first; ++i) {
      if (rest.starts_with(kRefusals[i])) first = i;
    }
  }
  return first;
}

// Is an opening bracket, or a fence of code, without its end?
std::string_view left_open(std::string_view text) {
  std::size_t fences = 0;
  for (std::size_t at = text.find("```"); at != std::string_view::npos;
       at = text.find("```", at + 3)) {
    ++fences;
  }
  if (fences % 2 == 1) return "an open code fence";
  // Brackets in prose: only what is open in the last paragraph, and never a ")" of ":)" or "1)".
  const std::size_t last = text.rfind("\n\n");
  const std::string_view end = last == std::string_view::npos ? text : text.substr(last);
  std::int64_t round = 0;
  for (const char c : end) {
    if (c == '(') ++round;
    if (c == ')' && round > 0) --round;
  }
  return round > 0 && fences == 0 ? "an open bracket" : "";
}

std::string_view last_word(std::string_view text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_ascii_letter(static_cast<unsigned char>(text[begin - 1])) &&
         text.size() - begin < 12) {
    --begin;
  }
  return text.substr(begin);
}

bool wants_more(std::string_view text) {
  constexpr std::array kOpen = {"the", "a", "an", "and", "or", "of", "with", "because", "which"};
  const std::string word = lower_ascii(last_word(text));
  return text.size() > word.size() && std::find(kOpen.begin(), kOpen.end(), word) != kOpen.end() &&
         text[text.size() - word.size() - 1] == ' ';
}

bool ends_as_text_does(std::string_view text) {
  std::size_t at = text.size() - 1;
  while (at > 0 && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) --at;
  const char32_t c = next_char(text, at);
  constexpr std::u32string_view kEnds =
      U"\"')]}>`*_|~;$%\u201d\u2019\u00bb\u2026\u300d\u300f\uff09";
  return is_terminal(c) || kEnds.find(c) != std::u32string_view::npos || c >= 0x1f000;
}

// The last line is an item of a list, a heading, or short.
bool ends_in_list(std::string_view text) {
  const std::size_t line_end = text.rfind('\n');
  if (line_end == std::string_view::npos) return false;
  const std::string_view line = trim(text.substr(line_end + 1));
  const bool numbered = !line.empty() && is_digit(static_cast<unsigned char>(line.front()));
  return line.starts_with('-') || line.starts_with('*') || line.starts_with('#') || numbered ||
         line.starts_with("\xe2\x80\xa2") || line.size() < 40;
}

std::size_t count_words(std::string_view text) {
  std::size_t words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool blank = is_space(static_cast<unsigned char>(c));
    words += !blank && !inside;
    inside = !blank;
  }
  return words;
}

Verdict check_answer(std::string_view raw, const AnswerConfig& config) {
  const std::string_view answer = trim(raw);
  if (answer.empty()) return config.empty ? Verdict::dropped("empty answer") : Verdict::kept();
  if (config.truncated || config.no_end) {
    const std::string_view how = cut_off(answer, config.no_end);
    const bool drop = how == "no end" ? config.no_end : !how.empty() && config.truncated;
    if (drop) return Verdict::dropped("truncated answer", std::string(how));
  }
  if (config.refused) {
    const std::string_view phrase = refusal(answer, config.refusals);
    if (!phrase.empty()) return Verdict::dropped("refused answer", std::string(phrase));
  }
  return Verdict::kept();
}

bool has_value(const Json& fields, const std::string& key) {
  const Json* const value = find(fields, key);
  if (value == nullptr || value->is_null()) return false;
  if (value->is_string()) return !trim(value->get_ref<const std::string&>()).empty();
  return !(value->is_array() || value->is_object()) || !value->empty();
}

}  // namespace

std::string_view cut_off(std::string_view answer, bool no_end) {
  const std::string_view text = trim(answer);
  if (text.empty()) return "";
  const std::string_view open = left_open(text);
  if (!open.empty()) return open;
  if (text.ends_with("```")) return "";
  if (text.back() == ',' || (text.back() == ':' && text.size() > 1)) return "ends in , or :";
  if (wants_more(text)) return "ends within a phrase";
  if (no_end && count_words(text) >= 12 && !ends_as_text_does(text) && !ends_in_list(text)) {
    return "no end";
  }
  return "";
}

std::string_view refusal(std::string_view answer, const std::vector<std::string>& more) {
  const std::string low = plain_quotes(trim(answer).substr(0, kRefusalBytes));
  // What stands after the first sentence or two is no refusal but talk of one.
  const std::size_t reach = 120;
  if (const std::size_t known = first_refusal(low, reach); known < kRefusals.size()) {
    return kRefusals[known];
  }
  for (const std::string& phrase : more) {
    const std::size_t at = low.find(lower_ascii(phrase));
    if (!phrase.empty() && at != std::string::npos && at < reach) return phrase;
  }
  return {};
}

Verdict check_answers(const Record& record, const AnswerConfig& config) {
  Verdict verdict = Verdict::kept();
  bool any = false;
  std::size_t answers = 0;
  for_each_text(record.fields, [&](const std::string& text, TextRole role) {
    any = any || !trim(text).empty();
    if (role != TextRole::kAnswer || verdict.kind == Verdict::Kind::kDropped) return;
    ++answers;
    verdict = check_answer(text, config);
  });
  if (config.empty && !any && form_of(record.fields) != "image" &&
      form_of(record.fields) != "audio") {
    return Verdict::dropped("empty row");
  }
  return verdict;
}

Verdict check_schema(const Record& record, const LabelConfig& config) {
  for (const std::string& key : config.required) {
    if (!has_value(record.fields, key)) return Verdict::dropped("missing " + key);
  }
  if (config.labels.empty()) return Verdict::kept();
  const std::string label = label_of(record.fields);
  const auto& known = config.labels;
  if (std::find(known.begin(), known.end(), label) != known.end()) return Verdict::kept();
  return Verdict::dropped("unknown label",
                          text("\"{}\"; known: {}", label.substr(0, 60), join(known, ", ")));
}

std::string contradiction_key(const Record& record) {
  const std::string source =
      metric::utf8(metric::lower(metric::code_points(text_of(record.fields))));
  std::string key;
  bool gap = false;
  for (std::size_t at = 0; at < source.size();) {
    const std::size_t begin = at;
    if (is_space(next_char(source, at))) {
      gap = !key.empty();
      continue;
    }
    if (gap) key += ' ';
    gap = false;
    key += source.substr(begin, at - begin);
  }
  return key;
}

}  // namespace fettle::data::clean
