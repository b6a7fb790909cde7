// A source in memory and small stages, so that the engine is tested without files of rows.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <map>

#include "base/error.h"
#include "base/hash.h"
#include "data/prepare/engine.h"

namespace fettle::data::prepare::testing {

// Rows {"text": "..."} in pieces of three; a text "!" is a malformed row.
class WordStream final : public Stream {
 public:
  WordStream(std::vector<std::string> words, std::string_view resume_at)
      : words_(std::move(words)),
        next_(resume_at.empty() ? 0 : std::stoull(std::string(resume_at))) {}

  std::optional<Piece> next() override {
    if (next_ >= words_.size()) return std::nullopt;
    Piece piece;
    piece.origin = {"words", static_cast<std::int64_t>(next_ + 1)};
    for (std::size_t i = 0; i < 3 && next_ < words_.size(); ++i, ++next_) {
      const Origin origin{"words", static_cast<std::int64_t>(next_ + 1)};
      if (words_[next_] == "!") {
        piece.records.push_back({problem(origin.text(), "is no row"), origin});
      } else {
        piece.records.push_back({Json{{"text", words_[next_]}}, origin});
      }
    }
    piece.resume_at = std::to_string(next_);
    return piece;
  }

 private:
  std::vector<std::string> words_;
  std::size_t next_;
};

// Doubles exclamation marks, drops "bad", makes "child of X" from "parent X".
class Words final : public RowStage {
 public:
  Verdict apply(Record& record) const override {
    auto& words = record.fields["text"].get_ref<std::string&>();
    if (words == "bad") return Verdict::dropped("bad word", words);
    if (words.ends_with('?')) {
      words += '?';
      return Verdict::changed("question marks");
    }
    return Verdict::kept();
  }
  void expand(const Record& record, std::vector<Record>& children) const override {
    const auto& words = record.fields["text"].get_ref<const std::string&>();
    if (!words.starts_with("parent ")) return;
    Record child;
    child.fields["text"] = "child of " + words;
    children.push_back(std::move(child));
  }
};

// Keeps the first of equal texts; every row that starts with "v" goes to validation.
class FirstOnes final : public SetStage {
 public:
  void observe(const Record& record, std::string& out) const override {
    out += record.fields["text"].get_ref<const std::string&>();
  }
  void decide(const Observations& seen, const std::function<void(const Decision&)>& sink) override {
    std::map<std::string, std::uint64_t> first;
    seen.for_each([&](const Observation& one) {
      const auto [at, fresh] = first.try_emplace(std::string(one.bytes), one.ordinal);
      if (!fresh) {
        sink({one.ordinal, Decision::Kind::kDrop, at->second + 1, "duplicate", {}});
      } else if (one.bytes.starts_with('v')) {
        sink({one.ordinal, Decision::Kind::kPart, 0, "validation", {}});
      } else if (one.bytes.starts_with("twice")) {
        sink({one.ordinal, Decision::Kind::kRepeat, 2, {}, {}});
      }
    });
  }
};

struct Folder {
  explicit Folder(const std::string& name)
      : path(fs::path(::testing::TempDir()) / ("fettle-prepare-" + name)) {
    fs::remove_all(path);
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

inline StageEntry row_entry() {
  return {"words", Json::object(), [](const Bench&) { return std::make_unique<Words>(); }, {}};
}
inline StageEntry set_entry() {
  return {"first", Json::object(), {}, [](const Bench&) { return std::make_unique<FirstOnes>(); }};
}

inline Job job_of(const std::vector<std::string>& words, const fs::path& folder, int threads = 1) {
  Job job;
  job.sources.push_back({"words", "", "", Json::object(), [words](std::string_view at) {
                           return std::make_unique<WordStream>(words, at);
                         }});
  job.stages = {row_entry(), set_entry()};
  job.recipe = "words";
  job.output_dir = folder;
  job.threads = threads;
  job.max_bad_share = 1;
  return job;
}

// name: content, of all files beside the work folder.
inline std::map<std::string, std::string> files_in(const fs::path& folder) {
  std::map<std::string, std::string> out;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.is_regular_file()) out[entry.path().filename()] = read_file(entry.path());
  }
  return out;
}

}  // namespace fettle::data::prepare::testing
