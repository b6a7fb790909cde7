#include "data/prepare/deciding.h"

#include <cstring>

#include "base/error.h"

namespace fettle::data::prepare {
namespace {

class ChunkObservations final : public Observations {
 public:
  ChunkObservations(const ChunkList& chunks, const Standing& standing, std::size_t stage)
      : chunks_(chunks), standing_(standing), section_(text("observed-{}", stage)) {}

  [[nodiscard]] std::uint64_t count() const override { return chunks_.rows(); }

  void for_each(const std::function<void(const Observation&)>& visit) const override {
    std::uint64_t ordinal = 0;
    for (std::size_t i = 0; i < chunks_.size(); ++i) {
      const ChunkFile file(chunks_.path(i));
      std::string_view rest = file.section(section_);
      while (!rest.empty()) {
        std::uint32_t length = 0;
        if (rest.size() < sizeof length) throw InternalError("observations end inside one");
        std::memcpy(&length, rest.data(), sizeof length);
        rest.remove_prefix(sizeof length);
        if (rest.size() < length) throw InternalError("observations end inside one");
        if (standing_.alive[ordinal]) visit(observation(ordinal, rest.substr(0, length)));
        rest.remove_prefix(length);
        ++ordinal;
      }
    }
  }

 private:
  [[nodiscard]] Observation observation(std::uint64_t ordinal, std::string_view bytes) const {
    Observation out{ordinal, bytes};
    if (!standing_.groups.empty()) out.group = standing_.groups[ordinal];
    if (!standing_.parts.empty()) out.part = standing_.part_names.name(standing_.parts[ordinal]);
    return out;
  }

  const ChunkList& chunks_;
  const Standing& standing_;
  std::string section_;
};

}  // namespace

Deciding::Deciding(const ChunkList& chunks, std::uint64_t memory)
    : chunks_(chunks), writer_(chunks, chunks.folder(), memory), alive_count_(chunks.rows()) {
  standing_.alive.assign(chunks.rows(), true);
  read_standing();
}

void Deciding::read_standing() {
  for (std::size_t i = 0; i < chunks_.size(); ++i) {
    const ChunkFile file(chunks_.path(i));
    if (!file.info().at("standing").get<bool>()) continue;
    const Names names(file.info().at("names"));
    std::uint64_t ordinal = chunks_.begin(i);
    unpack(file.section("rows"), [&](const PackedRow& row) {
      if (row.group != 0) note({ordinal, Decision::Kind::kGroup, row.group, {}, {}});
      if (row.part != 0) note({ordinal, Decision::Kind::kPart, 0, names.name(row.part), {}});
      ++ordinal;
    });
  }
}

void Deciding::note(const Decision& decision) {
  switch (decision.kind) {
    case Decision::Kind::kGroup:
      if (standing_.groups.empty()) standing_.groups.assign(chunks_.rows(), 0);
      standing_.groups[decision.ordinal] = decision.value;
      return;
    case Decision::Kind::kPart:
      if (standing_.parts.empty()) standing_.parts.assign(chunks_.rows(), 0);
      standing_.parts[decision.ordinal] = standing_.part_names.number(decision.reason);
      return;
    case Decision::Kind::kRepeat:
      if (decision.value != 0) return;
      [[fallthrough]];
    case Decision::Kind::kDrop:
      if (standing_.alive[decision.ordinal]) --alive_count_;
      standing_.alive[decision.ordinal] = false;
      return;
    case Decision::Kind::kNote:
      return;
  }
}

void Deciding::run(const SetStep& step) {
  const ChunkObservations seen(chunks_, standing_, step.number);
  // A stage reads while it decides: what it drops is gone for later stages, not for itself.
  std::vector<std::uint64_t> dropped;
  step.stage->decide(seen, [&](const Decision& decision) {
    if (decision.ordinal >= chunks_.rows()) {
      throw InternalError("{} decided on row {} of {}", step.name, decision.ordinal,
                          chunks_.rows());
    }
    if (!standing_.alive[decision.ordinal]) return;
    writer_.add({static_cast<std::uint32_t>(step.number), decision});
    const bool drops = decision.kind == Decision::Kind::kDrop ||
                       (decision.kind == Decision::Kind::kRepeat && decision.value == 0);
    if (drops) {
      dropped.push_back(decision.ordinal);
    } else {
      note(decision);
    }
  });
  for (const std::uint64_t ordinal : dropped) note({ordinal, Decision::Kind::kDrop, 0, {}, {}});
}

}  // namespace fettle::data::prepare
