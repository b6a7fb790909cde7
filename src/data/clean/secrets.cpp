// Keys and tokens: by the prefixes that their makers document, and by key words before values that
// look drawn at random.
#include <algorithm>
#include <array>
#include <cmath>

#include "base/format.h"
#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

struct Prefix {
  std::string_view start;
  std::size_t least;  // characters behind it
  std::size_t most;
  std::string_view more;  // characters beside letters and digits
  std::string_view maker;
};

constexpr std::array kPrefixes = {
    Prefix{"AKIA", 16, 16, "", "AWS"},         Prefix{"ASIA", 16, 16, "", "AWS"},
    Prefix{"ghp_", 36, 255, "", "GitHub"},     Prefix{"gho_", 36, 255, "", "GitHub"},
    Prefix{"ghu_", 36, 255, "", "GitHub"},     Prefix{"ghs_", 36, 255, "", "GitHub"},
    Prefix{"ghr_", 36, 255, "", "GitHub"},     Prefix{"github_pat_", 50, 255, "_", "GitHub"},
    Prefix{"glpat-", 20, 64, "_-", "GitLab"},  Prefix{"xoxb-", 20, 255, "-", "Slack"},
    Prefix{"xoxp-", 20, 255, "-", "Slack"},    Prefix{"xoxa-", 20, 255, "-", "Slack"},
    Prefix{"xoxr-", 20, 255, "-", "Slack"},    Prefix{"xoxs-", 20, 255, "-", "Slack"},
    Prefix{"AIza", 35, 35, "_-", "Google"},    Prefix{"ya29.", 20, 255, "_-.", "Google"},
    Prefix{"sk_live_", 20, 128, "", "Stripe"}, Prefix{"rk_live_", 20, 128, "", "Stripe"},
    Prefix{"sk-", 32, 200, "_-", "OpenAI"},    Prefix{"hf_", 30, 64, "", "Hugging Face"},
    Prefix{"npm_", 36, 36, "", "npm"},         Prefix{"SG.", 40, 80, "_-.", "SendGrid"},
};

bool token_char(unsigned char c, std::string_view more) {
  return is_ascii_letter(c) || is_digit(c) || more.find(static_cast<char>(c)) != more.npos;
}

void try_prefixes(Scan& scan, const Atom& atom) {
  const std::string_view rest = scan.text().substr(atom.begin, 300);
  for (const Prefix& prefix : kPrefixes) {
    if (rest[0] != prefix.start[0] || !rest.starts_with(prefix.start)) continue;
    std::size_t end = prefix.start.size();
    while (end < rest.size() && token_char(static_cast<unsigned char>(rest[end]), prefix.more)) {
      ++end;
    }
    scan.spend(end);
    const std::size_t length = end - prefix.start.size();
    if (length >= prefix.least && length <= prefix.most) {
      scan.add(Personal::kSecret, atom.begin, atom.begin + end, 0.99, prefix.maker);
      return;
    }
  }
}

// Three parts of base64url, the first two of them objects of JSON (RFC 7519).
void try_jwt(Scan& scan, const Atom& atom) {
  constexpr std::size_t kLongest = 8192;
  const std::string_view rest = scan.text().substr(atom.begin, kLongest);
  if (!rest.starts_with("eyJ")) return;
  std::size_t end = 0;
  std::size_t dots = 0;
  while (end < rest.size() && token_char(static_cast<unsigned char>(rest[end]), "_-.")) {
    dots += rest[end] == '.';
    ++end;
  }
  scan.spend(end);
  const std::size_t dot = rest.find('.');
  if (dots == 2 && dot >= 10 && dot < end && rest.substr(dot + 1).starts_with("eyJ")) {
    scan.add(Personal::kSecret, atom.begin, atom.begin + end, 0.99, "JWT");
  }
}

double entropy(std::string_view text) {
  std::array<int, 256> counts{};
  for (const char c : text) ++counts[static_cast<unsigned char>(c)];
  double bits = 0;
  for (const int count : counts) {
    if (count == 0) continue;
    const double p = count / static_cast<double>(text.size());
    bits -= p * std::log2(p);
  }
  return bits;
}

enum class KeyWord { kNone, kPassword, kToken };

