#include "model/decoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/index_select.h>
#include <gmock/gmock.h>

#include <map>

#include "model/score.h"
#include "tests/model/support.h"
#include "tests/model/tiny_decoder.h"

namespace fettle::model {
namespace {

using ::testing::HasSubstr;

// Feeds `ids` through a cache in pieces of the given sizes.
Tensor in_pieces(const Decoder& decoder, const std::vector<batch::TokenId>& ids,
                 const std::vector<std::size_t>& sizes, KvCache& cache) {
  std::vector<Tensor> parts;
  std::size_t begin = 0;
  for (const std::size_t size : sizes) {
    std::vector<std::int32_t> positions;
    for (std::size_t i = begin; i < begin + size; ++i) {
      positions.push_back(static_cast<std::int32_t>(i));
    }
    const std::vector<batch::Segment> segments = {
        {-1, 0, static_cast<std::int32_t>(begin + size), 0}};
    parts.push_back(hidden_states(
        decoder, {std::span(ids).subspan(begin, size), positions, segments}, {}, &cache));
    begin += size;
  }
  Tensor whole =
      at::empty({static_cast<std::int64_t>(begin), parts[0].size(1)}, parts[0].options());
  std::int64_t at = 0;
  for (const Tensor& part : parts) {
    whole.narrow(0, at, part.size(0)).copy_(part);
    at += part.size(0);
  }
  return whole;
}

TEST(Decoder, CacheInPiecesEqualsTheWholeForward) {
  const Decoder decoder = tiny_decoder();
  // Past 256 tokens, where the cache grows.
  const auto ids = random_ids(330, "cache");
  KvCache cache(2);
  const Tensor pieces = in_pieces(decoder, ids, {5, 1, 1, 190, 100, 33}, cache);
  EXPECT_EQ(cache.size(), 330);
  EXPECT_LT(largest_difference(pieces, row_hidden(decoder, ids)), 1e-5);
}

TEST(Decoder, CacheCutBackForgetsWhatFollowed) {
  const Decoder decoder = tiny_decoder();
  const auto ids = random_ids(20, "cut");
  auto other = ids;
  for (std::size_t i = 12; i < other.size(); ++i) other[i] = (other[i] + 7) % 64;
  KvCache cache(2);
  (void)in_pieces(decoder, ids, {20}, cache);
  cache.truncate(12);
  std::vector<std::int32_t> positions = {12, 13, 14, 15, 16, 17, 18, 19};
  const std::vector<batch::Segment> segments = {{-1, 0, 20, 0}};
  const Tensor tail =
      hidden_states(decoder, {std::span(other).subspan(12), positions, segments}, {}, &cache);
  EXPECT_LT(largest_difference(tail, row_hidden(decoder, other).narrow(0, 12, 8)), 1e-5);
  EXPECT_THROW(cache.truncate(21), InternalError);
  EXPECT_THROW(cache.truncate(-1), InternalError);
}

TEST(Decoder, TreeOfSegmentsEqualsEachRowAlone) {
  const Decoder decoder = tiny_decoder();
  const auto ids = random_ids(40, "tree");
  const auto part = [&](std::size_t begin, std::size_t size) {
    return std::span(ids).subspan(begin, size);
  };
  batch::TreeBuilder builder;
  const auto root = builder.add(-1, part(0, 9));
  const auto left = builder.add(root, part(9, 6));
  const auto leaf = builder.add(left, part(15, 4));
  const auto right = builder.add(root, part(19, 8));
  const auto lone = builder.add(-1, part(27, 13));
  for (const auto end : {left, leaf, right, lone}) builder.add_example(end, {});
  const batch::Pack pack = builder.finish();
  const Tensor all = hidden_states(decoder, {pack.ids, pack.positions, pack.segments}, {});
  for (std::int64_t e = 0; e < pack.examples; ++e) {
    const batch::Unpacked row = batch::unpack(pack, e);
    const Tensor alone = row_hidden(decoder, row.ids);
    const batch::Segment& last =
        pack.segments[static_cast<std::size_t>(pack.last_segment[static_cast<std::size_t>(e)])];
    EXPECT_LT(largest_difference(all.narrow(0, last.begin, last.length),
                                 alone.narrow(0, last.first_position, last.length)),
              1e-5)
        << "row " << e;
  }
}

TEST(Decoder, WantedTokensAloneHaveTheSameStatesAndGradients) {
  Decoder decoder = tiny_decoder();
  const auto ids = random_ids(30, "wanted");
  batch::TreeBuilder builder;
  const auto root = builder.add(-1, std::span(ids).first(12));
  builder.add_example(builder.add(root, std::span(ids).subspan(12, 10)), {});
  builder.add_example(builder.add(root, std::span(ids).subspan(22, 8)), {});
  const batch::Pack pack = builder.finish();
  const std::vector<std::int32_t> wanted = {4, 11, 12, 20, 29};
  Tensor weight = decoder.layers[0].k_proj.weight.requires_grad_(true);
  const auto gradient_of = [&](const Tensor& hidden) {
    weight.mutable_grad().reset();
    (hidden * hidden).sum().backward();
    return weight.grad().clone();
  };
  const Tensor rows = tensor::tensor_of(wanted, decoder.device());
  const Tensor all = at::index_select(
      hidden_states(decoder, {pack.ids, pack.positions, pack.segments, {}}, {}), 0, rows);
  const Tensor expected = gradient_of(all);
  const Tensor some = hidden_states(decoder, {pack.ids, pack.positions, pack.segments, wanted}, {});
  EXPECT_LT(largest_difference(some.detach(), all.detach()), 1e-6);
  EXPECT_LT(largest_difference(gradient_of(some), expected), 1e-5);
  EXPECT_GT(expected.abs().max().item<double>(), 1e-3);
}

TEST(Decoder, LaterTokensDoNotReachEarlierOnes) {
  const Decoder decoder = tiny_decoder();
  auto ids = random_ids(12, "causal");
  const Tensor before = row_hidden(decoder, ids);
  ids[8] = (ids[8] + 1) % 64;
  const Tensor after = row_hidden(decoder, ids);
  EXPECT_EQ(largest_difference(before.narrow(0, 0, 8), after.narrow(0, 0, 8)), 0.0);
  EXPECT_GT(largest_difference(before.narrow(0, 8, 4), after.narrow(0, 8, 4)), 1e-3);
}

TEST(Decoder, NamesAnIdOutsideTheVocabulary) {
  const Decoder decoder = tiny_decoder();
  for (const batch::TokenId bad : {64, -1, 1 << 30}) {
    const std::vector<batch::TokenId> ids = {1, bad, 2};
    const std::string said = message_of<DataError>([&] { (void)row_hidden(decoder, ids); });
    EXPECT_THAT(said, HasSubstr(text("token id {} is outside", bad)));
    EXPECT_THAT(said, HasSubstr("vocabulary of 64"));
  }
}

TEST(Decoder, TiedHeadIsTheEmbedding) {
  DecoderConfig config = tiny_config();
  const Decoder tied = tiny_decoder(config);
  config.tie_word_embeddings = false;
  Decoder untied = tiny_decoder(config);
  const auto ids = random_ids(6, "head");
  const Tensor expected = row_hidden(tied, ids).matmul(tied.embed_tokens.t());
  EXPECT_LT(largest_difference(logits(tied, row_hidden(tied, ids)), expected), 1e-5);
  EXPECT_FALSE(tied.lm_head.defined());
  EXPECT_GT(largest_difference(logits(untied, row_hidden(untied, ids)), expected), 1e-2);
  untied.lm_head = untied.embed_tokens;
  EXPECT_LT(largest_difference(logits(untied, row_hidden(untied, ids)), expected), 1e-5);
}

TEST(Decoder, CountsEveryParameter) {
  for (const bool flag : {false, true}) {
    DecoderConfig config = tiny_config();
    config.tie_word_embeddings = flag;
    config.qkv_bias = !flag;
    config.output_bias = flag;
    config.mlp_bias = flag;
    Decoder decoder = tiny_decoder(config);
    std::int64_t count = 0;
    std::map<std::string, int> names;
    for_each_parameter(decoder, [&](const std::string& name, const Tensor& value) {
      count += value.numel();
      ++names[name];
    });
    EXPECT_EQ(count, config.parameter_count());
    EXPECT_EQ(names.count("lm_head.weight"), flag ? 0U : 1U);
    EXPECT_EQ(names.count("model.layers.1.self_attn.q_proj.bias"), flag ? 0U : 1U);
    EXPECT_EQ(names.count("model.layers.0.mlp.down_proj.bias"), flag ? 1U : 0U);
    for (const auto& [name, times] : names) EXPECT_EQ(times, 1) << name;
  }
}

TEST(Decoder, BiasesMoveTheOutput) {
  DecoderConfig config = tiny_config();
  config.qkv_bias = config.output_bias = config.mlp_bias = true;
  Decoder decoder = tiny_decoder(config);
  const auto ids = random_ids(6, "bias");
  const Tensor before = row_hidden(decoder, ids);
  for (nn::Linear* linear : block_linears(decoder)) {
    const Tensor kept = linear->bias;
    linear->bias = kept + 0.5;
    EXPECT_GT(largest_difference(row_hidden(decoder, ids), before), 1e-5) << linear->name;
    linear->bias = kept;
  }
}

}  // namespace
}  // namespace fettle::model
