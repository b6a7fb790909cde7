#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/error.h"
#include "data/annotate/agreement.h"
#include "data/annotate/vectors.h"

namespace fettle::data {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

TEST(Agreement, KappaOfItsClosedForm) {
  // Cohen 1960: (po - pe) / (1 - pe) with po 3/4, pe 1/2.
  const int a[] = {0, 0, 1, 1};
  const int b[] = {0, 1, 1, 1};
  EXPECT_NEAR(cohen_kappa(a, b, 2), 0.5, 1e-12);
  EXPECT_TRUE(std::isnan(cohen_kappa(std::span(a, 1), std::span(a, 1), 2)));
  EXPECT_TRUE(std::isnan(cohen_kappa({}, {}, 2)));
  const int wrong[] = {0, 2, 1, 1};
  EXPECT_THROW(static_cast<void>(cohen_kappa(a, wrong, 2)), InternalError);
}

TEST(Agreement, AlphaOfThePapersExample) {
  // Krippendorff 2011, "C. Nominal data, any number of observers, missing data": alpha 0.743.
  const double values[] = {1,     2, 3, 3, 2, 1, 4, 1, 2, kNone, kNone, kNone,  //
                           1,     2, 3, 3, 2, 2, 4, 1, 2, 5,     kNone, 3,      //
                           kNone, 3, 3, 3, 2, 3, 4, 2, 2, 5,     1,     kNone,  //
                           1,     2, 3, 3, 2, 4, 4, 1, 2, 5,     1,     kNone};
  EXPECT_NEAR(krippendorff_alpha(values, 12, Level::kNominal), 0.743, 5e-4);
  EXPECT_NEAR(krippendorff_alpha(values, 12, Level::kOrdinal), 0.815, 5e-4);
  EXPECT_NEAR(krippendorff_alpha(values, 12, Level::kInterval), 0.849, 5e-4);
}

TEST(Agreement, AUnitThatStandsForManyCountsAsMany) {
  const double once[] = {1, 2, 2, 1, 1, 2};
  const double times[] = {2, 1, 1};
  const double repeated[] = {1, 1, 2, 2, 1, 1, 1, 2};
  EXPECT_NEAR(krippendorff_alpha(once, 3, Level::kNominal, times),
              krippendorff_alpha(repeated, 4, Level::kNominal), 1e-12);
}

double cosine(const SparseVector& a, const SparseVector& b) {
  double sum = 0;
  for (const auto& [bucket, weight] : a) {
    for (const auto& [other, value] : b) sum += bucket == other ? weight * value : 0;
  }
  return sum;
}

TEST(Vectors, AlikeTextsAreNear) {
  const auto text = ngram_vector("The red fox jumps over the dog.");
  EXPECT_NEAR(cosine(text, text), 1, 1e-6);
  EXPECT_NEAR(cosine(text, ngram_vector("the RED fox, jumps over the dog")), 1, 1e-6);
  EXPECT_GT(cosine(text, ngram_vector("The red fox jumps over a dog.")), 0.6);
  EXPECT_LT(cosine(text, ngram_vector("Interest rates were raised again")), 0.1);
  EXPECT_TRUE(ngram_vector("?! ...").empty());
}

}  // namespace
}  // namespace fettle::data
