// What can be said of the client without a server; tests/oracle/test_chat_client.py has the rest.
#include "data/augment/chat_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/data/support.h"

namespace fettle::data {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string refused(const std::string& address, const std::string& model = "m") {
  ChatClientOptions options;
  options.address = address;
  options.model = model;
  options.key_variable = "FETTLE_TEST_KEY";
  return error_of([&] { ChatClient client(options); });
}

TEST(ChatClient, AddressesThatCannotBeAreRefused) {
  ::setenv("FETTLE_TEST_KEY", "very-secret", 1);
  EXPECT_THAT(refused("ftp://x/v1"), HasSubstr("give one like https://example.com/v1"));
  EXPECT_THAT(refused("https://x/v1", ""), HasSubstr("has no name"));
  EXPECT_THAT(refused("https://user:pass@x/v1"), HasSubstr("user or a password"));
  const std::string plain = refused("http://example.com/v1");
  EXPECT_THAT(plain, HasSubstr("unencrypted"));
  EXPECT_THAT(plain, Not(HasSubstr("very-secret")));
  EXPECT_THAT(refused("http://127.0.0.1.example.com/v1"), HasSubstr("unencrypted"));
  EXPECT_EQ(refused("http://127.0.0.1:9/v1"), "no error");
  ::unsetenv("FETTLE_TEST_KEY");
  EXPECT_EQ(refused("http://example.com/v1"), "no error");
}

TEST(ChatClient, ReadsTheFirstChoice) {
  EXPECT_EQ(*completion_text(Json::parse(R"({"choices": [{"message": {"content": "yes"}}]})")),
            "yes");
  for (const char* const bad : {"{}", "[]", R"({"choices": []})", R"({"choices": [1]})",
                                R"({"choices": [{"message": {"content": null}}]})"}) {
    EXPECT_FALSE(completion_text(Json::parse(bad))) << bad;
  }
}

TEST(ChatClient, NobodyThereIsAProblemAfterTheRetries) {
  ChatClientOptions options;
  options.address = "http://127.0.0.1:1/v1";
  options.model = "m";
  options.retries = 2;
  ChatClient client(options);
  std::vector<double> waits;
  client.wait_with([&](double seconds) { waits.push_back(seconds); });
  const auto answer = client.ask("hello", 1);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().message(), HasSubstr("http://127.0.0.1:1/v1: did not answer"));
  EXPECT_EQ(waits, (std::vector<double>{0.5, 1}));
  EXPECT_EQ(client.usage().requests, 3);
}

}  // namespace
}  // namespace fettle::data
