#include "evaluate/task_tokens.h"

#include <algorithm>

#include "base/error.h"
#include "metric/unicode.h"

namespace fettle::evaluate {
namespace {

// Bytes of white space (Python's str.rstrip) at the end.
std::size_t space_at_end(const std::string& text) {
  const std::vector<std::int32_t> points = metric::code_points(text);
  std::size_t from = points.size();
  while (from > 0 && metric::is_space(points[from - 1])) --from;
  return metric::utf8({points.begin() + static_cast<std::ptrdiff_t>(from), points.end()}).size();
}

// The last `scored` ids are scored; too many ids lose their first ones.
batch::Example example_of(std::vector<batch::TokenId> ids, std::size_t scored,
                          std::int64_t max_length) {
  const auto most = static_cast<std::size_t>(max_length) + 1;
  if (ids.size() > most) ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(most));
  batch::Example out;
  out.ids = std::move(ids);
  out.scored.assign(out.ids.size(), 0);
  const std::size_t count = std::min(scored, out.ids.size() - 1);
  std::fill(out.scored.end() - static_cast<std::ptrdiff_t>(count), out.scored.end(), 1);
  return out;
}

}  // namespace

batch::TokenId TaskTokens::prefix() const {
  const tokenize::SpecialTokens& special = tokenizer.special();
  if (special.bos) return *special.bos;
  if (special.eos) return *special.eos;
  throw DataError(
      "the model's tokenizer names neither BOS nor EOS, so a text without context cannot be "
      "scored; name one in tokenizer_config.json");
}

std::vector<batch::TokenId> TaskTokens::encode(const std::string& text) const {
  const tokenize::SpecialTokens& special = tokenizer.special();
  bool add = true;
  if (const auto begin = special.bos ? special.bos : special.eos) {
    const std::string_view written = tokenizer.token_of(*begin);
    add = written.empty() || !text.starts_with(written);
  }
  return tokenizer.encode(text, add).ids;
}

batch::Example TaskTokens::pair(const std::string& context, const std::string& continuation) const {
  if (context.empty()) {
    std::vector<batch::TokenId> ids = tokenizer.encode(continuation, false).ids;
    if (ids.empty() || ids.front() != prefix()) ids.insert(ids.begin(), prefix());
    const std::size_t scored = ids.size() - 1;
    return example_of(std::move(ids), scored, max_length);
  }
  const std::size_t bare = context.size() - space_at_end(context);
  std::vector<batch::TokenId> before = encode(context.substr(0, bare));
  std::vector<batch::TokenId> whole = encode(context + continuation);
  const std::size_t scored = whole.size() > before.size() ? whole.size() - before.size() : 0;
  // The context's own tokens stand before the continuation's, also where they merge differently.
  if (scored > 0) {
    std::copy(before.begin(), before.end(), whole.begin());
  }
  if (whole.size() == scored) whole.insert(whole.begin(), prefix());
  return example_of(std::move(whole), scored, max_length);
}

std::vector<batch::Example> TaskTokens::windows(const std::string& text,
                                                std::int64_t stride) const {
  if (stride > 0) return strided_windows(text, stride);
  const std::vector<batch::TokenId> ids = encode(text);
  const auto length = static_cast<std::size_t>(max_length);
  std::vector<batch::Example> out;
  for (std::size_t begin = 0; begin < ids.size(); begin += length) {
    const std::size_t end = std::min(ids.size(), begin + length);
    std::vector<batch::TokenId> window;
    if (begin == 0) window.push_back(prefix());
    const std::size_t from = begin == 0 ? 0 : end - length - 1;
    window.insert(window.end(), ids.begin() + static_cast<std::ptrdiff_t>(from),
                  ids.begin() + static_cast<std::ptrdiff_t>(end));
    out.push_back(example_of(std::move(window), end - begin, max_length));
  }
  return out;
}

std::vector<batch::Example> TaskTokens::strided_windows(const std::string& text,
                                                        std::int64_t stride) const {
  if (stride >= max_length) {
    throw DataError("stride is {}; it must be below the model's context of {} tokens", stride,
                    max_length);
  }
  std::vector<batch::TokenId> ids = encode(text);
  ids.insert(ids.begin(), prefix());
  std::vector<batch::Example> out;
  std::size_t scored_until = 1;  // the first token is context alone
  for (std::size_t begin = 0; scored_until < ids.size();
       begin += static_cast<std::size_t>(stride)) {
    const std::size_t end = std::min(begin + static_cast<std::size_t>(max_length), ids.size());
    out.push_back(example_of({ids.begin() + static_cast<std::ptrdiff_t>(begin),
                              ids.begin() + static_cast<std::ptrdiff_t>(end)},
                             end - scored_until, max_length));
    scored_until = end;
  }
  return out;
}

std::int64_t new_tokens(const std::vector<batch::Example>& rows, const batch::Example& next) {
  if (rows.empty()) return std::ssize(next.ids);
  const auto end = std::ranges::mismatch(next.ids, rows.back().ids);
  return next.ids.end() - end.in1;
}

std::vector<batch::TokenId> TaskTokens::prompt(const std::string& text, std::int64_t answer) const {
  if (answer >= max_length) {
    throw DataError("max_gen_toks is {}; the model's context holds {}: ask for a shorter answer",
                    answer, max_length);
  }
  std::vector<batch::TokenId> ids = encode(text);
  const auto most = static_cast<std::size_t>(max_length - answer);
  if (ids.size() > most) ids.erase(ids.begin(), ids.end() - static_cast<std::ptrdiff_t>(most));
  if (ids.empty()) ids.push_back(prefix());
  return ids;
}

}  // namespace fettle::evaluate
