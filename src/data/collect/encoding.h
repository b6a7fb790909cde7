// Text files in other encodings become UTF-8 while they are read: where a byte order mark says so,
// or the recipe. Nothing is guessed.
#pragma once

#include <memory>
#include <string>

#include "data/collect/bytes.h"

namespace fettle::data::collect {

// `bytes` as UTF-8. A mark of UTF-8, UTF-16 or UTF-32 at the start is taken away and obeyed;
// `stated` (an iconv name: "utf-16le", "latin1", "windows-1252") is used where there is none.
// Throws DataError for an encoding that the system does not know, and, while reading, for bytes
// that the encoding does not have. UTF-8 itself is handed through unchecked: rows are checked one
// by one.
[[nodiscard]] std::unique_ptr<Bytes> as_utf8(std::unique_ptr<Bytes> bytes,
                                             const std::string& stated);

}  // namespace fettle::data::collect
