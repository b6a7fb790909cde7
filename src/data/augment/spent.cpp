#include "data/augment/spent.h"

#include <cmath>

#include "base/error.h"
#include "base/file.h"
#include "base/json.h"

namespace fettle::data {
namespace {

constexpr std::size_t kMaxBytes = 4096;

// The member as a number that can have been spent; -1: it is none.
double spent_in(const Json& held, const char* key) {
  const Json* const value = find(held, key);
  if (value == nullptr || !value->is_number()) return -1;
  const auto number = value->get<double>();
  return std::isfinite(number) && number >= 0 && number < 1e15 ? number : -1;
}

}  // namespace

ApiUsage read_spent(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return {};
  const Result<Json> held = parse_json(read_file(file, kMaxBytes), file.native());
  const Json nothing;
  const double requests = spent_in(held ? *held : nothing, "requests");
  const double tokens = spent_in(held ? *held : nothing, "tokens");
  const double cost = spent_in(held ? *held : nothing, "cost");
  if (requests < 0 || tokens < 0 || cost < 0) {
    throw DataError(
        "{}: does not say what was spent on the server (requests, tokens, cost); remove it to "
        "begin "
        "the budget anew, or start anew with --overwrite",
        file);
  }
  return {static_cast<std::int64_t>(requests), static_cast<std::int64_t>(tokens), cost};
}

void write_spent(const std::filesystem::path& file, const ApiUsage& usage) {
  make_folders(file.parent_path());
  write_file_atomically(
      file,
      to_text({{"requests", usage.requests}, {"tokens", usage.tokens}, {"cost", usage.cost}}));
}

}  // namespace fettle::data
