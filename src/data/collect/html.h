// The main text of an HTML page: what a reader came for, without navigation, forms and scripts.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace fettle::data::collect {

struct Page {
  std::string title;
  // Blocks are paragraphs with an empty line between them; list items begin with "- "; <pre> keeps
  // its white space.
  std::string text;
};

// `html` is UTF-8. Left out: script, style, template, nav, header and footer of the page, aside,
// form controls, what is hidden, what a role, class or id calls navigation, banner, cookie notice,
// sidebar, breadcrumb, share or comment form, and lists of little but links. Where an <article> or
// <main> holds text, only that is read. A Problem for pages that nest or repeat markup so deep that
// reading them would take the machine (parsers copy open <b>, <i>, ... into every block).
[[nodiscard]] Result<Page> read_page(std::string_view html, std::string_view where);

}  // namespace fettle::data::collect
