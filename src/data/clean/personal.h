// Personal data in text: found by hand-written scanners whose work grows with the text's length
// alone, and masked, removed or replaced.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"
#include "data/stage.h"

namespace fettle::data::clean {

enum class Personal : std::uint8_t {
  kEmail,
  kPhone,
  kCard,
  kIban,
  kSsn,
  kNationalId,
  kDriverLicence,
  kIp,
  kMac,
  kCoordinates,
  kUrl,
  kSecretUrl,
  kSecret,
  kCrypto,
  kBirthDate,
  kDate,
  kAge,
  kPerson,
  kTitle,
  kPlace,
  kAddress,
  kPostcode,
  kOrganization,
  kNationality,
};

// A row of the table of kinds.
struct PersonalKind {
  Personal kind;
  std::string_view name;  // as in Presidio, where it has the kind: "EMAIL_ADDRESS"
  bool usual;             // found when a recipe does not list kinds
  std::string_view help;
  std::string_view source;  // specification of the check, if there is one
};
[[nodiscard]] std::span<const PersonalKind> personal_kinds();
[[nodiscard]] std::string_view name_of(Personal kind);

struct Finding {
  Personal kind;
  std::size_t begin = 0;  // bytes
  std::size_t end = 0;
  float score = 0;            // how sure, in (0, 1]; 1: a check digit holds in a known form
  std::string_view detail{};  // which national number or key: "PL PESEL", "GitHub"
};

struct Found {
  std::vector<Finding> findings;  // in order, without overlaps
  std::uint64_t steps = 0;        // characters looked at, for the proof that work is linear
};

// kinds: one bit each, 1 << kind.
using PersonalSet = std::uint32_t;
inline constexpr PersonalSet kAllPersonal = (PersonalSet{1} << 24) - 1;
[[nodiscard]] Found find_personal(std::string_view text, PersonalSet kinds = kAllPersonal);

struct PersonalConfig {
  std::string action = "mask";
  std::vector<std::string> kinds;
  double min_score = 0.4;
  std::string key_file;

  template <class Visitor>
  void fields(Visitor& v) {
    v("action", action,
      {.choices = {"mask", "remove", "fake", "drop"},
       .help = "mask: [EMAIL_ADDRESS]; fake: an invented value of the same form, the same one for "
               "the same value under the same key; drop: the row goes"});
    v("kinds", kinds,
      {.help = "kinds to look for (EMAIL_ADDRESS, PHONE_NUMBER, ...); empty: those that point to "
               "one person; \"all\": also names, places, dates"});
    v("min_score", min_score, {.min = 0, .max = 1, .help = "how sure a finding must be"});
    v("key_file", key_file, {.help = "file of the secret that fakes are derived from"});
  }
};

// The set that names stand for; UsageError for an unknown name.
[[nodiscard]] PersonalSet personal_set(const std::vector<std::string>& names);

// An invented value of the finding's form. A function of kind, value (without separators, lower
// case) and key; the value cannot be found from it without the key (HMAC-SHA-256).
[[nodiscard]] std::string fake_of(Personal kind, std::string_view value, std::string_view key);

[[nodiscard]] std::unique_ptr<RowStage> make_personal(const Json& options, const Bench& bench);

}  // namespace fettle::data::clean
