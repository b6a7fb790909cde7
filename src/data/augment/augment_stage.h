// What all stages that make rows share: which rows they work on, which text they change, how many
// children a row gets, and the filter that children pass.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/augment/child_filter.h"
#include "data/stage.h"

namespace fettle::data {

struct AugmentConfig {
  std::int64_t children = 1;
  std::vector<std::string> parts = {"train"};
  std::string text_field = "text";
  double least_similarity = 0.5;
  bool agreement = true;
  std::string classifier_rows;

  template <class Visitor>
  void fields(Visitor& v) {
    v("children", children, {.min = 1, .max = 100, .help = "rows made of a row, at most"});
    v("parts", parts,
      {.help = "parts whose rows are augmented: put `split` before, and only training rows get "
               "children; rows in no part get them too"});
    v("text_field", text_field,
      {.help = "field that is rewritten: text, instruction, prompt, ..."});
    v("least_similarity", least_similarity,
      {.min = 0,
       .max = 1,
       .help = "cosine similarity with the parent that a child must reach (hashed n-grams, or the "
               "vectors of a model)"});
    v("agreement", agreement,
      {.help = "keep a labelled row's child only if a classifier gives it its parent's label"});
    v("classifier_rows", classifier_rows,
      {.help = "file of labelled training rows (text, label) that a naive Bayes classifier learns "
               "from; not needed where a model classifies"});
  }
};

class AugmentStage : public RowStage {
 public:
  // Throws UsageError when agreement is asked for and nothing classifies.
  AugmentStage(std::string method, const AugmentConfig& config, const Bench& bench);

  [[nodiscard]] Verdict apply(Record&) const final { return Verdict::kept(); }
  void expand(const Record& record, std::vector<Record>& children) const final;
  void expand_all(std::span<const Record> records,
                  const std::function<void(std::size_t, std::vector<Record>)>& tell) const final;

 protected:
  struct Parent {
    const Record& record;
    const std::string& text;
    std::uint64_t from;  // begins this record's random numbers
  };
  // New texts for each parent. More than config().children may be given: the first that pass the
  // filter are taken.
  [[nodiscard]] virtual std::vector<std::vector<std::string>> make_all(
      std::span<const Parent> parents) const = 0;

  [[nodiscard]] const AugmentConfig& config() const { return config_; }
  [[nodiscard]] const Random& random() const { return random_; }

 private:
  [[nodiscard]] const std::string* text_to_change(const Record& record) const;

  std::string method_;
  AugmentConfig config_;
  ChildFilter filter_;
  Random random_;
};

}  // namespace fettle::data
