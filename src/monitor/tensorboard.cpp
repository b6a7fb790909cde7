#include "monitor/tensorboard.h"

#include <array>
#include <bit>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <variant>

#include "base/error.h"
#include "base/file.h"

namespace fettle::monitor {
namespace {

constexpr std::array<std::uint32_t, 256> make_crc_table() {
  constexpr std::uint32_t kReversedPolynomial = 0x82F63B78;
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1U) ^ ((value & 1U) != 0 ? kReversedPolynomial : 0U);
    }
    table[byte] = value;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kCrcTable = make_crc_table();

std::uint32_t masked_crc(std::string_view bytes) {
  const std::uint32_t crc = crc32c(bytes);
  return std::rotr(crc, 15) + 0xA282EAD8U;
}

// Protocol buffers' wire format: a key is (field << 3) | wire type.
enum class Wire : std::uint64_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

void put_little_endian(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFFU);
}

void put_varint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>((value & 0x7FU) | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void put_key(std::string& out, std::uint64_t field, Wire wire) {
  put_varint(out, (field << 3U) | static_cast<std::uint64_t>(wire));
}

void put_bytes(std::string& out, std::uint64_t field, std::string_view bytes) {
  put_key(out, field, Wire::kBytes);
  put_varint(out, bytes.size());
  out += bytes;
}

// Event: wall_time = 1 (double), step = 2 (int64).
std::string event_head(double unix_time, std::int64_t step) {
  std::string out;
  put_key(out, 1, Wire::kFixed64);
  put_little_endian(out, std::bit_cast<std::uint64_t>(unix_time), 8);
  put_key(out, 2, Wire::kVarint);
  put_varint(out, static_cast<std::uint64_t>(step));
  return out;
}

// Summary.value = 1; Summary.Value: tag = 1, simple_value = 2 (float).
void put_scalar(std::string& summary, std::string_view tag, double value) {
  std::string one;
  put_bytes(one, 1, tag);
  put_key(one, 2, Wire::kFixed32);
  put_little_endian(one, std::bit_cast<std::uint32_t>(static_cast<float>(value)), 4);
  put_bytes(summary, 1, one);
}

std::string tag_of(Kind kind, const std::string& name) {
  if (kind == Kind::kStep) return "train/" + name;
  return "eval/" + (name.starts_with("eval_") ? name.substr(5) : name);
}

}  // namespace

std::uint32_t crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const char c : bytes) {
    crc = (crc >> 8U) ^ kCrcTable[(crc ^ static_cast<unsigned char>(c)) & 0xFFU];
  }
  return ~crc;
}

std::string tf_record(std::string_view data) {
  std::string out;
  put_little_endian(out, data.size(), 8);
  const std::uint32_t length_crc = masked_crc(out);
  put_little_endian(out, length_crc, 4);
  out += data;
  put_little_endian(out, masked_crc(data), 4);
  return out;
}

TensorBoardSink::TensorBoardSink(const std::filesystem::path& folder, const TensorBoardRun& run) {
  make_folders(folder);
  // Readers take a folder's files in the order of their names: ten digits, as TensorFlow writes.
  path_ = folder / text("events.out.tfevents.{:010}.{}",
                        static_cast<std::int64_t>(std::floor(run.unix_time)), run.host);
  file_.open(path_, std::ios::binary | std::ios::app);
  check();
  // Event.file_version = 3.
  std::string version = event_head(run.unix_time, 0);
  put_bytes(version, 3, "brain.Event:2");
  put(version);
  if (run.resumed_after) {
    // Event.session_log = 7; SessionLog: status = 1, START = 1.
    std::string session;
    put_key(session, 1, Wire::kVarint);
    put_varint(session, 1);
    std::string start = event_head(run.unix_time, *run.resumed_after + 1);
    put_bytes(start, 7, session);
    put(start);
  }
  flush();
}

void TensorBoardSink::write(const Event& event) {
  if (event.kind != Kind::kStep && event.kind != Kind::kEvaluation) return;
  std::string summary;
  for (const auto& [name, value] : event.fields) {
    if (const double* number = std::get_if<double>(&value)) {
      put_scalar(summary, tag_of(event.kind, name), *number);
    } else if (const auto* whole = std::get_if<std::int64_t>(&value)) {
      put_scalar(summary, tag_of(event.kind, name), static_cast<double>(*whole));
    }
  }
  if (summary.empty()) return;
  // Event.summary = 5.
  std::string message = event_head(event.unix_time, event.step);
  put_bytes(message, 5, summary);
  put(message);
}

void TensorBoardSink::put(std::string_view event_message) {
  const std::string record = tf_record(event_message);
  file_.write(record.data(), static_cast<std::streamsize>(record.size()));
  check();
}

void TensorBoardSink::flush() {
  file_.flush();
  check();
}

void TensorBoardSink::check() const {
  if (!file_) throw IoError("{}: cannot be written: {}", path_, std::strerror(errno));
}

}  // namespace fettle::monitor
