// Rules over text: the first byte chooses repair, quality rules or personal data, the rest is text.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "data/clean/answers.h"
#include "data/clean/lines.h"
#include "data/clean/measures.h"
#include "data/clean/personal.h"
#include "data/clean/quality.h"
#include "data/clean/repair.h"

namespace {

using namespace fettle::data;

void repair_all(std::string text) {
  clean::RepairConfig config;
  config.markup = true;
  config.single_spaces = true;
  (void)clean::repair(text, config);
}

void judge_all(std::string text) {
  clean::Document document;
  document.read(text);
  (void)clean::gopher_quality(document, {.min_words = 0});
  (void)clean::gopher_repetition(document, {});
  (void)clean::fineweb_quality(document, {});
  (void)clean::check_symbols(document, {});
  (void)clean::cut_off(text, true);
  (void)clean::refusal(text, {});
  std::string copy = text;
  (void)clean::remove_boilerplate(copy, {});
  (void)clean::c4_quality(text, {.bad_words = {"bad", "word"}});
}

// Findings lie in the text, in order and apart, and each has a stand-in.
void find_all(std::string_view text) {
  std::size_t last = 0;
  for (const clean::Finding& finding : clean::find_personal(text).findings) {
    if (finding.begin < last || finding.end <= finding.begin || finding.end > text.size()) {
      std::abort();
    }
    last = finding.end;
    (void)clean::fake_of(finding.kind, text.substr(finding.begin, finding.end - finding.begin),
                         "a key for the fuzzer");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 3) {
    case 0:
      repair_all(text);
      break;
    case 1:
      judge_all(text);
      break;
    default:
      find_all(text);
      break;
  }
  return 0;
}
