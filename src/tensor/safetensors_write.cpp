#include <algorithm>
#include <numeric>
#include <unordered_set>
#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "tensor/safetensors.h"
#include "tensor/safetensors_header.h"
#include "tensor/shown.h"

namespace fettle::tensor {
namespace {

constexpr std::size_t kHeaderAlignment = 8;

void check_entry(const TensorEntry& entry, const fs::path& path) {
  if (entry.name == "__metadata__") {
    throw ModelError("{}: a tensor may not be named __metadata__; rename it", path);
  }
  std::uint64_t bytes = static_cast<std::uint64_t>(byte_width(entry.dtype));
  for (const std::int64_t size : entry.shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(size), &bytes)) {
      throw InternalError("{}: tensor \"{}\" has a shape of no tensor", path, shown(entry.name));
    }
  }
  if (bytes != entry.bytes.size()) {
    throw InternalError("{}: tensor \"{}\" is given {} bytes; its shape needs {}", path,
                        shown(entry.name), entry.bytes.size(), bytes);
  }
}

// Widest elements first, else as given: every tensor is then aligned to its elements without holes.
std::vector<std::size_t> data_order(std::span<const TensorEntry> entries) {
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return byte_width(entries[a].dtype) > byte_width(entries[b].dtype);
  });
  return order;
}

// Appends without the ordered object's search for the key, which would be quadratic.
void append_member(Json& object, std::string key, Json value) {
  auto& members = object.get_ref<Json::object_t&>();
  static_cast<Json::object_t::Container&>(members).emplace_back(std::move(key), std::move(value));
}

// to_text() would replace bytes that are not UTF-8, and two names could become one.
std::string strict_text(const Json& header) {
  try {
    return header.dump();
  } catch (const Json::exception&) {
    throw ModelError("a tensor's name or a metadata text is not UTF-8; rename it");
  }
}

std::string header_of_entries(std::span<const TensorEntry> entries,
                              std::span<const std::size_t> order,
                              const std::map<std::string, std::string>& metadata) {
  std::vector<std::uint64_t> begins(entries.size());
  std::uint64_t at = 0;
  for (const std::size_t i : order) {
    begins[i] = at;
    at += entries[i].bytes.size();
  }
  Json header = Json::object();
  if (!metadata.empty()) append_member(header, "__metadata__", metadata);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    Json tensor = {{"dtype", safetensors_name(entries[i].dtype)},
                   {"shape", entries[i].shape},
                   {"data_offsets", {begins[i], begins[i] + entries[i].bytes.size()}}};
    append_member(header, entries[i].name, std::move(tensor));
  }
  std::string out = strict_text(header);
  out.resize((out.size() + kHeaderAlignment - 1) / kHeaderAlignment * kHeaderAlignment, ' ');
  return out;
}

std::string shard_name(std::string_view basename, std::size_t number, std::size_t count) {
  if (count == 1) return text("{}.safetensors", basename);
  return text("{}-{:05}-of-{:05}.safetensors", basename, number, count);
}

// How many entries go into each shard, in the order given. A tensor over the limit stands alone.
std::vector<std::size_t> shard_sizes(std::span<const TensorEntry> entries, std::uint64_t most) {
  std::vector<std::size_t> sizes = {0};
  std::uint64_t bytes = 0;
  for (const TensorEntry& entry : entries) {
    if (sizes.back() > 0 && (bytes > most || entry.bytes.size() > most - bytes)) {
      sizes.push_back(0);
      bytes = 0;
    }
    ++sizes.back();
    bytes += entry.bytes.size();
  }
  return sizes;
}

bool is_weight_file(std::string_view name, std::string_view basename) {
  if (!name.starts_with(basename)) return false;
  name.remove_prefix(basename.size());
  if (name == ".safetensors" || name == ".safetensors.index.json") return true;
  const std::string_view pattern = "-00000-of-00000.safetensors";
  return name.size() == pattern.size() &&
         std::equal(name.begin(), name.end(), pattern.begin(), [](char have, char want) {
           return want == '0' ? have >= '0' && have <= '9' : have == want;
         });
}

// A reader prefers model.safetensors over an index, so an earlier save's files must not stay.
void remove_other_weights(const fs::path& folder, std::string_view basename,
                          const std::unordered_set<std::string>& kept) {
  std::vector<fs::path> old;
  for (const fs::directory_entry& item : fs::directory_iterator(folder)) {
    const std::string name = item.path().filename().native();
    if (is_weight_file(name, basename) && !kept.contains(name)) old.push_back(item.path());
  }
  for (const fs::path& path : old) fs::remove(path);
  if (!old.empty()) sync_folder(folder);
}

}  // namespace

void write_safetensors(const fs::path& path, std::span<const TensorEntry> entries,
                       const std::map<std::string, std::string>& metadata) {
  std::unordered_set<std::string_view> names;
  for (const TensorEntry& entry : entries) {
    check_entry(entry, path);
    if (!names.insert(entry.name).second) {
      throw ModelError("{}: two tensors are named \"{}\"; names must differ", path,
                       shown(entry.name));
    }
  }
  const std::vector<std::size_t> order = data_order(entries);
  const std::string header = header_of_entries(entries, order, metadata);
  if (header.size() > kMaxSafetensorsHeader) {
    throw ModelError(
        "{}: its header would be {} bytes; at most {} are allowed: write fewer tensors "
        "a file",
        path, header.size(), kMaxSafetensorsHeader);
  }
  const std::uint64_t length = header.size();
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(&length, 1)));
  file.write(header);
  for (const std::size_t i : order) file.write(entries[i].bytes);
  file.commit();
}

void write_safetensors_folder(const fs::path& folder, std::string_view basename,
                              std::span<const TensorEntry> entries,
                              const std::map<std::string, std::string>& metadata,
                              std::uint64_t max_shard_bytes) {
  make_folders(folder);
  const std::vector<std::size_t> sizes = shard_sizes(entries, max_shard_bytes);
  std::unordered_set<std::string> written;
  std::unordered_set<std::string_view> names;
  Json weight_map = Json::object();
  std::uint64_t total = 0;
  std::size_t first = 0;
  for (const TensorEntry& entry : entries) {
    if (!names.insert(entry.name).second) {
      throw ModelError("{}: two tensors are named \"{}\"; names must differ", folder,
                       shown(entry.name));
    }
  }
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::string name = shard_name(basename, i + 1, sizes.size());
    const auto shard = entries.subspan(first, sizes[i]);
    write_safetensors(folder / name, shard, metadata);
    for (const TensorEntry& entry : shard) {
      append_member(weight_map, entry.name, name);
      total += entry.bytes.size();
    }
    written.insert(name);
    first += sizes[i];
  }
  if (sizes.size() > 1) {
    const std::string index = text("{}.safetensors.index.json", basename);
    const Json content = {{"metadata", {{"total_size", total}}},
                          {"weight_map", std::move(weight_map)}};
    write_file_atomically(folder / index, to_text(content, 2) + "\n");
    written.insert(index);
  }
  remove_other_weights(folder, basename, written);
}

}  // namespace fettle::tensor
