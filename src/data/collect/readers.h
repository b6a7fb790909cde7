// The readers that formats() names, and what they share.
#pragma once

#include <optional>

#include "base/error.h"
#include "base/result.h"
#include "data/collect/reader.h"
#include "data/collect/window.h"

namespace fettle::data::collect {

inline constexpr std::int64_t kLinesMode = 1;  // Place::mode of a .json file that holds JSON Lines

// The window behind `from`; throws DataError when the part is shorter than that.
[[nodiscard]] Window window_at(std::unique_ptr<Bytes> bytes, const Place& from);
[[nodiscard]] std::string too_long(std::size_t max_bytes);
// data::check_text, with what a source can do about it.
[[nodiscard]] std::optional<Problem> check_encoding(std::string_view bytes, const Origin& origin);

using Opener = std::unique_ptr<PartReader>(Part part, const SourceConfig& config,
                                           const Place& from);
using Parser = void(const Frame& frame, const SourceConfig& config, const RecordSink& sink);

// lines.cpp
[[nodiscard]] std::unique_ptr<PartReader> read_lines(Window window, int format,
                                                     const SourceConfig& config,
                                                     std::int64_t lines);
Opener open_lines;
Opener open_paragraphs;
Parser parse_json_lines;
Parser parse_text_lines;
Parser parse_paragraphs;
// json_array.cpp: an array of any size, an object that holds one, or JSON Lines
Opener open_json;
Parser parse_json_elements;
// table.cpp: the separator is the format's
Opener open_csv;
Opener open_tsv;
Parser parse_csv;
Parser parse_tsv;
// document.cpp: a frame a file
Opener open_text;
Opener open_document;
Opener open_pdf;
Parser parse_text;
Parser parse_markdown;
Parser parse_html;
Parser parse_pdf;
// references.cpp: rows that name images and clips
Opener open_idx;
Opener open_clip;
Opener open_image;
// table_file.cpp: Parquet and Arrow IPC
Opener open_parquet;
Opener open_arrow;
// sqlite.cpp
Opener open_sqlite;

}  // namespace fettle::data::collect
