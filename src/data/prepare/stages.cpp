#include "data/prepare/stages.h"

#include <array>

#include "data/prepare/packed_rows.h"

namespace fettle::data::prepare {
namespace {

class DropEmpty final : public RowStage {
 public:
  Verdict apply(Record& record) const override {
    const Json& fields = record.fields;
    const std::string_view form = form_of(fields);
    if (form == "image" || form == "audio" || size_of(fields).characters > 0) {
      return Verdict::kept();
    }
    // Lists and objects of other shapes than messages may hold anything.
    for (const Json& value : fields) {
      if (value.is_structured() && !value.empty()) return Verdict::kept();
    }
    return Verdict::dropped("empty");
  }
};

constexpr std::array kRowStages = {
    RowStageRow{"drop_empty", "drops rows without any text", "", options_of<NoOptions>,
                [](const Json&, const Bench&) -> std::unique_ptr<RowStage> {
                  return std::make_unique<DropEmpty>();
                }},
};

}  // namespace

std::span<const RowStageRow> own_row_stages() { return kRowStages; }

}  // namespace fettle::data::prepare
