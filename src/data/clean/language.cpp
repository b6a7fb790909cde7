#include "data/clean/language.h"

#include <cld2/public/compact_lang_det.h>
#include <cld2/public/encodings.h>

#include <array>

namespace fettle::data::clean {
namespace {

// At most `limit` bytes, not cut within a character.
std::string_view head(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xc0) == 0x80) --limit;
  return text.substr(0, limit);
}

}  // namespace

Language language_of(std::string_view text) {
  const std::string_view part = head(text, kLanguageBytes);
  const CLD2::CLDHints hints = {nullptr, nullptr, CLD2::UNKNOWN_ENCODING, CLD2::UNKNOWN_LANGUAGE};
  std::array<CLD2::Language, 3> languages{};
  std::array<int, 3> percents{};
  std::array<double, 3> scores{};
  int bytes = 0;
  int valid = 0;
  bool reliable = false;
  CLD2::ExtDetectLanguageSummaryCheckUTF8(
      part.data(), static_cast<int>(part.size()), true, &hints, CLD2::kCLDFlagBestEffort,
      languages.data(), percents.data(), scores.data(), nullptr, &bytes, &reliable, &valid);
  if (languages[0] == CLD2::UNKNOWN_LANGUAGE) return {"und", 0, false};
  return {CLD2::LanguageCode(languages[0]), percents[0] / 100.0, reliable};
}

}  // namespace fettle::data::clean
