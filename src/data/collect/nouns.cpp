#include "data/collect/nouns.h"

#include <vector>

#include "base/error.h"
#include "data/wordnet.h"

namespace fettle::data::collect {
namespace {

class NounReader : public PartReader {
 public:
  NounReader(const std::filesystem::path& folder, const Place& from)
      : file_((folder / "data.noun").native()),
        nouns_(read_nouns(folder)),
        next_(static_cast<std::size_t>(from.line)) {
    if (next_ > nouns_.size())
      throw DataError("{}: has fewer nouns than when the run began", file_);
  }

  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    for (; rows < limit && !out.full() && next_ < nouns_.size(); ++next_, ++rows) {
      const Noun& noun = nouns_[next_];
      out.add({Json{{"text", noun.word + ": " + noun.definition},
                    {"label", kNounFiles[static_cast<std::size_t>(noun.file)]}},
               Origin{file_, noun.line}});
    }
    return next_ < nouns_.size();
  }
  Place place() const override { return {0, static_cast<std::int64_t>(next_), 0}; }

 private:
  std::string file_;
  std::vector<Noun> nouns_;
  std::size_t next_;
};

}  // namespace

std::unique_ptr<PartReader> open_nouns(const SourceConfig& config, const Place& from) {
  return std::make_unique<NounReader>(find_wordnet(config.path == "wordnet" ? "" : config.path),
                                      from);
}

}  // namespace fettle::data::collect
