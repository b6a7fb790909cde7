// Answers to many prompts are those to each alone, and those of a forward without a cache.
#include "generate/answer.h"

#include <ATen/ops/argmax.h>
#include <gmock/gmock.h>

#include "base/json.h"
#include "generate/tree_session.h"
#include "model/model_files.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::generate {
namespace {

using ::testing::HasSubstr;

using Ids = std::vector<batch::TokenId>;

AnswerOptions at_most(std::int64_t tokens) {
  AnswerOptions options;
  options.max_new_tokens = tokens;
  return options;
}

Tensor last_logits(const model::Decoder& decoder, const Ids& ids) {
  const Tensor hidden = model::row_hidden(decoder, ids);
  return model::logits(decoder, hidden.narrow(0, hidden.size(0) - 1, 1)).squeeze(0);
}

// Greedy without a cache: the whole row is computed for each token.
Ids plain_greedy(const model::Decoder& decoder, Ids ids, std::size_t count) {
  Ids out;
  while (out.size() < count) {
    out.push_back(
        static_cast<batch::TokenId>(last_logits(decoder, ids).argmax().item<std::int64_t>()));
    ids.push_back(out.back());
  }
  return out;
}

// Prompts of unequal length: common starts, one that begins like another's whole, equal ones.
std::vector<Ids> some_prompts() {
  const Ids ids = model::random_ids(40, "prompts");
  const auto part = [&](std::ptrdiff_t begin, std::ptrdiff_t end) {
    return Ids(ids.begin() + begin, ids.begin() + end);
  };
  std::vector<Ids> out = {part(0, 9), part(0, 4), part(0, 17), part(0, 9)};
  Ids mixed = part(0, 6);
  for (const auto id : part(30, 36)) mixed.push_back(id);
  out.push_back(mixed);
  return out;
}

TEST(Answer, ManyPromptsEqualEachAloneWithoutACache) {
  const model::Decoder decoder = model::tiny_decoder();
  std::vector<Ids> prompts = some_prompts();
  for (const bool shared : {true, false}) {
    if (!shared) prompts.push_back(model::random_ids(5, "another start"));
    const auto answers = answer(decoder, prompts, at_most(12));
    ASSERT_EQ(answers.size(), prompts.size());
    for (std::size_t i = 0; i < prompts.size(); ++i) {
      EXPECT_EQ(answers[i].ids, plain_greedy(decoder, prompts[i], 12)) << "prompt " << i;
      EXPECT_FALSE(answers[i].stopped);
    }
  }
}

TEST(Answer, AStopIdEndsOneAnswerAndNotTheOthers) {
  const model::Decoder decoder = model::tiny_decoder();
  const std::vector<Ids> prompts = some_prompts();
  const Ids whole = plain_greedy(decoder, prompts[0], 12);
  const batch::TokenId stop = whole[5];
  const auto first = std::find(whole.begin(), whole.end(), stop) - whole.begin();
  const auto answers =
      answer(decoder, prompts, {.max_new_tokens = 12, .sampling = {}, .stop_ids = {99, stop}});
  EXPECT_EQ(answers[0].ids, Ids(whole.begin(), whole.begin() + first));
  EXPECT_TRUE(answers[0].stopped);
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    Ids expected = plain_greedy(decoder, prompts[i], 12);
    const auto end = std::find(expected.begin(), expected.end(), stop);
    EXPECT_EQ(answers[i].stopped, end != expected.end());
    expected.erase(end, expected.end());
    EXPECT_EQ(answers[i].ids, expected) << "prompt " << i;
  }
}

TEST(Answer, TellsOfEveryTokenAndStopsWhenAsked) {
  const model::Decoder decoder = model::tiny_decoder();
  const std::vector<Ids> prompts = some_prompts();
  std::vector<Ids> told(prompts.size());
  const auto answers =
      answer(decoder, prompts, at_most(8), [&](std::size_t prompt, batch::TokenId id) {
        told[prompt].push_back(id);
        return !(prompt == 1 && told[1].size() == 3);
      });
  for (std::size_t i = 0; i < prompts.size(); ++i) {
    EXPECT_EQ(told[i], answers[i].ids);
    EXPECT_EQ(told[i], plain_greedy(decoder, prompts[i], i == 1 ? 3 : 8));
  }
}

