#include "generate/answer.h"

#include <algorithm>

#include "base/error.h"
#include "generate/tree_session.h"

namespace fettle::generate {
namespace {

struct Live {
  std::size_t prompt = 0;
  std::int32_t segment = -1;
};

// Tokens that all prompts begin with; every prompt keeps at least one of its own.
std::size_t common_start(std::span<const std::vector<batch::TokenId>> prompts) {
  if (prompts.size() < 2) return 0;
  std::size_t length = prompts[0].size();
  for (const auto& prompt : prompts) {
    const auto end = std::mismatch(
        prompt.begin(), prompt.end() - 1, prompts[0].begin(),
        prompts[0].begin() + static_cast<std::ptrdiff_t>(std::min(length, prompts[0].size() - 1)));
    length = std::min(length, static_cast<std::size_t>(end.first - prompt.begin()));
  }
  return length;
}

void check_prompts(const model::Decoder& decoder,
                   std::span<const std::vector<batch::TokenId>> prompts) {
  const auto limit = static_cast<std::size_t>(decoder.config.max_position_embeddings);
  for (const auto& prompt : prompts) {
    if (prompt.empty()) throw DataError("a prompt has no tokens; give it some text");
    if (prompt.size() >= limit) {
      throw DataError("a prompt has {} tokens; the model's context holds {}: shorten it",
                      prompt.size(), limit);
    }
  }
}

// The prompts as segments after their common start.
std::vector<Live> begin_all(std::span<const std::vector<batch::TokenId>> prompts,
                            TreeSession& session) {
  const std::size_t shared = common_start(prompts);
  std::int32_t root = -1;
  if (shared > 0) root = session.append(-1, std::span(prompts[0]).first(shared));
  std::vector<Live> live;
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    live.push_back({i, session.append(root, std::span(prompts[i]).subspan(shared))});
  }
  return live;
}

// The logits that follow each live answer: [live.size(), vocab].
Tensor next_logits(const std::vector<Live>& live, TreeSession& session) {
  std::vector<std::int32_t> segments;
  for (const Live& one : live) segments.push_back(one.segment);
  return session.run(segments);
}

}  // namespace

std::vector<Answer> answer(const model::Decoder& decoder,
                           std::span<const std::vector<batch::TokenId>> prompts,
                           const AnswerOptions& options, const OnToken& on_token) {
  check_sampling(options.sampling);
  check_prompts(decoder, prompts);
  TreeSession session(decoder);
  std::vector<Answer> answers(prompts.size());
  std::vector<Live> live = begin_all(prompts, session);
  for (std::int64_t turn = 0; turn < options.max_new_tokens && !live.empty(); ++turn) {
    const Tensor logits = next_logits(live, session);
    const auto vocab = static_cast<std::size_t>(logits.size(1));
    const std::span<const float> all(logits.const_data_ptr<float>(), live.size() * vocab);
    std::vector<Live> next;
    for (std::size_t i = 0; i < live.size(); ++i) {
      const auto [prompt, segment] = live[i];
      const std::uint64_t draw = prompt * 1'000'000U + static_cast<std::uint64_t>(turn);
      const batch::TokenId id = choose(all.subspan(i * vocab, vocab), options.sampling, draw);
      Answer& out = answers[prompt];
      out.stopped = std::ranges::find(options.stop_ids, id) != options.stop_ids.end();
      if (out.stopped) continue;
      out.ids.push_back(id);
      const bool wanted = on_token == nullptr || on_token(prompt, id);
      const bool room = session.next_position(segment) < decoder.config.max_position_embeddings;
      const bool more = turn + 1 < options.max_new_tokens;
      if (wanted && room && more) {
        next.push_back({prompt, session.extend(segment, std::span(&id, 1))});
      }
    }
    live = std::move(next);
  }
  return answers;
}

}  // namespace fettle::generate
