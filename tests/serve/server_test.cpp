#include "serve/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

#include "base/error.h"
#include "serve/guard.h"
#include "tests/serve/client.h"

namespace fettle::serve {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    router_.add("GET", "/hello", [](const Request&) { return json_response({{"a", 1}}); });
    router_.add("POST", "/echo", [](const Request& request) {
      return json_response({{"bytes", request.body.size()}});
    });
    router_.add("GET", "/throw",
                [](const Request&) -> Response { throw std::runtime_error("a secret"); });
    router_.add("GET", "/stream", [](const Request&) {
      Response out;
      out.stream = [](const SendPiece& send) {
        for (const char* const piece : {"one ", "", "two"}) send(piece);
      };
      return out;
    });
  }
  Router router_;
};

const std::string kGet = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";

TEST_F(ServerTest, AnswersAndKeepsTheConnection) {
  const RunningServer server(router_);
  const std::string twice = exchange(server.port(), kGet + kGet);
  EXPECT_THAT(twice, HasSubstr("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(twice, HasSubstr("{\"a\":1}HTTP/1.1 200 OK"));
  EXPECT_THAT(twice, HasSubstr("Content-Security-Policy: default-src 'self'"));
  EXPECT_THAT(twice, HasSubstr("X-Content-Type-Options: nosniff"));
  EXPECT_THAT(twice, HasSubstr("Referrer-Policy: no-referrer"));
}

TEST_F(ServerTest, KnowsPathsMethodsAndHead) {
  const RunningServer server(router_);
  EXPECT_EQ(status_of(exchange(server.port(), "GET /no HTTP/1.1\r\nHost: x\r\n\r\n")), 404);
  EXPECT_EQ(status_of(exchange(server.port(), "GET /hello/../hello HTTP/1.1\r\nHost: x\r\n\r\n")),
            404);
  const std::string other = exchange(server.port(), "DELETE /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(other), 405);
  EXPECT_THAT(other, HasSubstr("Allow: GET"));
  const std::string head = exchange(server.port(), "HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(head, HasSubstr("Content-Length: 7"));
  EXPECT_EQ(body_of(head), "");
}

TEST_F(ServerTest, TellsNothingOfAnUnknownFailure) {
  const RunningServer server(router_);
  const std::string response = exchange(server.port(), "GET /throw HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_EQ(status_of(response), 500);
  EXPECT_THAT(response, Not(HasSubstr("secret")));
}

TEST_F(ServerTest, StreamsInChunks) {
  const RunningServer server(router_);
  const std::string response =
      exchange(server.port(), "GET /stream HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(body_of(response), "4\r\none \r\n3\r\ntwo\r\n0\r\n\r\n");
}

TEST_F(ServerTest, BoundsBodiesAndHeads) {
  const RunningServer server(router_, {.body_bytes = 1000});
  const auto post = [&](std::size_t bytes) {
    return exchange(server.port(),
                    text("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", bytes) +
                        std::string(bytes, 'x'));
  };
  EXPECT_EQ(body_of(post(1000)), "{\"bytes\":1000}");
  EXPECT_EQ(status_of(post(1001)), 413);
  EXPECT_EQ(status_of(post(3000000)), 413);
  EXPECT_EQ(status_of(exchange(server.port(), "GET /hello HTTP/1.1\r\nA: " +
                                                  std::string(100000, 'a') + "\r\n\r\n")),
            431);
  EXPECT_EQ(status_of(exchange(server.port(), std::string(100000, 'a'))), 431);
  EXPECT_EQ(status_of(exchange(server.port(), std::string("\0\1\2\r\n\r\n", 7))), 400);
}

TEST_F(ServerTest, GivesUpOnSlowClients) {
  // A byte at a time would keep a reader that waits for each byte alone forever.
  const RunningServer server(router_, {.connections = 2, .head_seconds = 0.3, .body_seconds = 0.3});
  const RawClient head(server.port());
  const RawClient body(server.port());
  body.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n");
  std::atomic<bool> done = false;
  std::thread drip([&] {
    while (!done) {
      head.send("G");
      body.send("x");
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  });
  EXPECT_EQ(head.read_all(), "");
  EXPECT_EQ(body.read_all(), "");
  done = true;
  drip.join();
  // Both places are free again, if not at once.
  std::string after;
  for (int i = 0; i < 100 && status_of(after) != 200; ++i) after = exchange(server.port(), kGet);
  EXPECT_EQ(status_of(after), 200);
}

TEST_F(ServerTest, BoundsConnections) {
  const RunningServer server(router_, {.connections = 2});
  const RawClient first(server.port());
  const RawClient second(server.port());
  first.send("G");
  second.send("G");
  std::string third;
  // The server may not have seen the first two yet.
  for (int i = 0; i < 100 && status_of(third) != 503; ++i) third = exchange(server.port(), kGet);
  EXPECT_EQ(status_of(third), 503);
}

TEST_F(ServerTest, FinishesWhatItAnswersWhenStopped) {
  std::atomic<bool> entered = false;
  router_.add("GET", "/slow", [&](const Request&) {
    entered = true;
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    return json_response("done");
  });
  RunningServer server(router_);
  const RawClient idle(server.port());
  const RawClient busy(server.port());
  busy.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  while (!entered) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  server.stop();
  EXPECT_EQ(body_of(busy.read_all()), "\"done\"");
  EXPECT_EQ(idle.read_all(), "");
}

TEST_F(ServerTest, NamesAnAddressThatCannotBe) {
  EXPECT_THROW(Server("not-a-host.example.com", 0, router_), UsageError);
  EXPECT_THROW(Server("127.0.0.1", 70000, router_), UsageError);
  const Server taken("127.0.0.1", 0, router_);
  EXPECT_THROW(Server("127.0.0.1", taken.port(), router_), IoError);
}

TEST(Guard, FiltersHostsAndOrigins) {
  const Filter filter = host_filter(hosts_of("127.0.0.1", 80));
  const auto status = [&](const char* host, const char* origin) {
    Request request;
    request.headers.emplace_back("host", host);
    if (*origin != '\0') request.headers.emplace_back("origin", origin);
    const auto refused = filter(request);
    return refused ? refused->status : 200;
  };
  EXPECT_EQ(status("127.0.0.1:80", ""), 200);
  EXPECT_EQ(status("localhost:80",
                   "http:"
                   "//localhost:80"),
            200);
  EXPECT_EQ(status("[::1]:80", ""), 200);
  EXPECT_EQ(status("evil.example.com:80", ""), 403);
  EXPECT_EQ(status("127.0.0.1:81", ""), 403);
  EXPECT_EQ(status("127.0.0.1:80", "http://example.org"), 403);
  EXPECT_EQ(status("127.0.0.1:80", "null"), 403);
  EXPECT_EQ(status("127.0.0.1:80",
                   "http:"
                   "//localhost:80"),
            403);
}

TEST(Guard, Secrets) {
  const std::string secret = random_secret();
  EXPECT_EQ(secret.size(), 64U);
  EXPECT_NE(secret, random_secret());
  EXPECT_TRUE(same_secret(secret, secret));
  EXPECT_FALSE(same_secret(secret, secret.substr(1)));
  EXPECT_FALSE(same_secret("aa", "ab"));
}

}  // namespace
}  // namespace fettle::serve
