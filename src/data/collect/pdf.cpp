#include "data/collect/pdf.h"

#include <algorithm>

#include "base/error.h"
#include "data/collect/process.h"
#include "data/text_file.h"

namespace fettle::data::collect {
namespace {

std::string first_line(std::string_view errors) {
  const std::string_view line = errors.substr(0, std::min(errors.find('\n'), std::size_t{200}));
  return line.empty() ? std::string("it gave no reason") : std::string(line);
}

}  // namespace

Result<std::string> pdf_text(std::string_view pdf, std::string_view name,
                             const SourceConfig& config) {
  const std::string where(name);
  // The header may stand behind a little of something else (PDF 1.7, H.3.13).
  if (pdf.substr(0, 1024).find("%PDF-") == std::string_view::npos) {
    return problem(where, "is no PDF: it does not begin with %PDF-");
  }
  ProcessLimits limits;
  limits.max_output = static_cast<std::size_t>(config.max_row_bytes);
  limits.seconds = static_cast<double>(config.timeout_seconds);
  Finished done = run_process({"pdftotext", "-enc", "UTF-8", "-q", "-", "-"}, pdf, limits);
  switch (done.how) {
    case Finished::How::kMissing:
      throw DataError("{}: pdftotext is not installed; install the package poppler-utils", where);
    case Finished::How::kTimeout:
      return problem(
          where, text("pdftotext took longer than {} s (timeout_seconds)", config.timeout_seconds));
    case Finished::How::kTooMuch:
      return problem(where, text("holds more than {} of text; raise max_row_bytes",
                                 byte_size(limits.max_output)));
    case Finished::How::kSignalled:
      return problem(where, text("pdftotext died of signal {} on it", done.code));
    case Finished::How::kExited:
      break;
  }
  if (done.code != 0) {
    return problem(
        where, text("pdftotext cannot read it (code {}): {}", done.code, first_line(done.errors)));
  }
  if (auto bad = check_text(done.output, where)) return tl::unexpected(*bad);
  return std::move(done.output);
}

}  // namespace fettle::data::collect
