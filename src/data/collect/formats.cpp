// The table of file formats.
#include <algorithm>
#include <array>

#include "base/format.h"
#include "base/nearest.h"
#include "data/collect/config.h"
#include "data/collect/packed.h"
#include "data/collect/readers.h"

namespace fettle::data::collect {
namespace {

using enum FormatRow::Input;

constexpr std::array kFormats = {
    FormatRow{"jsonl", ".jsonl .ndjson", kText, false, open_lines, parse_json_lines,
              "JSON Lines: an object a line", "jsonlines, RFC 8259"},
    FormatRow{"json", ".json", kText, false, open_json, parse_json_elements,
              "an array of objects, or an object that holds one under data or rows", "RFC 8259"},
    FormatRow{"csv", ".csv", kText, false, open_csv, parse_csv,
              "comma-separated values with a header", "RFC 4180"},
    FormatRow{"tsv", ".tsv .tab", kText, false, open_tsv, parse_tsv,
              "tab-separated values with a header", "RFC 4180"},
    FormatRow{"parquet", ".parquet", kFile, true, open_parquet, nullptr, "Apache Parquet",
              "Apache Parquet format 2"},
    FormatRow{"arrow", ".arrow .feather", kFile, true, open_arrow, nullptr,
              "Arrow IPC, the file or the stream format", "Arrow columnar format 1"},
    FormatRow{"text", ".txt .text", kText, false, open_text, parse_text,
              "plain text; text_rows says what a row is", ""},
    FormatRow{"markdown", ".md .markdown", kText, false, open_text, parse_markdown,
              "Markdown without its front matter; text_rows: section cuts at headings",
              "CommonMark 0.31"},
    FormatRow{"html", ".html .htm .xhtml", kText, false, open_document, parse_html,
              "the main text of a page", "HTML standard"},
    FormatRow{"pdf", ".pdf", kBinary, false, open_pdf, parse_pdf,
              "the text of each page, by pdftotext of poppler-utils", "ISO 32000"},
    FormatRow{"idx", "-idx3-ubyte .idx3-ubyte -idx2-ubyte -idx4-ubyte .idx", kBinary, true,
              open_idx, nullptr,
              "images of an IDX file by their index, labels from the file beside",
              "LeCun, the MNIST database"},
    FormatRow{"wav", ".wav .wave", kBinary, true, open_clip, nullptr,
              "a clip by its name, with rate, channels and length", "EBU Tech 3306"},
    FormatRow{"flac", ".flac", kBinary, true, open_clip, nullptr,
              "a clip by its name, with rate, channels and length", "RFC 9639"},
    FormatRow{"image", ".png .jpg .jpeg", kBinary, true, open_image, nullptr,
              "a PNG or JPEG image by its name, with its size", "W3C PNG; ITU-T T.81"},
    FormatRow{"sqlite", ".sqlite .sqlite3 .db", kFile, true, open_sqlite, nullptr,
              "rows of a `query`", "SQLite 3"},
};

bool ends_so(std::string_view name, std::string_view endings) {
  while (!endings.empty()) {
    const std::size_t space = std::min(endings.find(' '), endings.size());
    if (name.ends_with(endings.substr(0, space))) return true;
    endings.remove_prefix(std::min(space + 1, endings.size()));
  }
  return false;
}

}  // namespace

std::span<const FormatRow> formats() { return kFormats; }

std::vector<std::string_view> format_choices() {
  std::vector<std::string_view> out = {"auto"};
  for (const FormatRow& row : kFormats) out.push_back(row.name);
  return out;
}

int format_of_name(std::string_view name) {
  const std::string plain = lower_ascii(without_packing(name).value_or(std::string(name)));
  for (std::size_t i = 0; i < kFormats.size(); ++i) {
    if (ends_so(plain, kFormats[i].endings)) return static_cast<int>(i);
  }
  return -1;
}

int format_named(std::string_view name) {
  return static_cast<int>(&row_named(kFormats, "format", name) - kFormats.data());
}

}  // namespace fettle::data::collect
