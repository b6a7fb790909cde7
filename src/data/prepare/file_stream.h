// Files of rows as streams, by the readers that training has (data/source.h). JSON Lines and lines
// of text are read piece by piece; of the other formats a file is read whole.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/fields.h"
#include "data/config.h"
#include "data/stream.h"

namespace fettle::data::prepare {

struct FileConfig {
  std::string path;
  std::string name;
  std::string licence;
  std::string origin;
  std::string format = "auto";
  std::string text_rows = "file";
  std::vector<std::string> column_names;

  template <class Visitor>
  void fields(Visitor& v) {
    v("path", path, {.help = "a file of rows", .aliases = {"file"}, .required = true});
    v("name", name, {.help = "what the report calls the source; empty: the file's name"});
    v("licence", licence,
      {.help = "licence of the source; empty: unknown", .aliases = {"license"}});
    v("origin", origin, {.help = "where the source was taken from; empty: unknown"});
    v("format", format,
      {.choices = {"auto", "jsonl", "json", "csv", "tsv", "text"},
       .help = "how the file is written; auto: by its name"});
    v("text_rows", text_rows,
      {.choices = {"file", "line", "paragraph"}, .help = "what one row of a text is"});
    v("column_names", column_names,
      {.help = "names of a CSV or TSV file's columns, when its first line is no header"});
  }
};

// Opens the file behind a piece, or at its beginning. Throws DataError when it cannot be read.
[[nodiscard]] std::unique_ptr<Stream> open_file(const FileConfig& config,
                                                std::string_view resume_at);

}  // namespace fettle::data::prepare
