// One source of a recipe: what is read, how, and what is known of its licence and origin.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/fields.h"

namespace fettle::data::collect {

// "auto", and the names of the table of formats (data/collect/reader.h).
[[nodiscard]] std::vector<std::string_view> format_choices();

struct SourceConfig {
  std::string path;
  std::string name;
  std::string format = "auto";
  std::string licence;
  std::string origin;

  std::vector<std::string> files;
  std::string split;
  std::string subset;
  std::string query;
  std::string sha256;

  std::string encoding;
  std::string text_rows = "auto";
  std::string rows_key;
  std::vector<std::string> column_names;
  std::vector<std::string> columns;
  std::vector<std::string> labels;
  std::string row_form = "auto";
  std::string row_tags;
  std::int64_t max_rows = 0;

  std::int64_t max_row_bytes = std::int64_t{64} << 20;
  std::int64_t max_unpacked_bytes = std::int64_t{1} << 40;
  std::int64_t max_unpacked_ratio = 250;
  std::int64_t max_download_bytes = std::int64_t{1} << 38;
  std::int64_t timeout_seconds = 3600;
  std::string cache_folder;

  template <class Visitor>
  void fields(Visitor& v) {
    place_fields(v);
    reading_fields(v);
    row_fields(v);
    limit_fields(v);
  }

 private:
  template <class Visitor>
  void place_fields(Visitor& v) {
    v("path", path,
      {.help = "a file, a folder, a pattern (rows/*.jsonl), an archive, http:// or https://, "
               "postgresql://user@host/database, `wordnet`, or NAME@FOLDER of a "
               "LLaMA-Factory dataset_info.json",
       .aliases = {"file", "url", "file_name", "data_files"},
       .required = true});
    v("name", name, {.help = "what the report calls the source; empty: the path's last part"});
    v("format", format,
      {.choices = format_choices(),
       .help = "how files are written; auto: by their endings; docs/data-sources.md lists them",
       .aliases = {"ds_type"}});
    v("licence", licence,
      {.help = "licence of the source; empty: looked for in README.md and LICENSE, else unknown",
       .aliases = {"license"}});
    v("origin", origin,
      {.help = "where the source was taken from; empty: looked for, else unknown",
       .aliases = {"homepage"}});
    v("files", files,
      {.help = "of a folder or an archive: patterns of the files that are read; empty: all of "
               "known endings"});
    v("split", split, {.help = "of a Hugging Face folder: the split (train, test, ...)"});
    v("subset", subset,
      {.help = "of a Hugging Face folder: the configuration; empty: the default one",
       .aliases = {"config_name", "configuration"}});
    v("query", query, {.help = "SQLite and PostgreSQL: one SELECT; PostgreSQL's has an ORDER BY"});
    v("sha256", sha256, {.help = "a file, downloaded or not: its SHA-256, 64 hexadecimal digits"});
  }

  template <class Visitor>
  void reading_fields(Visitor& v) {
    v("encoding", encoding,
      {.help = "of text files: utf-16le, latin1, windows-1252, ... ; empty: UTF-8, or what a byte "
               "order mark says"});
    v("text_rows", text_rows,
      {.choices = {"auto", "file", "line", "paragraph", "section", "page"},
       .help = "one row of a text is the file, a line, the lines between blank ones, a section "
               "below a heading (Markdown), a page (PDF); auto: file, for PDF page",
       .aliases = {"sample_by"}});
    v("rows_key", rows_key,
      {.help = "of a JSON file that is an object: the key of the array of rows; looked for: data, "
               "rows",
       .aliases = {"field"}});
    v("column_names", column_names,
      {.help = "names of a CSV or TSV file's columns, when its first line is no header"});
    v("max_rows", max_rows,
      {.min = 0, .help = "rows that are read at most; 0: all", .aliases = {"num_samples"}});
  }

  template <class Visitor>
  void row_fields(Visitor& v) {
    v("row_form", row_form,
      {.choices = {"auto", "chat", "instruction", "prompt_completion", "classification",
                   "preference", "kto", "text", "image", "audio", "other"},
       .help = "what a row holds; auto: by its keys; other: keys stay as they are",
       .spellings = {{"alpaca", "instruction"},
                     {"sharegpt", "chat"},
                     {"openai", "chat"},
                     {"messages", "chat"}}});
    v("columns", columns,
      {.help = "fettle's key and the source's: [messages=dialogue, label=stars]; keys: messages, "
               "tools, system, instruction, input, output, history, prompt, completion, chosen, "
               "rejected, label, text, image, audio"});
    v("row_tags", row_tags,
      {.help = "a chat's own words, as LLaMA-Factory's tags: role_tag=speaker, user_tag=kunde"});
    v("labels", labels,
      {.help = "names of the classes whose numbers stand in the label column, from 0",
       .aliases = {"class_names", "label_names"}});
  }

  template <class Visitor>
  void limit_fields(Visitor& v) {
    v("max_row_bytes", max_row_bytes,
      {.min = 1024, .max = 1 << 30, .help = "a longer row is a bad row"});
    v("max_unpacked_bytes", max_unpacked_bytes,
      {.min = 1, .help = "what an archive or a compressed file may unpack to"});
    v("max_unpacked_ratio", max_unpacked_ratio,
      {.min = 1, .help = "how many times larger than packed it may be, from 64 MB unpacked"});
    v("max_download_bytes", max_download_bytes, {.min = 1, .help = "of one file"});
    v("timeout_seconds", timeout_seconds,
      {.min = 1, .max = 604800, .help = "of a download, a query or one PDF file"});
    v("cache_folder", cache_folder,
      {.help = "where downloads are kept; empty: fettle/ in XDG_CACHE_HOME or ~/.cache"});
  }
};

}  // namespace fettle::data::collect