TEST(Answer, EndsWithTheContext) {
  model::DecoderConfig config = model::tiny_config();
  config.max_position_embeddings = 16;
  const model::Decoder decoder = model::tiny_decoder(config);
  const Ids prompt = model::random_ids(10, "context");
  // Positions 10 to 15 are computed; the token after the last of them needs none.
  const auto answers = answer(decoder, std::vector<Ids>{prompt}, at_most(50));
  EXPECT_EQ(answers[0].ids, plain_greedy(decoder, prompt, 7));
  EXPECT_FALSE(answers[0].stopped);
  const auto refused = [&](const Ids& ids) {
    return message_of<DataError>([&] { (void)answer(decoder, std::vector<Ids>{ids}, {}); });
  };
  EXPECT_THAT(refused(model::random_ids(16, "context")),
              HasSubstr("a prompt has 16 tokens; the model's context holds 16"));
  EXPECT_THAT(refused({}), HasSubstr("a prompt has no tokens"));
  EXPECT_THAT(refused({3, 64}), HasSubstr("token id 64 is outside"));
}

TEST(Answer, NothingIsAskedForNothing) {
  const model::Decoder decoder = model::tiny_decoder();
  EXPECT_TRUE(answer(decoder, {}, {}).empty());
  EXPECT_TRUE(answer(decoder, some_prompts(), at_most(0))[0].ids.empty());
  AnswerOptions cold;
  cold.sampling.temperature = -1;
  EXPECT_THROW((void)answer(decoder, some_prompts(), cold), UsageError);
}

TEST(Answer, BrokenWeightsAreNamed) {
  model::Decoder decoder = model::tiny_decoder();
  decoder.norm.weight = decoder.norm.weight / 0.0 * 0.0;
  EXPECT_THAT(message_of<DataError>([&] { (void)answer(decoder, some_prompts(), {}); }),
              HasSubstr("not finite"));
}

TEST(Answer, SampledAnswersRepeatWithTheirSeed) {
  const model::Decoder decoder = model::tiny_decoder();
  const auto drawn = [&](std::uint64_t seed) {
    AnswerOptions options = at_most(8);
    options.sampling.temperature = 1;
    options.sampling.seed = seed;
    const auto answers = answer(decoder, some_prompts(), options);
    // Equal prompts draw on their own.
    EXPECT_NE(answers[0].ids, answers[3].ids);
    return answers[0].ids;
  };
  EXPECT_EQ(drawn(1), drawn(1));
  EXPECT_NE(drawn(1), drawn(2));
}

TEST(TreeSession, SegmentsGrowAndBranchLikeRowsAlone) {
  const model::Decoder decoder = model::tiny_decoder();
  const Ids ids = model::random_ids(30, "session");
  const auto part = [&](std::size_t begin, std::size_t size) {
    return std::span(ids).subspan(begin, size);
  };
  const auto row = [&](const std::vector<std::pair<std::size_t, std::size_t>>& parts) {
    Ids out;
    for (const auto& [begin, size] : parts) {
      out.insert(out.end(), part(begin, size).begin(), part(begin, size).end());
    }
    return last_logits(decoder, out);
  };
  const auto near = [](const Tensor& a, const Tensor& b) {
    EXPECT_LT(model::largest_difference(a, b), 1e-4);
  };
  TreeSession session(decoder);
  const auto root = session.append(-1, part(0, 6));
  near(session.run(std::vector{root})[0], row({{0, 6}}));
  const auto grown = session.extend(root, part(6, 2));
  EXPECT_EQ(grown, root);
  near(session.run(std::vector{grown})[0], row({{0, 8}}));
  const auto left = session.append(root, part(8, 3));
  const auto right = session.append(root, part(11, 4));
  const Tensor both = session.run(std::vector{left, right});
  near(both[0], row({{0, 8}, {8, 3}}));
  near(both[1], row({{0, 8}, {11, 4}}));
  // The left branch is not the newest any more: it goes on in a segment of its own.
  const auto further = session.extend(left, part(15, 2));
  EXPECT_NE(further, left);
  near(session.run(std::vector{further})[0], row({{0, 8}, {8, 3}, {15, 2}}));
  EXPECT_EQ(session.next_position(further), 13);
  EXPECT_EQ(session.tokens(), 17);
  EXPECT_THROW((void)session.append(root, {}), InternalError);
}

TEST(Stories, GreedyTextIsThePublishedOne) {
  const fs::path folder = stories_folder();
  if (folder.empty()) GTEST_SKIP() << "assets/models/stories260K is not there";
  const model::Decoder decoder = model::load_decoder(model::ModelFiles(folder), {});
  const Json golden = read_json_file(folder / "golden.json");
  const auto prompt = golden["prompt_ids"].get<Ids>();
  const auto whole = golden["greedy_120_ids"].get<Ids>();
  ASSERT_EQ(whole.size(), prompt.size() + 120);
  const auto answers = answer(decoder, std::vector<Ids>{prompt}, at_most(120));
  EXPECT_EQ(answers[0].ids, Ids(whole.begin() + std::ssize(prompt), whole.end()));
}

}  // namespace
}  // namespace fettle::generate
