// Lets the oracle tests look through fettle's readers and writers of model files. Prints JSON; a
// refused file is {"error": message}.
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json.h"
#include "tensor/gguf.h"
#include "tensor/gguf_write.h"
#include "tensor/safetensors.h"

namespace fettle::tensor {
namespace {

using Arguments = std::vector<std::string>;

Json described(const SafetensorsFile& file) {
  Json tensors = Json::array();
  for (const TensorEntry& entry : file.entries()) {
    tensors.push_back({{"name", entry.name},
                       {"dtype", safetensors_name(entry.dtype)},
                       {"shape", entry.shape},
                       {"xxh3_128", xxh3_128(entry.bytes)}});
  }
  return {{"tensors", tensors}, {"metadata", file.metadata()}};
}

Json described(const GgufFile& file) {
  Json metadata = Json::object();
  for (const auto& [key, value] : file.metadata()) {
    metadata[key] = std::visit([](const auto& held) { return Json(held); }, value);
  }
  Json tensors = Json::array();
  for (const GgufTensor& tensor : file.tensors()) {
    tensors.push_back({{"name", tensor.name},
                       {"type", ggml_type(tensor.type).name},
                       {"shape", tensor.shape},
                       {"xxh3_128", xxh3_128(tensor.bytes)}});
  }
  return {{"metadata", metadata}, {"tensors", tensors}};
}

Json safetensors(const Arguments& paths) {
  Json answers = Json::array();
  for (const std::string& path : paths) {
    try {
      answers.push_back(described(SafetensorsFile(path)));
    } catch (const Error& error) {
      answers.push_back({{"error", error.what()}});
    }
  }
  return answers;
}

Json folder(const Arguments& arguments) {
  Json answers = Json::array();
  for (const SafetensorsFile& file : open_safetensors_folder(arguments[0], arguments[1])) {
    answers.push_back(described(file));
    answers.back()["file"] = file.path().filename().native();
  }
  return answers;
}

Json gguf(const Arguments& arguments) { return described(GgufFile(arguments[0])); }

// Every tensor's values, one after the other, as raw floats.
Json dequantised(const Arguments& arguments) {
  const GgufFile file(arguments[0]);
  std::ofstream out(arguments[1], std::ios::binary);
  for (const GgufTensor& tensor : file.tensors()) {
    std::size_t count = 1;
    for (const std::int64_t size : tensor.shape) count *= static_cast<std::size_t>(size);
    std::vector<float> values(count);
    dequantise(tensor.type, tensor.bytes, values);
    out.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(count * sizeof(float)));
  }
  return described(file);
}

Json copied_safetensors(const Arguments& arguments) {
  const SafetensorsFile file(arguments[0]);
  write_safetensors(arguments[1], file.entries(), file.metadata());
  return Json::object();
}

Json copied_folder(const Arguments& arguments) {
  const auto files = open_safetensors_folder(arguments[0], arguments[1]);
  std::vector<TensorEntry> entries;
  for (const SafetensorsFile& file : files) {
    entries.insert(entries.end(), file.entries().begin(), file.entries().end());
  }
  write_safetensors_folder(arguments[2], arguments[1], entries, files[0].metadata(),
                           std::stoull(arguments[3]));
  return Json::object();
}

// GgufValue does not keep widths; the narrow kinds that model files use are taken.
GgufField field_of(const GgufValue& value) {
  const auto narrowed = [](const auto& held) -> GgufField {
    using Held = std::decay_t<decltype(held)>;
    if constexpr (std::is_same_v<Held, double>) {
      return static_cast<float>(held);
    } else if constexpr (std::is_same_v<Held, std::uint64_t>) {
      return static_cast<std::uint32_t>(held);
    } else if constexpr (std::is_same_v<Held, std::vector<std::int64_t>>) {
      return std::vector<std::int32_t>(held.begin(), held.end());
    } else if constexpr (std::is_same_v<Held, std::vector<std::uint64_t>>) {
      return std::vector<std::uint32_t>(held.begin(), held.end());
    } else if constexpr (std::is_same_v<Held, std::vector<double>>) {
      return std::vector<float>(held.begin(), held.end());
    } else {
      return held;
    }
  };
  return std::visit(narrowed, value);
}

Json copied_gguf(const Arguments& arguments) {
  const GgufFile file(arguments[0]);
  GgufFields fields;
  for (const auto& [key, value] : file.metadata()) fields.emplace_back(key, field_of(value));
  std::vector<GgufOutput> tensors;
  for (const GgufTensor& tensor : file.tensors()) {
    const std::span<const std::byte> bytes = tensor.bytes;
    tensors.push_back({tensor.name, tensor.type, tensor.shape, [bytes] { return bytes; }});
  }
  write_gguf(arguments[1], fields, tensors);
  return Json::object();
}

// Raw floats in, blocks out.
Json quantised(const Arguments& arguments) {
  const std::string raw = read_file(arguments[1]);
  std::vector<float> values(raw.size() / sizeof(float));
  std::memcpy(values.data(), raw.data(), values.size() * sizeof(float));
  for (const GgmlTypeRow& row : ggml_types()) {
    if (row.name != arguments[0]) continue;
    std::vector<std::byte> out(ggml_bytes(row.type, values.size()));
    quantise(row.type, values, out);
    write_file_atomically(arguments[2], {reinterpret_cast<const char*>(out.data()), out.size()});
  }
  return Json::object();
}

int run(const Arguments& arguments) {
  const struct {
    std::string_view name;
    std::size_t least;
    Json (*answer)(const Arguments&);
  } commands[] = {{"safetensors", 1, safetensors},
                  {"folder", 2, folder},
                  {"gguf", 1, gguf},
                  {"dequantise", 2, dequantised},
                  {"copy-safetensors", 2, copied_safetensors},
                  {"copy-folder", 4, copied_folder},
                  {"copy-gguf", 2, copied_gguf},
                  {"quantise", 3, quantised}};
  for (const auto& command : commands) {
    if (arguments.size() <= command.least || arguments[0] != command.name) continue;
    try {
      std::cout << to_text(command.answer({arguments.begin() + 1, arguments.end()})) << '\n';
    } catch (const Error& error) {
      std::cout << to_text(Json{{"error", error.what()}}) << '\n';
    }
    return 0;
  }
  std::cerr << "usage: probe_formats safetensors PATH... | folder PATH BASENAME | gguf PATH | "
               "dequantise PATH OUT | copy-safetensors PATH OUT | copy-folder PATH BASENAME OUT "
               "SHARD_BYTES | copy-gguf PATH OUT | quantise TYPE FLOATS OUT\n";
  return 2;
}

}  // namespace
}  // namespace fettle::tensor

int main(int argc, char** argv) { return fettle::tensor::run({argv + 1, argv + argc}); }
