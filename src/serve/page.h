// Pages that are compiled into the program: web/ holds their sources, cmake/embed.cmake embeds
// them.
#pragma once

#include <span>
#include <string_view>

#include "serve/router.h"

namespace fettle::serve {

struct PageFile {
  std::string_view name;  // "index.html"
  std::string_view bytes;
};

// web/annotate/.
[[nodiscard]] std::span<const PageFile> annotate_page();

// Serves each file at "/<name>", index.html at "/" too.
void add_page(Router& router, std::span<const PageFile> files);

}  // namespace fettle::serve
