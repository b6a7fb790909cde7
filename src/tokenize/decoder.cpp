#include "tokenize/decoder.h"

#include <charconv>
#include <utility>

#include "tokenize/byte_level.h"
#include "tokenize/unicode.h"

namespace fettle::tokenize {
namespace {

class ByteLevelDecoder : public Decoder {
 public:
  void apply(std::vector<std::string>& parts) const override {
    std::string bytes;
    for (std::string& part : parts) {
      bytes += characters_to_bytes(part).value_or(part);
    }
    parts.clear();
    parts.push_back(std::move(bytes));
  }
  [[nodiscard]] bool gives_bytes() const override { return true; }
};

class ByteFallbackDecoder : public Decoder {
 public:
  void apply(std::vector<std::string>& parts) const override {
    std::vector<std::string> out;
    std::string run;
    for (std::string& part : parts) {
      if (const std::optional<std::uint8_t> byte = byte_of_token(part)) {
        run.push_back(static_cast<char>(*byte));
        continue;
      }
      flush(run, out);
      out.push_back(std::move(part));
    }
    flush(run, out);
    parts = std::move(out);
  }

 private:
  static void flush(std::string& run, std::vector<std::string>& out) {
    if (run.empty()) return;
    if (is_utf8(run)) {
      out.push_back(run);
    } else {
      for (std::size_t i = 0; i < run.size(); ++i) append_utf8(out.emplace_back(), 0xFFFD);
    }
    run.clear();
  }
};

class FuseDecoder : public Decoder {
 public:
  void apply(std::vector<std::string>& parts) const override {
    std::string all;
    for (const std::string& part : parts) all += part;
    parts.clear();
    parts.push_back(std::move(all));
  }
};

class ReplaceDecoder : public Decoder {
 public:
  ReplaceDecoder(std::unique_ptr<Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  void apply(std::vector<std::string>& parts) const override {
    std::vector<Match> matches;
    for (std::string& part : parts) {
      if (part.empty()) continue;
      matches.clear();
      pattern_->find(part, matches);
      std::string out;
      for (const Match& match : matches) {
        const Span span = match.span;
        out += match.hit ? std::string_view(content_)
                         : std::string_view(part).substr(span.begin, span.end - span.begin);
      }
      part = std::move(out);
    }
  }

 private:
  std::unique_ptr<Pattern> pattern_;
  std::string content_;
};

class StripDecoder : public Decoder {
 public:
  StripDecoder(std::string content, std::size_t start, std::size_t stop)
      : content_(std::move(content)), start_(start), stop_(stop) {}

  void apply(std::vector<std::string>& parts) const override {
    for (std::string& part : parts) {
      std::string_view rest = part;
      for (std::size_t i = 0; i < start_ && rest.starts_with(content_); ++i) {
        rest.remove_prefix(content_.size());
      }
      for (std::size_t i = 0; i < stop_ && rest.ends_with(content_); ++i) {
        rest.remove_suffix(content_.size());
      }
      part = std::string(rest);
    }
  }

 private:
  std::string content_;
  std::size_t start_;
  std::size_t stop_;
};

class MetaspaceDecoder : public Decoder {
 public:
  MetaspaceDecoder(std::string replacement, bool prepends)
      : replacement_(std::move(replacement)), prepends_(prepends) {}

  void apply(std::vector<std::string>& parts) const override {
    for (std::size_t i = 0; i < parts.size(); ++i) {
      std::string out;
      const std::string_view part = parts[i];
      for (std::size_t at = 0; at < part.size();) {
        if (!part.substr(at).starts_with(replacement_)) {
          out.push_back(part[at++]);
          continue;
        }
        if (i > 0 || !prepends_) out.push_back(' ');
        at += replacement_.size();
      }
      parts[i] = std::move(out);
    }
  }

 private:
  std::string replacement_;
  bool prepends_;
};

}  // namespace

std::unique_ptr<Decoder> byte_level_decoder() { return std::make_unique<ByteLevelDecoder>(); }
std::unique_ptr<Decoder> byte_fallback_decoder() { return std::make_unique<ByteFallbackDecoder>(); }
std::unique_ptr<Decoder> fuse_decoder() { return std::make_unique<FuseDecoder>(); }

std::unique_ptr<Decoder> replace_decoder(std::unique_ptr<Pattern> pattern, std::string content) {
  return std::make_unique<ReplaceDecoder>(std::move(pattern), std::move(content));
}

std::unique_ptr<Decoder> strip_decoder(std::string content, std::size_t start, std::size_t stop) {
  return std::make_unique<StripDecoder>(std::move(content), start, stop);
}

std::unique_ptr<Decoder> metaspace_decoder(std::string replacement, bool prepends) {
  return std::make_unique<MetaspaceDecoder>(std::move(replacement), prepends);
}

std::optional<std::uint8_t> byte_of_token(std::string_view token) {
  if (token.size() != 6 || !token.starts_with("<0x") || token[5] != '>') return std::nullopt;
  std::uint8_t byte = 0;
  const auto [end, error] = std::from_chars(token.data() + 3, token.data() + 5, byte, 16);
  if (error != std::errc() || end != token.data() + 5) return std::nullopt;
  return byte;
}

}  // namespace fettle::tokenize
