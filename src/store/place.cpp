#include "store/place.h"

namespace fettle::store {

std::optional<fs::path> place(const std::string& option, const Environment& environment) {
  const auto value = [&](const char* name) {
    const char* const held = environment(name);
    return std::string(held == nullptr ? "" : held);
  };
  const std::string named = option.empty() ? value("FETTLE_STORE") : option;
  if (named == "none") return std::nullopt;
  if (!named.empty()) return fs::path(named);
  const fs::path data = value("XDG_DATA_HOME");
  if (data.is_absolute()) return data / "fettle" / "runs.db";
  const fs::path home = value("HOME");
  if (home.is_absolute()) return home / ".local" / "share" / "fettle" / "runs.db";
  return std::nullopt;
}

}  // namespace fettle::store
