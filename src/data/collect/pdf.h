// The text of a PDF file, by poppler's program pdftotext: a process of its own, since poppler is
// under the GPL, and since a hostile file then hurts nobody else.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "data/collect/config.h"

namespace fettle::data::collect {

// UTF-8, pages ended by form feeds. Thread-safe. A Problem when the file is no PDF, is damaged or
// encrypted, holds more text than max_row_bytes, or takes longer than timeout_seconds; a DataError
// when pdftotext is not installed.
[[nodiscard]] Result<std::string> pdf_text(std::string_view pdf, std::string_view name,
                                           const SourceConfig& config);

}  // namespace fettle::data::collect
