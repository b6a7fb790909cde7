#include "batch/conversation.h"

#include <algorithm>

#include "base/format.h"

namespace fettle::batch {
namespace {

std::size_t common_start(std::string_view a, std::string_view b) {
  const auto end = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
  return static_cast<std::size_t>(end - a.begin());
}

// The text around `at` as a JSON string, so that newlines and control characters show.
std::string excerpt(std::string_view rendered, std::size_t at) {
  constexpr std::size_t kAround = 24;
  const std::size_t from = at > kAround ? at - kAround : 0;
  return to_text(Json(std::string(rendered.substr(from, at - from + kAround))));
}

Json first_messages(const Json& messages, std::size_t count) {
  Json part = Json::array();
  for (std::size_t i = 0; i < count; ++i) part.push_back(messages[i]);
  return part;
}

std::string check_messages(const Json& messages) {
  if (!messages.is_array() || messages.empty()) {
    return "the row has no messages; a chat row needs at least one {role, content}";
  }
  for (std::size_t i = 0; i < messages.size(); ++i) {
    const Json* role = find(messages[i], "role");
    if (role == nullptr || !role->is_string()) {
      return text("message {} has no role; give it \"user\", \"assistant\", \"system\" or \"tool\"",
                  i);
    }
  }
  return {};
}

// One conversation at work: what each helper needs.
struct Scene {
  const TextSide& side;
  const data::Row& row;
  Trained trained;
  std::string where;
  std::string text;

  [[nodiscard]] bool is_trained(std::size_t message) const {
    if (trained == Trained::kLast) return message + 1 == row.messages.size();
    const Json* weight = find(row.messages[message], "weight");
    return is_assistant(row.messages[message]) &&
           (weight == nullptr || !weight->is_number() || weight->get<double>() != 0.0);
  }
};

Problem parting(std::string_view where, std::int64_t message, std::string_view whole,
                std::string_view other) {
  const std::size_t at = common_start(whole, other);
  return {std::string(where),
          text("message {}: the chat template writes {} up to it and {} when the conversation goes "
               "on (byte {}), so training would differ from inference; give the message weight 0, "
               "make its answer the last of a row of its own, or use a template that keeps earlier "
               "turns as they were",
               message, excerpt(other, at), excerpt(whole, at), at)};
}

Result<std::string> prompt_of(const Scene& scene, std::size_t message) {
  auto prompt = render_messages(scene.side, first_messages(scene.row.messages, message),
                                scene.row.tools, true, scene.where);
  if (!prompt) return tl::unexpected(prompt.error());
  return std::move(prompt->text);
}

Result<Turn> find_turn(const Scene& scene, std::size_t message) {
  const auto prompt = prompt_of(scene, message);
  if (!prompt) return tl::unexpected(prompt.error());
  if (!scene.text.starts_with(*prompt)) {
    return tl::unexpected(
        parting(scene.where, static_cast<std::int64_t>(message), scene.text, *prompt));
  }
  Turn turn{.message = static_cast<std::int64_t>(message), .begin = prompt->size(), .rest = {}};
  if (message + 1 == scene.row.messages.size()) {
    turn.end = scene.text.size();
    return turn;
  }
  const auto upto = render_messages(scene.side, first_messages(scene.row.messages, message + 1),
                                    scene.row.tools, false, scene.where);
  if (!upto) return tl::unexpected(upto.error());
  turn.end = common_start(upto->text, scene.text);
  if (turn.end <= turn.begin) {
    return tl::unexpected(parting(scene.where, turn.message, scene.text, upto->text));
  }
  turn.rest = upto->text.substr(turn.end);
  return turn;
}

using Spans = std::vector<std::pair<std::size_t, std::size_t>>;

// {% generation %} blocks: the k-th is the k-th assistant message's if there are as many.
Result<std::vector<Turn>> marked_turns(const Scene& scene, const Spans& spans) {
  std::vector<std::size_t> assistants;
  bool all_trained = true;
  for (std::size_t i = 0; i < scene.row.messages.size(); ++i) {
    if (!is_assistant(scene.row.messages[i])) continue;
    assistants.push_back(i);
    all_trained = all_trained && scene.is_trained(i);
  }
  const bool matched = assistants.size() == spans.size();
  if (!matched && !all_trained) {
    return problem(
        scene.where,
        text("the chat template marks {} generation blocks for {} assistant messages, so "
             "one message's block cannot be told; mark one block a message or leave "
             "the weights out",
             spans.size(), assistants.size()));
  }
  std::vector<Turn> turns;
  for (std::size_t k = 0; k < spans.size(); ++k) {
    Turn turn{.begin = spans[k].first, .end = spans[k].second, .rest = {}, .marked = true};
    if (matched) {
      if (!scene.is_trained(assistants[k])) continue;
      turn.message = static_cast<std::int64_t>(assistants[k]);
      // Some templates mark the turn's header too, which inference is given.
      const auto prompt = prompt_of(scene, assistants[k]);
      if (prompt && prompt->size() < turn.end && scene.text.starts_with(*prompt)) {
        turn.begin = std::max(turn.begin, prompt->size());
      }
    }
    turns.push_back(std::move(turn));
  }
  return turns;
}

}  // namespace

bool is_assistant(const Json& message) {
  const Json* role = find(message, "role");
  return role != nullptr && role->is_string() && *role == "assistant";
}

Problem changed_turn(const Conversation& conversation, const Turn& turn, std::string_view where) {
  return parting(where, turn.message, conversation.text,
                 conversation.text.substr(0, turn.end) + turn.rest);
}

Result<tokenize::Rendered> render_messages(const TextSide& side, const Json& messages,
                                           const Json& tools, bool with_prompt,
                                           std::string_view where) {
  if (side.chat_template == nullptr) {
    return problem(std::string(where),
                   "a chat row needs a chat template and the model has none; name one with "
                   "chat_template, or give the row as prompt and completion");
  }
  const auto& special = side.tokenizer.special();
  auto rendered =
      side.chat_template->render({.messages = messages,
                                  .tools = tools,
                                  .add_generation_prompt = with_prompt,
                                  .extra = side.template_arguments,
                                  .bos_token = std::string(token_string(side, special.bos)),
                                  .eos_token = std::string(token_string(side, special.eos)),
                                  .unix_time = side.unix_time});
  if (!rendered) return problem(std::string(where), rendered.error().message());
  return rendered;
}

Result<Conversation> render_conversation(const TextSide& side, const data::Row& row,
                                         Trained trained) {
  const std::string where = row.origin.text();
  if (std::string wrong = check_messages(row.messages); !wrong.empty()) {
    return problem(where, std::move(wrong));
  }
  auto whole = render_messages(side, row.messages, row.tools, false, where);
  if (!whole) return tl::unexpected(whole.error());
  const Scene scene{
      .side = side, .row = row, .trained = trained, .where = where, .text = std::move(whole->text)};
  std::vector<Turn> turns;
  if (!whole->generation_spans.empty()) {
    auto marked = marked_turns(scene, whole->generation_spans);
    if (!marked) return tl::unexpected(marked.error());
    turns = std::move(*marked);
  } else {
    for (std::size_t i = 0; i < row.messages.size(); ++i) {
      if (!scene.is_trained(i)) continue;
      auto turn = find_turn(scene, i);
      if (!turn) return tl::unexpected(turn.error());
      turns.push_back(std::move(*turn));
    }
  }
  return Conversation{.text = scene.text, .turns = std::move(turns)};
}

}  // namespace fettle::batch
