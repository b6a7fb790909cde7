// libtorch's own generator begins anywhere; these tests draw the same numbers in every run.
#include <ATen/Context.h>
#include <gtest/gtest.h>

namespace fettle::nn {
namespace {

class Seeded : public ::testing::Environment {
 public:
  void SetUp() override { at::manual_seed(7); }
};

[[maybe_unused]] const auto* const kSeeded = ::testing::AddGlobalTestEnvironment(new Seeded);

}  // namespace
}  // namespace fettle::nn
