// Rows that name images and clips: {"image": {...}}, {"audio": {...}}, and a label where the file's
// folder or a file of labels beside it gives one.
#include <utility>

#include "base/format.h"
#include "data/collect/headers.h"
#include "data/collect/packed.h"
#include "data/collect/readers.h"

namespace fettle::data::collect {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kMaxLabels = std::int64_t{1} << 28;

// One row a file.
class OneRowReader : public PartReader {
 public:
  using Describe = Result<Json> (*)(Window& window);
  OneRowReader(Part part, Describe describe, const Place& from)
      : part_(std::move(part)), describe_(describe), done_(!from.at_start()) {}

  bool fill(PieceBuilder& out, std::int64_t, std::int64_t& rows) override {
    if (std::exchange(done_, true)) return false;
    Window window(std::move(part_.bytes), 0);
    Result<Json> row = describe_(window);
    if (row && !part_.label.empty()) (*row)["label"] = part_.label;
    out.add({std::move(row), Origin{part_.name, 1}});
    rows = 1;
    return false;
  }
  Place place() const override { return {0, done_ ? 1 : 0, 0}; }

 private:
  Part part_;
  Describe describe_;
  bool done_;
};

Result<Json> describe_clip(Window& window) {
  const Result<ClipHeader> clip = read_clip_header(window);
  if (!clip) return tl::unexpected(clip.error());
  Json audio{{"file", window.name()}, {"format", clip->format},     {"encoding", clip->encoding},
             {"rate", clip->rate},    {"channels", clip->channels}, {"bits", clip->bits}};
  if (clip->frames >= 0) {
    audio["frames"] = clip->frames;
    audio["seconds"] = static_cast<double>(clip->frames) / static_cast<double>(clip->rate);
  }
  return Json{{"audio", std::move(audio)}};
}

Result<Json> describe_image(Window& window) {
  const Result<ImageHeader> image = read_image_header(window);
  if (!image) return tl::unexpected(image.error());
  return Json{{"image",
               {{"file", window.name()},
                {"format", image->format},
                {"width", image->width},
                {"height", image->height}}}};
}

// "train-images-idx3-ubyte.gz" to "train-labels-idx1-ubyte.gz"; empty where there is no such file.
fs::path labels_beside(const fs::path& images) {
  std::string name = images.filename().native();
  for (const auto& [from, to] : {std::pair{"images", "labels"}, std::pair{"idx3", "idx1"}}) {
    const std::size_t at = name.find(from);
    if (at == std::string::npos) return {};
    name.replace(at, std::string_view(from).size(), to);
  }
  const fs::path path = images.parent_path() / name;
  return fs::is_regular_file(path) ? path : fs::path();
}

class IdxReader : public PartReader {
 public:
  IdxReader(Part part, const SourceConfig& config, const Place& from)
      : name_(part.name), window_(std::move(part.bytes), 0) {
    const Result<IdxHeader> header = read_idx_header(window_);
    if (!header) throw DataError("{}", header.error().message());
    header_ = *header;
    if (header_.shape.empty()) {
      throw DataError("{}: has one dimension, as files of labels have; name the file of images",
                      name_);
    }
    if (const fs::path labels = labels_beside(part.path); !labels.empty())
      read_labels(labels, config);
    for (std::int64_t i = 0; i < from.line; ++i) pass_item();
  }

  bool fill(PieceBuilder& out, std::int64_t limit, std::int64_t& rows) override {
    while (rows < limit && next_ < header_.items && !out.full()) {
      Json row{{"image",
                {{"file", name_},
                 {"format", "idx"},
                 {"index", next_},
                 {"offset", header_.header_bytes + next_ * header_.item_bytes},
                 {"shape", header_.shape},
                 {"type", header_.type}}}};
      if (!labels_.empty()) row["label"] = static_cast<unsigned char>(labels_[next_]);
      pass_item();
      out.add({std::move(row), Origin{name_, static_cast<std::int64_t>(next_)}});
      ++rows;
    }
    if (next_ < header_.items) return true;
    if (!window_.fill(1).empty()) {
      throw DataError("{}: holds more bytes than the {} items that its header states", name_,
                      header_.items);
    }
    return false;
  }
  Place place() const override { return {0, static_cast<std::int64_t>(next_), 0}; }

 private:
  void pass_item() {
    if (!window_.skip(header_.item_bytes)) {
      throw DataError("{}: ends within item {} of the {} that its header states; fetch it again",
                      name_, next_ + 1, header_.items);
    }
    ++next_;
  }

  void read_labels(const fs::path& path, const SourceConfig& config) {
    const UnpackLimits limits{static_cast<std::uint64_t>(config.max_unpacked_bytes),
                              static_cast<std::uint64_t>(config.max_unpacked_ratio)};
    Window window(without_packing(path.native()) ? open_packed(path, path.native(), limits)
                                                 : open_file(path, path.native()),
                  0);
    const Result<IdxHeader> header = read_idx_header(window);
    if (!header) throw DataError("{}", header.error().message());
    if (header->items != header_.items || header->item_bytes != 1 || !header->shape.empty() ||
        header->items > kMaxLabels) {
      throw DataError("{}: holds {} labels of {} bytes; {} of one byte were expected", path,
                      header->items, header->item_bytes, header_.items);
    }
    labels_ = window.fill(header->items);
    if (labels_.size() < header->items) {
      throw DataError("{}: ends before the {} labels that its header states; fetch it again", path,
                      header->items);
    }
  }

  std::string name_;
  Window window_;
  IdxHeader header_;
  std::string labels_;
  std::uint64_t next_ = 0;
};

}  // namespace

std::unique_ptr<PartReader> open_idx(Part part, const SourceConfig& config, const Place& from) {
  return std::make_unique<IdxReader>(std::move(part), config, from);
}
std::unique_ptr<PartReader> open_clip(Part part, const SourceConfig&, const Place& from) {
  return std::make_unique<OneRowReader>(std::move(part), describe_clip, from);
}
std::unique_ptr<PartReader> open_image(Part part, const SourceConfig&, const Place& from) {
  return std::make_unique<OneRowReader>(std::move(part), describe_image, from);
}

}  // namespace fettle::data::collect
