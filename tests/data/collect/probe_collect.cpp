// probe_collect CONFIG [stop N | resume PLACE | describe | time]: a source of the given options
// (JSON) as lines {"row": ..., "at": ...} or {"bad": ...}, as the tests compare them with other
// readers.
//   stop N       prints N pieces, then {"place": ...}
//   resume PLACE the rows behind it
//   describe     what is known before reading
//   time         counts rows and bytes of pieces, parsed on this thread
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "data/collect/sources.h"
#include "data/option.h"

namespace {

using fettle::Json;
using fettle::Result;
using fettle::data::Origin;
using fettle::data::Piece;

void print(const Json& json) { std::puts(fettle::to_text(json).c_str()); }

void print_row(const Result<Json>& row, const Origin& origin) {
  print(row ? Json{{"row", *row}, {"at", origin.text()}}
            : Json{{"bad", row.error().message()}, {"at", origin.text()}});
}

void print_time(fettle::data::Stream& stream) {
  const auto begin = std::chrono::steady_clock::now();
  std::uint64_t bytes = 0;
  std::int64_t rows = 0;
  while (auto piece = stream.next()) {
    bytes += piece->bytes.size();
    stream.parse(*piece, [&](const Result<Json>& row, const Origin&) { rows += row ? 1 : 0; });
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
  print({{"rows", rows}, {"bytes", bytes}, {"seconds", took.count()}});
}

int run(int argc, char** argv) {
  using namespace fettle::data::collect;
  const Result<Json> options = fettle::parse_json(argv[1], "options");
  if (!options) throw fettle::UsageError("{}", options.error().message());
  const auto config = fettle::data::config_of<SourceConfig>(*options);
  const std::string verb = argc > 2 ? argv[2] : "";
  if (verb == "describe") {
    print(describe_source(config));
    return 0;
  }
  const auto stream = open_source(config, verb == "resume" ? argv[3] : "");
  if (verb == "time") {
    print_time(*stream);
    return 0;
  }
  long pieces = verb == "stop" ? std::atol(argv[3]) : -1;
  std::string place;
  while (pieces-- != 0) {
    auto piece = stream->next();
    if (!piece) break;
    place = piece->resume_at;
    stream->parse(*piece, print_row);
  }
  if (verb == "stop") print({{"place", place}});
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  try {
    return run(argc, argv);
  } catch (const fettle::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return static_cast<int>(error.exit_code());
  }
}
