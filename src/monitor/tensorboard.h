// TensorBoard's event file: TFRecords of Event messages with scalar summaries, encoded by hand.
// Format: tensorflow/core/lib/io/record_writer.h, tensorflow/core/util/event.proto,
// tensorflow/core/framework/summary.proto.
#pragma once

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

#include "monitor/event.h"

namespace fettle::monitor {

// CRC-32C (Castagnoli), RFC 3720 appendix B.4.
[[nodiscard]] std::uint32_t crc32c(std::string_view bytes);

// One TFRecord: u64 length, masked CRC of the length, data, masked CRC of the data; little-endian.
[[nodiscard]] std::string tf_record(std::string_view data);

struct TensorBoardRun {
  double unix_time = 0;
  std::string host = {};
  // The step of the checkpoint that the run goes on from: readers drop what earlier files say of
  // later steps.
  std::optional<std::int64_t> resumed_after = {};
};

// Step events become train/<field>, evaluations eval/<field without eval_>; numbers only.
class TensorBoardSink final : public Sink {
 public:
  // Makes <folder>/events.out.tfevents.<seconds>.<host>. Throws IoError if that fails.
  TensorBoardSink(const std::filesystem::path& folder, const TensorBoardRun& run);

  void write(const Event& event) override;
  void flush() override;

  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  void put(std::string_view event_message);
  // Throws with the reason of the call before.
  void check() const;

  std::filesystem::path path_;
  std::ofstream file_;
};

}  // namespace fettle::monitor
