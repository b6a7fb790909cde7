#include "data/collect/dataset_info.h"

#include <array>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/nearest.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

struct Column {
  std::string_view theirs;
  std::string_view ours;   // empty: travels along
  std::string_view usual;  // the column where the entry has no `columns`
  bool of_alpaca = false;  // in that formatting alone
  bool of_sharegpt = false;
};
// parser.py of LLaMA-Factory: DatasetAttr.
constexpr std::array kColumns = {Column{"prompt", "instruction", "instruction", true, false},
                                 Column{"query", "input", "input", true, false},
                                 Column{"response", "output", "output", true, false},
                                 Column{"history", "history", "", true, false},
                                 Column{"messages", "messages", "conversations", false, true},
                                 Column{"system", "system", ""},
                                 Column{"tools", "tools", ""},
                                 Column{"chosen", "chosen", ""},
                                 Column{"rejected", "rejected", ""},
                                 Column{"kto_tag", "kto_tag", ""},
                                 Column{"images", "", ""},
                                 Column{"videos", "", ""},
                                 Column{"audios", "", ""}};
constexpr std::array<std::string_view, 7> kTags = {
    "role_tag",        "content_tag",  "user_tag",  "assistant_tag",
    "observation_tag", "function_tag", "system_tag"};
constexpr std::array<std::string_view, 16> kEntryKeys = {
    "file_name",  "hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name",
    "formatting", "ranking",    "subset",     "split",      "folder",     "num_samples",
    "columns",    "tags",       "file_sha1",  "description"};

class EntryReader {
 public:
  EntryReader(const Json& entry, std::string where) : entry_(entry), where_(std::move(where)) {}

  Result<SourceConfig> read(const fs::path& folder, SourceConfig config) {
    if (!entry_.is_object()) return bad("is a value of type " + std::string(entry_.type_name()));
    for (const auto& [key, value] : entry_.items()) {
      bool known = false;
      for (const std::string_view one : kEntryKeys) known = known || one == key;
      if (!known) return bad(unknown_name("key", key.substr(0, 64), kEntryKeys));
    }
    for (const char* const remote :
         {"hf_hub_url", "ms_hub_url", "om_hub_url", "script_url", "cloud_file_name"}) {
      // As there, an address goes before the file.
      if (const std::string place = text_at(remote); !place.empty()) {
        return bad(
            text("names {} {}, which is not on this machine; fetch it and state its folder "
                 "as `path`",
                 std::string_view(remote), place.substr(0, 200)));
      }
    }
    const std::string file = text_at("file_name");
    if (file.empty()) return bad("has no file_name");
    config.path = (folder / file).native();
    if (!fs::exists(config.path) && fs::exists(config.path + ".gz")) config.path += ".gz";
    take(config.subset, "subset");
    take(config.split, "split");
    if (const std::string inner = text_at("folder"); !inner.empty()) config.path += "/" + inner;
    if (auto problem = read_rows(config)) return tl::unexpected(*problem);
    return config;
  }

 private:
  std::string text_at(const char* key) const {
    const Json* const value = find(entry_, key);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
  }
  void take(std::string& place, const char* key) const {
    if (place.empty()) place = text_at(key);
  }
  tl::unexpected<Problem> bad(std::string what) const { return problem(where_, std::move(what)); }

  std::optional<Problem> read_rows(SourceConfig& config) {
    const Json* const samples = find(entry_, "num_samples");
    if (samples != nullptr && !samples->is_null()) {
      if (!samples->is_number_unsigned() || *samples > (std::uint64_t{1} << 62)) {
        return bad("num_samples is no whole number from 0").value();
      }
      if (config.max_rows == 0) config.max_rows = samples->get<std::int64_t>();
    }
    const Json* const ranking = find(entry_, "ranking");
    if (ranking != nullptr && !ranking->is_boolean() && !ranking->is_null()) {
      return bad("ranking is neither true nor false").value();
    }
    ranking_ = ranking != nullptr && *ranking == true;
    const std::string formatting = text_at("formatting");
    const bool alpaca = formatting.empty() || formatting == "alpaca";
    if (!alpaca && formatting != "sharegpt" && formatting != "openai") {
      return bad(text("formatting is \"{}\"; known: alpaca, sharegpt, openai",
                      formatting.substr(0, 64)))
          .value();
    }
    if (auto problem = read_columns(config, alpaca)) return problem;
    return read_tags(config, alpaca, formatting == "openai");
  }

