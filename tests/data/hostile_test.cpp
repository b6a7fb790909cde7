// Damaged files of every format end in rows or in an Error, never in a crash or another exception.
#include <gtest/gtest.h>

#include <fstream>

#include "base/random.h"
#include "data/wordnet.h"
#include "tests/data/support.h"

namespace fettle::data {
namespace {

struct HostileSample {
  const char* name;
  const char* bytes;
};

constexpr HostileSample kSamples[] = {
    {"a.jsonl",
     R"({"messages":[{"role":"user","content":[{"type":"text","text":"a"}]},{"role":"assistant",)"
     R"("content":"","tool_calls":[{"function":{"name":"f","arguments":"{}"}}],"weight":1}],)"
     R"("tools":"[{\"name\":\"f\"}]"})"
     "\n{\"text\":\"caf\xc3\xa9\",\"label\":1}\n"},
    {"b.json",
     R"([{"instruction":"a","input":"b","output":"c","history":[["d","e"]],"system":"s"},)"
     R"({"conversations":[{"from":"human","value":"x"},{"from":"gpt","value":"y"}]},)"
     R"({"prompt":[{"role":"user","content":"x"}],"completion":[{"role":"assistant",)"
     R"("content":"y"}]}])"},
    {"c.csv", "text,label\r\n\"a, \"\"b\"\"\nc\",x\r\nplain,y\r\n"},
    {"d.tsv", "text\tlabel\na\t0\nb\t1\n"},
    {"e.txt", "\xef\xbb\xbfone\ntwo\n\nthree\n"},
};

constexpr char kLikelyBytes[] = {'"', ',', '\n', '\r', '\t',   '\0',   '{', '}',
                                 '[', ']', ':',  '\\', '\xff', '\xc3', '0', '-'};

// One to four places changed, removed, doubled or cut off.
std::string damaged(std::string bytes, const Random& random, std::uint64_t trial) {
  std::uint64_t index = trial * 32;
  const std::uint64_t edits = 1 + random.below(index++, 4);
  for (std::uint64_t k = 0; k < edits && !bytes.empty(); ++k) {
    const std::size_t at = random.below(index++, bytes.size());
    const std::uint64_t kind = random.below(index++, 5);
    const std::uint64_t value = random.bits(index++);
    if (kind == 0) {
      bytes[at] = static_cast<char>(value);
    } else if (kind == 1) {
      bytes[at] = kLikelyBytes[value % sizeof kLikelyBytes];
    } else if (kind == 2) {
      bytes.erase(at, 1 + value % 8);
    } else if (kind == 3) {
      bytes.insert(at, bytes.substr(value % bytes.size(), 1 + at % 16));
    } else if (k == 0) {
      bytes.resize(at);
    }
  }
  return bytes;
}

// Whether the file is read; false when it is refused with a message. Another exception fails the
// test.
bool reads(const std::string& path, const DataConfig& config) {
  try {
    static_cast<void>(load(path, config));
    return true;
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()), "");
    return false;
  }
}

TEST(Hostile, DamagedRowsEndInAnError) {
  const TestFolder folder;
  const Random random(11, "damage");
  std::uint64_t trial = 0;
  int read = 0;
  for (const HostileSample& sample : kSamples) {
    DataConfig config;
    config.labels = {"x", "y"};
    config.text_rows = "paragraph";
    for (int i = 0; i < 400; ++i) {
      const fs::path path = folder.path() / sample.name;
      std::ofstream(path, std::ios::binary) << damaged(sample.bytes, random, trial++);
      read += reads(path.native(), config) ? 1 : 0;
    }
  }
  // The damage is neither harmless nor always fatal.
  EXPECT_GT(read, 100);
  EXPECT_LT(read, 1900);
}

TEST(Hostile, DamagedNounsEndInAnError) {
  const TestFolder folder;
  const Random random(12, "damage");
  const std::string good =
      "  licence\n00001740 03 n 01 entity 0 001 ~ 00001930 n 0000 | that which is; \"it is\"  \n"
      "00001930 06 n 02 tool_box 0 kit 0 000 | a box of tools  \n";
  for (std::uint64_t trial = 0; trial < 500; ++trial) {
    std::ofstream(folder.path() / "data.noun", std::ios::binary) << damaged(good, random, trial);
    try {
      EXPECT_LE(read_nouns(folder.path()).size(), 8U);
    } catch (const Error& error) {
      EXPECT_NE(std::string(error.what()), "");
    }
  }
}

}  // namespace
}  // namespace fettle::data
