// Documents: plain text, Markdown, HTML and PDF, a frame a file.
#include <algorithm>
#include <utility>

#include "base/format.h"
#include "data/collect/html.h"
#include "data/collect/markdown.h"
#include "data/collect/pdf.h"
#include "data/collect/readers.h"

namespace fettle::data::collect {
namespace {

constexpr std::size_t kMaxPdfBytes = std::size_t{256} << 20;

// The whole file as one frame, or the problem that it is too large.
class DocumentReader : public PartReader {
 public:
  DocumentReader(Part part, std::size_t max_bytes, const Place& from)
      : part_(std::move(part)), max_bytes_(max_bytes), done_(!from.at_start()) {}

  bool fill(PieceBuilder& out, std::int64_t, std::int64_t& rows) override {
    if (std::exchange(done_, true)) return false;
    Window window(std::move(part_.bytes), 0);
    const std::string_view view = window.fill(max_bytes_ + 1);
    if (view.size() > max_bytes_) {
      out.add_problem(part_.name, 1,
                      text("the document is larger than {}; cut it up, read it by lines "
                           "(text_rows), or raise max_row_bytes",
                           byte_size(max_bytes_)));
    } else {
      out.add({part_.format, part_.name, {}, 1, view});
    }
    rows = 1;
    return false;
  }

  Place place() const override { return {0, done_ ? 1 : 0, 0}; }

 private:
  Part part_;
  std::size_t max_bytes_;
  bool done_;
};

void send_text(std::string body, std::string_view title, const Origin& origin,
               const RecordSink& sink) {
  if (body.find_first_not_of(" \t\r\n\v\f") == std::string::npos) return;
  Json record{{"text", std::move(body)}};
  if (!title.empty()) record["title"] = title;
  sink(std::move(record), origin);
}

}  // namespace

std::unique_ptr<PartReader> open_document(Part part, const SourceConfig& config,
                                          const Place& from) {
  return std::make_unique<DocumentReader>(std::move(part),
                                          static_cast<std::size_t>(config.max_row_bytes), from);
}

std::unique_ptr<PartReader> open_pdf(Part part, const SourceConfig&, const Place& from) {
  return std::make_unique<DocumentReader>(std::move(part), kMaxPdfBytes, from);
}

std::unique_ptr<PartReader> open_text(Part part, const SourceConfig& config, const Place& from) {
  if (config.text_rows == "line") return open_lines(std::move(part), config, from);
  if (config.text_rows == "paragraph") return open_paragraphs(std::move(part), config, from);
  return open_document(std::move(part), config, from);
}

void parse_text(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  if (config.text_rows == "line") return parse_text_lines(frame, config, sink);
  if (config.text_rows == "paragraph") return parse_paragraphs(frame, config, sink);
  const Origin origin{std::string(frame.name), 1};
  if (auto bad = check_encoding(frame.data, origin)) return sink(tl::unexpected(*bad), origin);
  send_text(std::string(frame.data), {}, origin, sink);
}

void parse_markdown(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  if (config.text_rows == "line" || config.text_rows == "paragraph") {
    return parse_text(frame, config, sink);
  }
  const Origin origin{std::string(frame.name), 1};
  if (auto bad = check_encoding(frame.data, origin)) return sink(tl::unexpected(*bad), origin);
  for (const Section& section : markdown_sections(frame.data, config.text_rows == "section")) {
    send_text(std::string(section.body), section.title, {origin.file, section.line}, sink);
  }
}

void parse_html(const Frame& frame, const SourceConfig&, const RecordSink& sink) {
  const Origin origin{std::string(frame.name), 1};
  if (auto bad = check_encoding(frame.data, origin)) return sink(tl::unexpected(*bad), origin);
  Result<Page> page = read_page(frame.data, origin.text());
  if (!page) return sink(tl::unexpected(page.error()), origin);
  send_text(std::move(page->text), page->title, origin, sink);
}

void parse_pdf(const Frame& frame, const SourceConfig& config, const RecordSink& sink) {
  Origin origin{std::string(frame.name), 1};
  Result<std::string> words = pdf_text(frame.data, origin.file, config);
  if (!words) return sink(tl::unexpected(words.error()), origin);
  if (config.text_rows == "file") {
    for (char& c : *words) c = c == '\f' ? '\n' : c;
    return send_text(std::move(*words), {}, origin, sink);
  }
  // pdftotext ends each page with a form feed.
  for (std::size_t at = 0; at < words->size(); ++origin.line) {
    const std::size_t end = std::min(words->find('\f', at), words->size());
    send_text(words->substr(at, end - at), {}, origin, sink);
    at = end + 1;
  }
}

}  // namespace fettle::data::collect
