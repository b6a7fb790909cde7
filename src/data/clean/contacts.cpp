// E-mail addresses (RFC 5321's usual part) and URLs (RFC 3986), with a look for secrets in them.
#include <algorithm>

#include "base/format.h"
#include "data/clean/scan.h"

namespace fettle::data::clean {
namespace {

constexpr std::size_t kMaxLocal = 64;    // RFC 5321, 4.5.3.1
constexpr std::size_t kMaxDomain = 253;  // RFC 1035
constexpr std::size_t kMaxUrl = 2048;

bool local_char(unsigned char c) {
  return is_ascii_letter(c) || is_digit(c) || c >= 0x80 ||
         std::string_view("!#$%&'*+-/=?^_`{|}~.").find(static_cast<char>(c)) !=
             std::string_view::npos;
}

bool domain_char(unsigned char c) {
  return is_ascii_letter(c) || is_digit(c) || c == '-' || c == '.' || c >= 0x80;
}

std::size_t local_begin(Scan& scan, std::size_t sign) {
  std::size_t begin = sign;
  while (begin > 0 && sign - begin < kMaxLocal && local_char(scan.at(begin - 1))) --begin;
  scan.spend(sign - begin);
  // Quotes, dots and the like at the start belong to the sentence.
  while (begin < sign && !is_ascii_letter(scan.at(begin)) && !is_digit(scan.at(begin)) &&
         scan.at(begin) < 0x80 && scan.at(begin) != '_' && scan.at(begin) != '+') {
    ++begin;
  }
  return begin;
}

// The end of the domain that begins at `begin`, which is also returned when there is none.
std::size_t domain_end(Scan& scan, std::size_t begin) {
  std::size_t end = begin;
  while (end - begin < kMaxDomain && domain_char(scan.at(end)) &&
         !(scan.at(end) == '.' && scan.at(end + 1) == '.')) {
    ++end;
  }
  scan.spend(end - begin);
  while (end > begin && (scan.at(end - 1) == '.' || scan.at(end - 1) == '-')) --end;
  const std::string_view domain = scan.text().substr(begin, end - begin);
  const std::size_t dot = domain.rfind('.');
  if (dot == std::string_view::npos || dot == 0 || domain.size() - dot < 3) return begin;
  const std::string_view top = domain.substr(dot + 1);
  const bool letters = std::all_of(top.begin(), top.end(), [](char c) {
    return is_ascii_letter(static_cast<unsigned char>(c)) || static_cast<unsigned char>(c) >= 0x80;
  });
  return letters && top.size() <= 24 ? end : begin;
}

void find_emails(Scan& scan) {
  const std::string_view text = scan.text();
  for (std::size_t sign = text.find('@'); sign != std::string_view::npos;
       sign = text.find('@', sign + 1)) {
    const std::size_t begin = local_begin(scan, sign);
    if (begin == sign || scan.at(sign - 1) == '.') continue;
    const std::size_t end = domain_end(scan, sign + 1);
    if (end > sign + 1) scan.add(Personal::kEmail, begin, end, 0.95);
  }
}

bool url_char(unsigned char c) {
  return c > 0x20 && c != 0x7f &&
         std::string_view("<>\"'`{}|\\^").find(static_cast<char>(c)) == std::string_view::npos;
}

// user:password@ or a query that names a secret.
bool holds_secret(std::string_view url) {
  const std::size_t host = url.find("://") + 3;
  const std::string_view rest = url.substr(std::min(host, url.size()));
  const std::size_t sign = rest.find('@');
  const std::size_t slash = rest.find_first_of("/?#");
  if (sign != std::string_view::npos && sign < slash &&
      rest.substr(0, sign).find(':') != std::string_view::npos) {
    return true;
  }
  const std::string low = lower_ascii(rest);
  for (const std::string_view key :
       {"token=", "access_token=", "api_key=", "apikey=", "key=", "secret=", "password=", "passwd=",
        "pwd=", "sig=", "signature=", "auth=", "sessionid=", "session=", "x-amz-signature="}) {
    for (std::size_t at = low.find(key); at != std::string::npos; at = low.find(key, at + 1)) {
      const bool starts = at > 0 && std::string_view("?&;#").find(low[at - 1]) != std::string::npos;
      const std::size_t end = std::min(low.find_first_of("&#", at), low.size());
      if (starts && end - at >= key.size() + 4) return true;
    }
  }
  return false;
}

void add_url(Scan& scan, std::size_t begin, std::size_t after) {
  std::size_t end = after;
  while (end - begin < kMaxUrl && url_char(scan.at(end))) ++end;
  scan.spend(end - begin);
  while (end > after &&
         std::string_view(".,;:!?)]").find(scan.text()[end - 1]) != std::string_view::npos) {
    --end;
  }
  if (end <= after) return;
  const std::string_view url = scan.text().substr(begin, end - begin);
  if (holds_secret(url)) {
    scan.add(Personal::kSecretUrl, begin, end, 0.97);
  } else {
    scan.add(Personal::kUrl, begin, end, 0.96);
  }
}

// Behind the letters of a scheme, or at "www.".
void find_urls(Scan& scan) {
  for (const std::uint32_t i : scan.chained()) {
    const Atom& atom = scan.atoms()[i];
    if (scan.at(atom.end) != ':' || scan.text().substr(atom.end, 3) != "://") continue;
    std::size_t begin = atom.end;
    while (begin > atom.begin && atom.end - begin < 12 && is_ascii_letter(scan.at(begin - 1))) {
      --begin;
    }
    if (begin < atom.end) add_url(scan, begin, atom.end + 3);
  }
  for (const std::uint32_t i : scan.chained()) {
    const Atom& atom = scan.atoms()[i];
    if (scan.at(atom.end) != '.' || !scan.view(atom).ends_with("www")) continue;
    const std::size_t at = atom.end - 3;
    const unsigned char before = at > 0 ? scan.at(at - 1) : 0;
    if (before == '/' || is_ascii_letter(before)) continue;
    if (domain_end(scan, at) > at + 4) add_url(scan, at, at + 4);
  }
}

}  // namespace

void find_contacts(Scan& scan) {
  if (scan.wants(Personal::kEmail)) find_emails(scan);
  if (scan.wants(Personal::kUrl) || scan.wants(Personal::kSecretUrl)) find_urls(scan);
}

}  // namespace fettle::data::clean
