#include "data/collect/frame.h"

#include <cstring>
#include <utility>

#include "base/error.h"

namespace fettle::data::collect {
namespace {

struct Head {
  std::int64_t line = 0;
  std::uint64_t data = 0;
  std::uint32_t name = 0;
  std::uint32_t header = 0;
  std::uint32_t format = 0;
  std::uint32_t unused = 0;
};

}  // namespace

void PieceBuilder::add(const Frame& frame) {
  if (empty()) piece_.origin = Origin{std::string(frame.name), frame.line};
  Head head;
  head.line = frame.line;
  head.data = frame.data.size();
  head.name = static_cast<std::uint32_t>(frame.name.size());
  head.header = static_cast<std::uint32_t>(frame.header.size());
  head.format = static_cast<std::uint32_t>(frame.format);
  std::string& bytes = piece_.bytes;
  // The padding of the frame before becomes this one's head.
  if (!bytes.empty()) bytes.resize(bytes.size() - kPadding);
  bytes.reserve(bytes.size() + sizeof head + frame.name.size() + frame.header.size() +
                frame.data.size() + kPadding);
  bytes.append(reinterpret_cast<const char*>(&head), sizeof head);
  bytes.append(frame.name).append(frame.header).append(frame.data);
  bytes.append(kPadding, '\0');
}

void PieceBuilder::add_problem(std::string_view name, std::int64_t line, std::string_view what) {
  add(Frame{kProblemFrame, name, {}, line, what});
}

void PieceBuilder::add(Piece::Read record) {
  if (empty()) piece_.origin = record.origin;
  piece_.records.push_back(std::move(record));
}

Piece PieceBuilder::take(std::string resume_at) {
  piece_.resume_at = std::move(resume_at);
  record_bytes_ = 0;
  return std::exchange(piece_, Piece{});
}

bool frames_end(std::string_view bytes, std::size_t at) { return at + kPadding >= bytes.size(); }

Frame next_frame(std::string_view bytes, std::size_t& at) {
  Head head;
  if (bytes.size() < at + sizeof head + kPadding) throw InternalError("a piece's frame is cut off");
  std::memcpy(&head, bytes.data() + at, sizeof head);
  const std::size_t begin = at + sizeof head;
  at = begin + head.name + head.header + head.data;
  if (at + kPadding > bytes.size()) throw InternalError("a piece's frame is cut off");
  Frame frame;
  frame.format = static_cast<int>(head.format);
  frame.name = bytes.substr(begin, head.name);
  frame.header = bytes.substr(begin + head.name, head.header);
  frame.line = head.line;
  frame.data = bytes.substr(begin + head.name + head.header, head.data);
  return frame;
}

}  // namespace fettle::data::collect
