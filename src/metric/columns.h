// The columns that metrics are computed over. A metric reads those of its kind (Input) and leaves
// the others alone; every column that it reads has one entry a row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fettle::metric {

enum class Input {
  kClasses,        // truth, said, classes
  kProbabilities,  // truth, probabilities, classes
  kNumbers,        // targets, values
  kTexts,          // answers, references
  kLikelihood,     // nll with tokens, words, bytes or right_tokens
  kUnanswerable,   // answers, references (none: unanswerable), values (score of "no answer")
  kSamples,        // samples, passed: tries of a task and how many were right
};

struct Columns {
  std::vector<int> truth = {};  // in [0, classes)
  std::vector<int> said = {};   // in [0, classes), or kNoClass of classification.h
  std::size_t classes = 0;
  // A row's probability of each class; of two classes, that of class 1 alone serves.
  std::vector<std::vector<double>> probabilities = {};
  std::vector<double> targets = {};
  std::vector<double> values = {};
  std::vector<std::string> answers =
      {};  // UTF-8; bytes that are not pass through as single characters
  std::vector<std::vector<std::string>> references = {};  // the right texts of each row
  std::vector<double> nll = {};  // negative log-likelihood in nats, a row's sum
  std::vector<std::int64_t> tokens = {};
  std::vector<std::int64_t> words = {};
  std::vector<std::int64_t> bytes = {};
  std::vector<std::int64_t> right_tokens = {};
  std::vector<std::int64_t> samples = {};
  std::vector<std::int64_t> passed = {};
  // Rows of one source (a document, a conversation): drawn together by the bootstrap. Empty: each
  // row for itself.
  std::vector<std::int64_t> clusters = {};
};

}  // namespace fettle::metric
