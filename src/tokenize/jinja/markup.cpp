// HTML escaping, as markupsafe does it.
#include "tokenize/jinja/text_builder.h"

namespace fettle::tokenize::jinja {

void append_escaped(TextBuilder& out, const Value& value) {
  const Value shown = to_text(out.meter(), value);
  if (is_markup(shown)) return out.append(shown.str());
  const std::string_view source = shown.str();
  std::size_t done = 0;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const std::string_view entity = source[i] == '&'    ? "&amp;"
                                    : source[i] == '<'  ? "&lt;"
                                    : source[i] == '>'  ? "&gt;"
                                    : source[i] == '\'' ? "&#39;"
                                    : source[i] == '"'  ? "&#34;"
                                                        : "";
    if (entity.empty()) continue;
    out.append(source.substr(done, i - done));
    out.append(entity);
    done = i + 1;
  }
  out.append(source.substr(done));
}

}  // namespace fettle::tokenize::jinja
