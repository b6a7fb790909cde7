#include "data/collect/packed.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "data/text_file.h"

namespace fettle::data::collect {

struct FreeArchive {
  void operator()(archive* handle) const { ::archive_read_free(handle); }
};
using ArchiveHandle = std::unique_ptr<archive, FreeArchive>;

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlockBytes = std::size_t{1} << 18;
constexpr std::array<std::string_view, 4> kPackings = {".gz", ".zst", ".xz", ".bz2"};
constexpr std::array<std::string_view, 8> kArchives = {".zip",     ".tar",    ".tar.gz",  ".tgz",
                                                       ".tar.zst", ".tar.xz", ".tar.bz2", ".tbz2"};

std::string reason_of(archive* handle) {
  const char* const why = ::archive_error_string(handle);
  std::string out = why == nullptr ? "the data is damaged" : why;
  std::replace(out.begin(), out.end(), '\n', ' ');
  while (out.ends_with(' ')) out.pop_back();
  return out;
}

void support_packings(archive* handle) {
  ::archive_read_support_filter_gzip(handle);
  ::archive_read_support_filter_zstd(handle);
  ::archive_read_support_filter_xz(handle);
  ::archive_read_support_filter_bzip2(handle);
}

void open_handle(archive* handle, const fs::path& path, const std::string& name) {
  require_file(path);
  if (::archive_read_open_filename(handle, path.c_str(), kBlockBytes) != ARCHIVE_OK) {
    throw DataError("{}: cannot be unpacked: it ends too early or is damaged ({})", name,
                    reason_of(handle));
  }
}

// Counts what comes out against what went in.
void check_limits(archive* handle, std::uint64_t unpacked, const UnpackLimits& limits,
                  const std::string& name) {
  if (unpacked > limits.max_bytes) {
    throw DataError("{}: unpacks to more than {}; raise max_unpacked_bytes if that is meant", name,
                    byte_size(limits.max_bytes));
  }
  if (unpacked < kRatioFrom) return;
  const auto packed =
      static_cast<std::uint64_t>(std::max<la_int64_t>(::archive_filter_bytes(handle, -1), 1));
  if (unpacked / packed >= limits.max_ratio) {
    throw DataError(
        "{}: unpacks to more than {} times its size ({} so far), as a bomb does; raise "
        "max_unpacked_ratio if that is meant",
        name, limits.max_ratio, byte_size(unpacked));
  }
}

class PackedBytes : public Bytes {
 public:
  PackedBytes(const fs::path& path, std::string name, const UnpackLimits& limits)
      : name_(std::move(name)), limits_(limits), handle_(::archive_read_new()) {
    support_packings(handle_.get());
    ::archive_read_support_format_raw(handle_.get());
    ::archive_read_support_format_empty(handle_.get());
    open_handle(handle_.get(), path, name_);
    archive_entry* entry = nullptr;
    const int code = ::archive_read_next_header(handle_.get(), &entry);
    if (code == ARCHIVE_EOF) {
      ended_ = true;
    } else if (code != ARCHIVE_OK) {
      throw DataError("{}: the compressed data ends too early or is damaged ({}); fetch it again",
                      name_, reason_of(handle_.get()));
    } else if (::archive_filter_count(handle_.get()) < 2) {
      throw DataError("{}: is not compressed as its ending says; rename it or compress it again",
                      name_);
    }
  }

  std::size_t read(char* out, std::size_t capacity) override {
    if (ended_) return 0;
    const la_ssize_t count = ::archive_read_data(handle_.get(), out, capacity);
    if (count < 0) {
      throw DataError("{}: the compressed data ends too early or is damaged ({}); fetch it again",
                      name_, reason_of(handle_.get()));
    }
    unpacked_ += static_cast<std::uint64_t>(count);
    check_limits(handle_.get(), unpacked_, limits_, name_);
    ended_ = count == 0;
    return static_cast<std::size_t>(count);
  }
  const std::string& name() const override { return name_; }

 private:
  std::string name_;
  UnpackLimits limits_;
  ArchiveHandle handle_;
  std::uint64_t unpacked_ = 0;
  bool ended_ = false;
};

}  // namespace

class Archive::State {
 public:
  std::string name;
  UnpackLimits limits;
  ArchiveHandle handle;
  std::string member;
  std::uint64_t count = 0;
  std::uint64_t unpacked = 0;
};

class MemberBytes : public Bytes {
 public:
  MemberBytes(Archive::State& state, std::string name) : state_(state), name_(std::move(name)) {}

  std::size_t read(char* out, std::size_t capacity) override {
    archive* const handle = state_.handle.get();
    const la_ssize_t count = ::archive_read_data(handle, out, capacity);
    if (count < 0) {
      throw DataError("{}: the member ends too early or is damaged ({}); fetch the archive again",
                      name_, reason_of(handle));
    }
    state_.unpacked += static_cast<std::uint64_t>(count);
    check_limits(handle, state_.unpacked, state_.limits, name_);
    return static_cast<std::size_t>(count);
  }
  const std::string& name() const override { return name_; }

 private:
  Archive::State& state_;
  std::string name_;
};

Archive::Archive(const fs::path& path, std::string name, const UnpackLimits& limits)
    : state_(std::make_unique<State>()) {
  state_->name = std::move(name);
  state_->limits = limits;
  state_->handle.reset(::archive_read_new());
  support_packings(state_->handle.get());
  ::archive_read_support_format_zip(state_->handle.get());
  ::archive_read_support_format_tar(state_->handle.get());
  open_handle(state_->handle.get(), path, state_->name);
}

Archive::~Archive() = default;

std::optional<Archive::Member> Archive::next() {
  while (true) {
    archive_entry* entry = nullptr;
    const int code = ::archive_read_next_header(state_->handle.get(), &entry);
    if (code == ARCHIVE_EOF) return std::nullopt;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) {
      throw DataError("{}: the archive is damaged or cut off: {}", state_->name,
                      reason_of(state_->handle.get()));
    }
    if (++state_->count > kMaxMembers) {
      throw DataError("{}: has more than {} members; unpack it first", state_->name, kMaxMembers);
    }
    if (::archive_entry_filetype(entry) != AE_IFREG) continue;
    const char* path = ::archive_entry_pathname_utf8(entry);
    if (path == nullptr) path = ::archive_entry_pathname(entry);
    state_->member = path == nullptr ? text("member {}", state_->count) : std::string(path);
    if (::archive_entry_is_data_encrypted(entry) != 0) {
      throw DataError("{}!{}: is encrypted; unpack the archive with its password first",
                      state_->name, state_->member);
    }
    return Member{state_->member, state_->count};
  }
}

std::unique_ptr<Bytes> Archive::open() {
  return std::make_unique<MemberBytes>(*state_, state_->name + "!" + state_->member);
}

std::optional<std::string> without_packing(std::string_view name) {
  if (is_archive(name)) return std::nullopt;
  for (const std::string_view ending : kPackings) {
    if (name.size() > ending.size() && name.ends_with(ending)) {
      return std::string(name.substr(0, name.size() - ending.size()));
    }
  }
  return std::nullopt;
}

bool is_archive(std::string_view name) {
  for (const std::string_view ending : kArchives) {
    if (name.size() > ending.size() && name.ends_with(ending)) return true;
  }
  return false;
}

std::unique_ptr<Bytes> open_packed(const fs::path& path, std::string name,
                                   const UnpackLimits& limits) {
  return std::make_unique<PackedBytes>(path, std::move(name), limits);
}

}  // namespace fettle::data::collect
