#include "data/clean/personal.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "base/nearest.h"
#include "data/clean/chars.h"

namespace fettle::data::clean {
namespace {

using P = Personal;
constexpr std::array kKinds = {
    PersonalKind{P::kEmail, "EMAIL_ADDRESS", true, "e-mail addresses", "RFC 5321"},
    PersonalKind{P::kPhone, "PHONE_NUMBER", true, "telephone numbers of many countries",
                 "ITU-T E.123"},
    PersonalKind{P::kCard, "CREDIT_CARD", true, "payment cards, by issuer and check digit",
                 "ISO/IEC 7812-1"},
    PersonalKind{P::kIban, "IBAN_CODE", true, "bank accounts, by country and check digits",
                 "ISO 13616"},
    PersonalKind{P::kSsn, "US_SSN", true, "US social security numbers", "SSA, 2011"},
    PersonalKind{P::kNationalId, "NATIONAL_ID", true,
                 "UK NHS and NINO, ES NIF and NIE, IT, PL, FR, DE, NL, BR, IN, SE, FI, AU TFN and "
                 "ABN, SG, CA, US ITIN, by check digits",
                 "the issuers' rules"},
    PersonalKind{P::kDriverLicence, "US_DRIVER_LICENSE", true, "numbers after \"license\"", ""},
    PersonalKind{P::kIp, "IP_ADDRESS", true, "IPv4 and IPv6 addresses", "RFC 791, RFC 4291"},
    PersonalKind{P::kMac, "MAC_ADDRESS", true, "hardware addresses", "IEEE 802"},
    PersonalKind{P::kCoordinates, "COORDINATES", true, "latitude and longitude in degrees", ""},
    PersonalKind{P::kUrl, "URL", false, "web addresses", "RFC 3986"},
    PersonalKind{P::kSecretUrl, "URL_SECRET", true, "web addresses with a password or token", ""},
    PersonalKind{P::kSecret, "SECRET", true,
                 "keys and tokens (AWS, GitHub, Slack, Google, JWT, private keys, ...)",
                 "the makers' documents; RFC 7519; RFC 7468"},
    PersonalKind{P::kCrypto, "CRYPTO", true, "Bitcoin and Ethereum addresses", "BIP 173, BIP 350"},
    PersonalKind{P::kBirthDate, "DATE_OF_BIRTH", true, "dates beside a word of birth", ""},
    PersonalKind{P::kDate, "DATE_TIME", false, "other dates", "ISO 8601"},
    PersonalKind{P::kAge, "AGE", false, "ages of people", ""},
    PersonalKind{P::kPerson, "PERSON", false, "names, by lists and context", ""},
    PersonalKind{P::kTitle, "TITLE", false, "titles before names", ""},
    PersonalKind{P::kPlace, "LOCATION", false, "countries and large cities, by lists", ""},
    PersonalKind{P::kAddress, "STREET_ADDRESS", false, "streets with house numbers", ""},
    PersonalKind{P::kPostcode, "ZIP_CODE", false, "post codes beside their name", ""},
    PersonalKind{P::kOrganization, "ORGANIZATION", false, "companies, by their ending", ""},
    PersonalKind{P::kNationality, "NRP", false, "nationalities and religions, by lists", ""},
};

PersonalSet set_of(Personal kind) { return PersonalSet{1} << static_cast<unsigned>(kind); }

// "EMAIL_ADDRESS 2, PHONE_NUMBER 1": counts, never the values.
std::string counts_of(const std::array<std::size_t, kKinds.size()>& counts) {
  std::string out;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    if (!out.empty()) out += ", ";
    out += std::string(kKinds[i].name) + " " + std::to_string(counts[i]);
  }
  return out;
}

class PersonalStage : public RowStage {
 public:
  PersonalStage(PersonalConfig config, std::string key)
      : config_(std::move(config)), kinds_(personal_set(config_.kinds)), key_(std::move(key)) {}

  [[nodiscard]] Verdict apply(Record& record) const override {
    std::array<std::size_t, kKinds.size()> counts{};
    for_each_text(record.fields, [&](std::string& text, TextRole) { clean(text, counts); });
    std::string detail = counts_of(counts);
    if (detail.empty()) return Verdict::kept();
    if (config_.action == "drop") return Verdict::dropped("personal data", std::move(detail));
    return Verdict::changed("personal data", std::move(detail));
  }

 private:
  void clean(std::string& text, std::array<std::size_t, kKinds.size()>& counts) const {
    const Found found = find_personal(text, kinds_);
    std::string out;
    std::size_t at = 0;
    for (const Finding& finding : found.findings) {
      if (finding.score < config_.min_score) continue;
      ++counts[static_cast<std::size_t>(finding.kind)];
      out.append(text, at, finding.begin - at);
      out += stand_in(finding,
                      std::string_view(text).substr(finding.begin, finding.end - finding.begin));
      at = finding.end;
    }
    if (at == 0) return;
    out.append(text, at);
    text = std::move(out);
  }

  [[nodiscard]] std::string stand_in(const Finding& finding, std::string_view value) const {
    if (config_.action == "fake") return fake_of(finding.kind, value, key_);
    if (config_.action == "remove") return {};
    return "[" + std::string(name_of(finding.kind)) + "]";
  }

  PersonalConfig config_;
  PersonalSet kinds_;
  std::string key_;
};

}  // namespace

std::span<const PersonalKind> personal_kinds() { return kKinds; }

std::string_view name_of(Personal kind) { return kKinds.at(static_cast<std::size_t>(kind)).name; }

PersonalSet personal_set(const std::vector<std::string>& names) {
  PersonalSet set = 0;
  if (names.empty()) {
    for (const PersonalKind& row : kKinds) set |= row.usual ? set_of(row.kind) : 0;
  }
  for (const std::string& name : names) {
    set |= name == "all" ? kAllPersonal
                         : set_of(row_named(kKinds, "kind of personal data", name).kind);
  }
  return set;
}

std::unique_ptr<RowStage> make_personal(const Json& options, const Bench&) {
  auto config = config_of<PersonalConfig>(options);
  std::string key;
  if (config.action == "fake") {
    if (config.key_file.empty()) {
      throw UsageError(
          "personal_data: action \"fake\" needs key_file, the file of the secret that fakes are "
          "derived from; without it use \"mask\"");
    }
    key = read_file(config.key_file, 1 << 20);
    key = trim(key);
    if (key.size() < 16) {
      throw UsageError("{}: {} characters are too few for a key; at least 16, drawn at random",
                       config.key_file, key.size());
    }
  }
  return std::make_unique<PersonalStage>(std::move(config), std::move(key));
}

}  // namespace fettle::data::clean
