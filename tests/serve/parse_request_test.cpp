#include "serve/parse_request.h"

#include <gtest/gtest.h>

namespace fettle::serve {
namespace {

// The status of the refusal; 0: the head was read.
int refused(const std::string& head, Limits limits = {}) {
  const auto parsed = parse_head(head, limits);
  return parsed ? 0 : parsed.error().status;
}

TEST(ParseRequest, ReadsAHead) {
  const auto head = parse_head(
      "POST /api/row?row=7&a%20b=c+d&flag HTTP/1.1\r\nHost: x:1\r\nCookie: a=1; b=2\r\n"
      "Content-Length: 12\r\nExpect: 100-continue\r\n",
      {});
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->request.method, "POST");
  EXPECT_EQ(head->request.path, "/api/row");
  EXPECT_EQ(head->request.query.at("row"), "7");
  EXPECT_EQ(head->request.query.at("a b"), "c d");
  EXPECT_EQ(head->request.query.at("flag"), "");
  EXPECT_EQ(head->request.cookie("b"), "2");
  EXPECT_EQ(head->request.cookie("c"), "");
  EXPECT_EQ(head->body_bytes, 12U);
  EXPECT_TRUE(head->expects_continue);
  EXPECT_TRUE(head->request.keep_alive);
}

TEST(ParseRequest, KnowsWhenAConnectionEnds) {
  EXPECT_FALSE(
      parse_head("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", {})->request.keep_alive);
  EXPECT_FALSE(parse_head("GET / HTTP/1.0\r\nHost: x\r\n", {})->request.keep_alive);
  EXPECT_TRUE(parse_head("GET / HTTP/1.0\r\nHost: x\r\nConnection: keep-alive\r\n", {})
                  ->request.keep_alive);
}

TEST(ParseRequest, RefusesWhatCanBeReadInTwoWays) {
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(refused(get), 0);
  for (const char* const bad :
       {"GET /\r\nHost: x\r\n", "GET  HTTP/1.1\r\nHost: x\r\n", "GET / HTTP/2\r\nHost: x\r\n",
        "GET x HTTP/1.1\r\nHost: x\r\n",
        "GET http:"
        "//x/ HTTP/1.1\r\nHost: x\r\n",
        "G(T / HTTP/1.1\r\nHost: x\r\n", "GET /\x01 HTTP/1.1\r\nHost: x\r\n",
        "GET /\\.. HTTP/1.1\r\nHost: x\r\n", "GET / HTTP/1.1\r\n", "", "\r\n"}) {
    EXPECT_EQ(refused(bad), 400) << bad;
  }
  for (const char* const bad :
       {"Name : x\r\n", " folded\r\n", "no colon\r\n", "A: b\x01\r\n", "Host: y\r\n",
        "Content-Length: 1\r\nContent-Length: 1\r\n", "Content-Length: -1\r\n",
        "Content-Length: 1x\r\n", "Content-Length: 99999999999999999999999\r\n", "\r\n"}) {
    EXPECT_EQ(refused(get + bad), 400) << bad;
  }
  EXPECT_EQ(refused(get + "Transfer-Encoding: chunked\r\n"), 411);
}

TEST(ParseRequest, HoldsItsLimits) {
  const std::string get = "GET / HTTP/1.1\r\nHost: x\r\n";
  EXPECT_EQ(refused("GET /" + std::string(2048, 'a') + " HTTP/1.1\r\nHost: x\r\n"), 414);
  EXPECT_EQ(refused(get + "A: " + std::string(20000, 'a') + "\r\n"), 431);
  std::string many = get;
  for (int i = 0; i < 64; ++i) many += "h" + std::to_string(i) + ": 1\r\n";
  EXPECT_EQ(refused(many), 431);
  EXPECT_EQ(refused(get + "Content-Length: 8388609\r\n"), 413);
  EXPECT_EQ(refused(get + "Content-Length: 8388608\r\n"), 0);
}

TEST(ParseRequest, DecodesPercentSigns) {
  EXPECT_EQ(percent_decoded("a%2Fb%zz%4"), "a/b%zz%4");
  EXPECT_EQ(percent_decoded("%00"), std::string(1, '\0'));
}

}  // namespace
}  // namespace fettle::serve
