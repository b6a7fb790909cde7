#include "data/clean/scan.h"

#include <algorithm>

namespace fettle::data::clean {
namespace {

enum ByteKind : std::uint8_t { kGap, kDigit, kLetter, kCapital, kWide };

constexpr std::array<ByteKind, 256> kBytes = [] {
  std::array<ByteKind, 256> kinds{};
  for (unsigned c = 0; c < 256; ++c) {
    kinds[c] = c >= 0x80              ? kWide
               : c >= '0' && c <= '9' ? kDigit
               : c >= 'A' && c <= 'Z' ? kCapital
               : c >= 'a' && c <= 'z' ? kLetter
                                      : kGap;
  }
  return kinds;
}();

}  // namespace

Scan::Scan(std::string_view text, PersonalSet kinds)
    : text_(text.substr(0, 0xfffffff0)), kinds_(kinds) {
  cut();
}

void Scan::cut() {
  atoms_.reserve(text_.size() / 5);
  Atom atom;
  bool open = false;
  const auto close = [&](std::size_t end) {
    if (!open) return;
    atom.end = static_cast<std::uint32_t>(end);
    atoms_.push_back(atom);
    open = false;
  };
  for (std::size_t at = 0; at < text_.size();) {
    const ByteKind kind = kBytes[static_cast<unsigned char>(text_[at])];
    if (kind == kGap) {
      close(at++);
      continue;
    }
    const std::size_t begin = at;
    bool upper = kind == kCapital;
    if (kind == kWide) {
      const char32_t c = next_char(text_, at);
      if (!is_word(c)) {
        close(begin);
        continue;
      }
      upper = !open && is_upper(c);
    } else {
      ++at;
    }
    if (!open) {
      atom = {};
      atom.begin = static_cast<std::uint32_t>(begin);
      atom.upper = upper;
      open = true;
    }
    atom.digits += kind == kDigit;
    atom.wide = atom.wide || kind == kWide;
  }
  close(text_.size());
  spend(text_.size());
}

bool Scan::near(std::size_t before, std::size_t count,
                std::initializer_list<std::string_view> words) {
  const std::size_t first = before > count ? before - count : 0;
  for (std::size_t i = first; i < before; ++i) {
    if (!atoms_[i].word() || atoms_[i].size() > 16) continue;
    const std::string word = lower_ascii(view(atoms_[i]));
    spend(word.size());
    for (const std::string_view known : words) {
      const bool open = known.back() == '*';
      if (open ? word.starts_with(known.substr(0, known.size() - 1)) : word == known) return true;
    }
  }
  return false;
}

void Scan::add(Personal kind, std::size_t begin, std::size_t end, double score,
               std::string_view detail) {
  if (wants(kind)) found_.findings.push_back({kind, begin, end, static_cast<float>(score), detail});
}

Found find_personal(std::string_view text, PersonalSet kinds) {
  Scan scan(text, kinds);
  for (const auto& finder : {find_contacts, find_machines, find_numbers, find_codes, find_secrets,
                             find_dates, find_people, find_places}) {
    finder(scan);
  }
  // Of findings that overlap, the surest stays, then the longest.
  std::vector<Finding>& all = scan.found().findings;
  const auto better = [](const Finding& a, const Finding& b) {
    if (a.score != b.score) return a.score > b.score;
    return a.end - a.begin > b.end - b.begin;
  };
  std::sort(all.begin(), all.end(), [&](const Finding& a, const Finding& b) {
    return a.begin != b.begin ? a.begin < b.begin : better(a, b);
  });
  std::vector<Finding> kept;
  for (const Finding& next : all) {
    bool stays = true;
    while (!kept.empty() && kept.back().end > next.begin) {
      if (!better(next, kept.back())) {
        stays = false;
        break;
      }
      kept.pop_back();
    }
    if (stays) kept.push_back(next);
  }
  scan.spend(all.size());
  all = std::move(kept);
  return std::move(scan.found());
}

}  // namespace fettle::data::clean