// Their first letters stand among the hints of scan.cpp, as those of the prefixes above do.
KeyWord key_word(std::string_view low) {
  constexpr std::array<std::string_view, 5> kPasswords = {"password", "passwd", "pwd", "passphrase",
                                                          "passcode"};
  constexpr std::array<std::string_view, 9> kTokens = {
      "secret", "token",      "apikey",      "key",          "auth",
      "bearer", "credential", "credentials", "authorization"};
  if (std::find(kPasswords.begin(), kPasswords.end(), low) != kPasswords.end()) {
    return KeyWord::kPassword;
  }
  const bool token = std::find(kTokens.begin(), kTokens.end(), low) != kTokens.end();
  return token ? KeyWord::kToken : KeyWord::kNone;
}

bool value_char(unsigned char c) {
  return c > 0x20 && c < 0x7f &&
         std::string_view("\"'`,;<>()[]{}").find(static_cast<char>(c)) == std::string_view::npos;
}

// The value behind "key" : "...", = or is.
void try_value(Scan& scan, std::size_t i, KeyWord word) {
  std::size_t at = scan.atoms()[i].end;
  const std::size_t limit = at + 6;
  bool assigned = false;
  while (at < limit) {
    const unsigned char c = scan.at(at);
    if (c != ' ' && c != '"' && c != '\'' && c != ':' && c != '=' && c != '>' && c != '`') break;
    assigned = assigned || c == ':' || c == '=';
    ++at;
  }
  if (scan.text().substr(at, 3) == "is " && word == KeyWord::kPassword) {
    assigned = true;
    at += 3;
  }
  if (!assigned && word != KeyWord::kToken) return;
  std::size_t end = at;
  while (end - at < 512 && value_char(scan.at(end))) ++end;
  scan.spend(end - scan.atoms()[i].end);
  while (end > at &&
         (scan.at(end - 1) == '.' || scan.at(end - 1) == '!' || scan.at(end - 1) == '?')) {
    --end;
  }
  const std::string_view value = scan.text().substr(at, end - at);
  const bool digits = std::any_of(value.begin(), value.end(),
                                  [](char c) { return is_digit(static_cast<unsigned char>(c)); });
  const bool letters = std::any_of(value.begin(), value.end(), [](char c) {
    return is_ascii_letter(static_cast<unsigned char>(c));
  });
  const bool drawn = value.size() >= 16 && digits && letters && entropy(value) >= 3.5;
  const bool typed = word == KeyWord::kPassword && value.size() >= 6 && digits && letters;
  if (drawn || typed) scan.add(Personal::kSecret, at, end, drawn ? 0.8 : 0.7, "value of a key");
}

// -----BEGIN ... PRIVATE KEY----- to its end (RFC 7468).
void find_private_keys(Scan& scan) {
  const std::string_view text = scan.text();
  std::size_t end = 0;
  for (std::size_t at = text.find("-----BEGIN "); at != std::string_view::npos;
       at = text.find("-----BEGIN ", std::max(at + 11, end))) {
    const std::string_view head = text.substr(at, 64);
    const std::size_t mark = head.find("PRIVATE KEY-----");
    if (mark == std::string_view::npos || head.substr(0, mark).find('\n') != head.npos) continue;
    const std::size_t body = at + mark + 16;
    const std::string_view rest = text.substr(body, 16384);
    const std::size_t tail = rest.find("-----END ");
    const std::size_t close = tail == rest.npos ? rest.npos : rest.find("KEY-----", tail);
    end = close == rest.npos ? body + rest.size() : body + close + 8;
    scan.spend(end - at);
    scan.add(Personal::kSecret, at, end, 0.99, "private key");
  }
}

}  // namespace

void find_secrets(Scan& scan) {
  if (!scan.wants(Personal::kSecret)) return;
  for (const std::uint32_t i : scan.hinted()) {
    const Atom& atom = scan.atoms()[i];
    if (atom.wide) continue;
    const unsigned char first = scan.at(atom.begin);
    if ((atom.hints & kMayBePrefix) != 0) try_prefixes(scan, atom);
    if (first == 'e' && atom.size() >= 10) try_jwt(scan, atom);
    if ((atom.hints & kMayBeKeyWord) == 0 || !atom.word() || atom.size() > 13) continue;
    const KeyWord word = key_word(lower_ascii(scan.view(atom)));
    if (word != KeyWord::kNone) try_value(scan, i, word);
  }
  find_private_keys(scan);
}

}  // namespace fettle::data::clean