  std::optional<Problem> read_columns(SourceConfig& config, bool alpaca) {
    const Json* const columns = find(entry_, "columns");
    if (columns != nullptr && !columns->is_object()) return bad("columns is no object").value();
    std::vector<std::string_view> known;
    for (const Column& column : kColumns) known.push_back(column.theirs);
    static const Json kNone = Json::object();
    for (const auto& [key, value] : (columns == nullptr ? kNone : *columns).items()) {
      if (!value.is_string() && !value.is_null()) {
        return bad(text("columns.{} is no text", key.substr(0, 64))).value();
      }
      bool found = false;
      for (const std::string_view one : known) found = found || one == key;
      if (!found) return bad(unknown_name("column", key.substr(0, 64), known)).value();
    }
    if (config.columns.empty()) state_columns(config, columns, alpaca);
    return std::nullopt;
  }

  // Where `columns` is given, a column that it leaves out is not there (DatasetAttr.join).
  void state_columns(SourceConfig& config, const Json* columns, bool alpaca) {
    const auto name_of = [&](const Column& column) {
      if (columns == nullptr) return std::string(column.usual);
      const Json* const value = find(*columns, column.theirs);
      return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
    };
    bool answered = false;
    std::string prompt;
    for (const Column& column : kColumns) {
      const std::string name = name_of(column);
      if (name.empty() || column.ours.empty() || (alpaca ? column.of_sharegpt : column.of_alpaca)) {
        continue;
      }
      config.columns.push_back(std::string(column.ours) + "=" + name);
      if (column.theirs == "prompt") prompt = name;
      if (column.theirs == "response" || column.theirs == "chosen") answered = true;
      if (column.theirs == "kto_tag") kto_ = true;
    }
    // A prompt without an answer is plain text, as for further pre-training.
    text_ = alpaca && !prompt.empty() && !answered;
    if (text_) config.columns = {"text=" + prompt};
  }

  std::optional<Problem> read_tags(SourceConfig& config, bool alpaca, bool openai) {
    if (config.row_form == "auto") {
      config.row_form = ranking_ ? "preference"
                        : kto_   ? "kto"
                        : text_  ? "text"
                        : alpaca ? "instruction"
                                 : "chat";
    }
    const Json* const tags = find(entry_, "tags");
    if (tags == nullptr || tags->is_null()) {
      if (openai && config.row_tags.empty()) config.row_tags = "role_tag=role, content_tag=content";
      return std::nullopt;
    }
    if (!tags->is_object()) return bad("tags is no object").value();
    std::string out;
    for (const auto& [key, value] : tags->items()) {
      bool known = false;
      for (const std::string_view one : kTags) known = known || one == key;
      if (!known) return bad(unknown_name("tag", key.substr(0, 64), kTags)).value();
      if (!value.is_string() ||
          value.get_ref<const std::string&>().find_first_of(",=") != std::string::npos) {
        return bad(text("tags.{} is no word", key)).value();
      }
      out += (out.empty() ? "" : ", ") + key + "=" + value.get<std::string>();
    }
    if (config.row_tags.empty()) config.row_tags = out;
    return std::nullopt;
  }

  const Json& entry_;
  std::string where_;
  bool ranking_ = false;
  bool kto_ = false;
  bool text_ = false;
};

}  // namespace

Result<SourceConfig> source_of_entry(const Json& entries, const fs::path& folder,
                                     const std::string& name, SourceConfig config) {
  const fs::path file = folder / "dataset_info.json";
  if (!entries.is_object()) return problem(file.native(), "holds no object of data sets");
  const Json* const entry = find(entries, name);
  if (entry == nullptr) {
    std::vector<std::string_view> known;
    for (const auto& member : entries.get_ref<const Json::object_t&>())
      known.push_back(member.first);
    return problem(file.native(), unknown_name("data set", name, known));
  }
  return EntryReader(*entry, file.native() + ": " + name).read(folder, std::move(config));
}

SourceConfig source_of_entry(const fs::path& info, const std::string& name,
                             const SourceConfig& config) {
  const Json entries = read_json_file(info);
  Result<SourceConfig> source = source_of_entry(entries, info.parent_path(), name, config);
  if (!source) throw DataError("{}", source.error().message());
  return std::move(*source);
}

}  // namespace fettle::data::collect
