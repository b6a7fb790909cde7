#include "batch/make_example.h"

#include <algorithm>

#include "base/format.h"
#include "batch/conversation.h"

namespace fettle::batch {
namespace {

bool is_blank(std::string_view part) {
  return part.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos;
}

// Only special tokens and white space.
bool is_closing(const TextSide& side, std::string_view part) {
  const auto tokens = tokenize_text(side, part, {});
  if (!tokens) return false;
  for (std::size_t i = 0; i < tokens->ids.size(); ++i) {
    const auto [begin, end] = tokens->bytes[i];
    if (!side.tokenizer.is_special(tokens->ids[i]) && !is_blank(part.substr(begin, end - begin))) {
      return false;
    }
  }
  return true;
}

// Tokens and flags in the making.
struct Draft {
  const TextSide& side;
  std::string where;
  std::string text;
  TokenText tokens;
  std::vector<std::uint8_t> scored;
  std::int64_t merged = 0;

  // Scores tokens [first, last), but never the first of the row.
  void score(std::size_t first, std::size_t last) {
    for (std::size_t i = std::max<std::size_t>(first, 1); i < last; ++i) scored[i] = 1;
  }
};

Result<Draft> draft_of(const TextSide& side, std::string text, std::string where) {
  auto tokens = tokenize_text(side, text, where);
  if (!tokens) return tl::unexpected(tokens.error());
  std::vector<std::uint8_t> scored(tokens->ids.size(), 0);
  return Draft{.side = side,
               .where = std::move(where),
               .text = std::move(text),
               .tokens = std::move(*tokens),
               .scored = std::move(scored)};
}

void end_plain(Draft& draft) {
  append_eos(draft.side, draft.text, draft.tokens);
  draft.scored.resize(draft.tokens.ids.size(), 0);
}

// Index of the first token that inference would not have been given, its prompt being the text up
// to `begin`.
Result<std::size_t> answer_start(Draft& draft, std::size_t begin) {
  const auto prompt =
      tokenize_text(draft.side, std::string_view(draft.text).substr(0, begin), draft.where);
  if (!prompt) return tl::unexpected(prompt.error());
  const auto& ids = draft.tokens.ids;
  const auto parted = std::mismatch(ids.begin(), ids.end(), prompt->ids.begin(), prompt->ids.end());
  if (parted.second != prompt->ids.end()) ++draft.merged;
  return static_cast<std::size_t>(parted.first - ids.begin());
}

// End, in bytes, of the last special token inside [begin, end); begin if there is none.
std::size_t last_special_end(const Draft& draft, std::size_t begin, std::size_t end) {
  std::size_t found = begin;
  for (std::size_t i = 0; i < draft.tokens.ids.size(); ++i) {
    const auto [from, to] = draft.tokens.bytes[i];
    if (from >= begin && to <= end && to > from &&
        draft.side.tokenizer.is_special(draft.tokens.ids[i])) {
      found = std::max(found, to);
    }
  }
  return found;
}

// Where a turn's scored bytes end: after its end-of-turn token, or with the turn.
Result<std::size_t> turn_end(const Draft& draft, const Conversation& conversation,
                             const Turn& turn) {
  const std::string_view text = draft.text;
  const std::size_t special = last_special_end(draft, turn.begin, turn.end);
  const std::string_view behind = text.substr(special, turn.end - special);
  if (!turn.rest.empty()) {
    if (special > turn.begin && is_closing(draft.side, std::string(behind) + turn.rest)) {
      return special;
    }
    return tl::unexpected(changed_turn(conversation, turn, draft.where));
  }
  if (special > turn.begin && is_blank(behind)) return special;
  if (!turn.marked) return turn.end;
  for (std::size_t i = 0; i < draft.tokens.ids.size(); ++i) {
    const auto [from, to] = draft.tokens.bytes[i];
    if (from == turn.end && to > from && draft.side.tokenizer.is_special(draft.tokens.ids[i]))
      return to;
  }
  return turn.end;
}

Result<Draft> draft_chat(const data::Row& row, const TextSide& side, Trained trained) {
  auto conversation = render_conversation(side, row, trained);
  if (!conversation) return tl::unexpected(conversation.error());
  auto draft = draft_of(side, conversation->text, row.origin.text());
  if (!draft) return draft;
  for (const Turn& turn : conversation->turns) {
    const auto first = answer_start(*draft, turn.begin);
    if (!first) return tl::unexpected(first.error());
    const auto end = turn_end(*draft, *conversation, turn);
    if (!end) return tl::unexpected(end.error());
    std::size_t last = *first;
    while (last < draft->tokens.ids.size() && draft->tokens.bytes[last].first < *end) ++last;
    draft->score(*first, last);
  }
  return draft;
}

Result<Draft> draft_completion(const data::Row& row, const TextSide& side) {
  auto draft = draft_of(side, row.prompt + row.completion, row.origin.text());
  if (!draft) return draft;
  const auto first = answer_start(*draft, row.prompt.size());
  if (!first) return tl::unexpected(first.error());
  end_plain(*draft);
  draft->score(*first, draft->scored.size());
  return draft;
}

Result<Draft> draft_row(const data::Row& row, const TextSide& side, Trained trained) {
  if (row.form == data::RowForm::kChat) return draft_chat(row, side, trained);
  if (row.form == data::RowForm::kCompletion) return draft_completion(row, side);
  auto draft = draft_of(side, row.text, row.origin.text());
  if (!draft) return draft;
  end_plain(*draft);
  draft->score(1, draft->scored.size());
  return draft;
}

Result<Example> finish(Draft draft, const data::Row& row) {
  if (std::find(draft.scored.begin(), draft.scored.end(), 1) == draft.scored.end()) {
    return problem(draft.where,
                   fettle::text("none of the row's {} tokens is scored, so nothing would be "
                                "learned; give it an answer (an assistant message whose weight is "
                                "not 0, a completion or a longer text) or leave it out",
                                draft.tokens.ids.size()));
  }
  return Example{.ids = std::move(draft.tokens.ids),
                 .scored = std::move(draft.scored),
                 .origin = row.origin,
                 .weight = static_cast<float>(row.weight)};
}

void count_ends(const Draft& draft, data::RowForm form, ExampleReport& report) {
  report.merged_borders += draft.merged;
  const auto last = std::find(draft.scored.rbegin(), draft.scored.rend(), 1);
  if (form != data::RowForm::kChat || last == draft.scored.rend()) return;
  const auto index = static_cast<std::size_t>(draft.scored.rend() - last) - 1;
  if (!draft.side.tokenizer.is_special(draft.tokens.ids[index])) ++report.open_ends;
}

// The row's conversation without a last assistant message.
Json without_answer(const Json& messages) {
  Json asked = messages;
  if (asked.is_array() && !asked.empty() && is_assistant(asked.back()))
    asked.erase(asked.size() - 1);
  return asked;
}

}  // namespace

Result<Example> make_example(const data::Row& row, const TextSide& side, const BatchConfig& config,
                             ExampleReport* report) {
  auto draft = draft_row(row, side, Trained::kByWeight);
  if (!draft) return tl::unexpected(draft.error());
  if (report != nullptr) count_ends(*draft, row.form, *report);
  if (!config.completion_only_loss) draft->score(1, draft->scored.size());
  return finish(std::move(*draft), row);
}

Result<std::vector<std::int32_t>> make_prompt(const data::Row& row, const TextSide& side) {
  const std::string where = row.origin.text();
  std::string text = row.form == data::RowForm::kText ? row.text : row.prompt;
  if (row.form == data::RowForm::kChat) {
    auto rendered = render_messages(side, without_answer(row.messages), row.tools, true, where);
    if (!rendered) return tl::unexpected(rendered.error());
    text = std::move(rendered->text);
  }
  auto tokens = tokenize_text(side, text, where);
  if (!tokens) return tl::unexpected(tokens.error());
  return std::move(tokens->ids);
}

Result<Example> make_answer(const data::Row& row, std::string_view answer, const TextSide& side) {
  data::Row answered = row;
  if (row.form == data::RowForm::kText) {
    return problem(row.origin.text(),
                   "a text row has no place for an answer; give it as prompt and completion");
  }
  if (row.form == data::RowForm::kCompletion) answered.completion = std::string(answer);
  if (row.form == data::RowForm::kChat) {
    answered.messages = without_answer(row.messages);
    answered.messages.push_back(Json{{"role", "assistant"}, {"content", std::string(answer)}});
  }
  auto draft = draft_row(answered, side, Trained::kLast);
  if (!draft) return tl::unexpected(draft.error());
  auto example = finish(std::move(*draft), row);
  if (!example) return example;
  while (example->scored.back() == 0) {
    example->scored.pop_back();
    example->ids.pop_back();
  }
  return example;
}

}  // namespace fettle::batch
