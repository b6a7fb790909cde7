#include "serve/annotate_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "serve/page.h"
#include "tests/data/annotate_support.h"
#include "tests/serve/client.h"

namespace fettle::serve {
namespace {

using ::testing::HasSubstr;

class ApiTest : public ::testing::Test {
 protected:
  ApiTest() : project_(data::config_for("classification"), rows(60)) {
    api_ = std::make_unique<AnnotateApi>(*project_, AnnotateOptions{"secret", "t", "", 1});
    api_->add_to(router_);
  }

  static std::string rows(int count) {
    std::string out;
    for (int i = 0; i < count; ++i) out += text("{{\"text\":\"row number {}\"}}\n", i);
    return out;
  }

  Response ask(const std::string& method, const std::string& path, const std::string& body = "",
               const std::string& session = "") const {
    Request request;
    request.method = method;
    request.path = path;
    if (method == "POST") request.headers.emplace_back("content-type", "application/json");
    request.headers.emplace_back("cookie", "fettle_annotate_1=" + session);
    request.body = body;
    return router_.answer(request);
  }

  std::string login(const std::string& name) const {
    const Response response =
        ask("POST", "/api/login", to_text({{"token", "secret"}, {"name", name}}));
    EXPECT_EQ(response.status, 200) << response.body;
    for (const auto& [key, value] : response.headers) {
      if (key != "Set-Cookie") continue;
      EXPECT_THAT(value, HasSubstr("HttpOnly; SameSite=Strict"));
      return value.substr(value.find('=') + 1, 64);
    }
    return "";
  }

  data::TestProject project_;
  Router router_;
  std::unique_ptr<AnnotateApi> api_;
};

TEST_F(ApiTest, NeedsTheToken) {
  for (const char* const path :
       {"/api/project", "/api/next", "/api/row", "/api/disagreement", "/api/agreement"}) {
    EXPECT_EQ(ask("GET", path).status, 401) << path;
  }
  for (const char* const path : {"/api/answer", "/api/undo", "/api/adjudicate"}) {
    EXPECT_EQ(ask("POST", path, "{}").status, 401) << path;
  }
  EXPECT_EQ(ask("POST", "/api/login", R"({"token":"wrong","name":"Ann"})").status, 403);
  EXPECT_EQ(ask("POST", "/api/login", R"({"name":"Ann"})").status, 403);
  EXPECT_EQ(ask("POST", "/api/login", R"({"token":"secret","name":""})").status, 400);
  EXPECT_EQ(ask("GET", "/api/next", "", login("Ann")).status, 200);
}

TEST_F(ApiTest, RefusesMalformedBodies) {
  const std::string ann = login("Ann");
  for (const char* const body :
       {"", "[]", "{", "{\"row\":0}", "{\"row\":-1,\"value\":\"red\"}",
        "{\"row\":\"0\",\"value\":\"red\"}", "{\"row\":1e99,\"value\":\"red\"}",
        "{\"row\":18446744073709551615,\"value\":null}", "{\"row\":60,\"value\":null}",
        "{\"row\":0,\"value\":\"pink\"}", "{\"row\":0,\"value\":{}}", "{\"row\":0,\"row\":1}"}) {
    EXPECT_EQ(ask("POST", "/api/answer", body, ann).status, 400) << body;
  }
  EXPECT_EQ(ask("POST", "/api/answer", std::string(5000, '['), ann).status, 400);
  Request form;
  form.method = "POST";
  form.path = "/api/answer";
  form.headers = {{"content-type", "text/plain"}, {"cookie", "fettle_annotate_1=" + ann}};
  form.body = R"({"row":0,"value":"red"})";
  EXPECT_EQ(router_.answer(form).status, 415);
  EXPECT_EQ(project_->done_by(project_.who("Ann")), 0);
}

TEST_F(ApiTest, ServesThePageAndNoOtherFile) {
  const Response page = ask("GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(page.body, HasSubstr("<!doctype html>"));
  for (const PageFile& file : annotate_page()) {
    EXPECT_EQ(ask("GET", "/" + std::string(file.name)).body, file.bytes);
    // Markup is made of nodes and texts alone.
    for (const char* const word :
         {"innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "document.write"}) {
      EXPECT_EQ(file.bytes.find(word), std::string_view::npos) << file.name << " " << word;
    }
  }
  for (const char* const path : {"/../project.yaml", "/annotations.db", "/project.yaml", "//"}) {
    EXPECT_EQ(ask("GET", path).status, 404) << path;
  }
}

TEST_F(ApiTest, SendsRowsAsJson) {
  const std::string ann = login("Ann");
  const Response response = ask("GET", "/api/next", "", ann);
  EXPECT_EQ(response.type, "application/json");
  const Json json = *parse_json(response.body, "test");
  EXPECT_THAT(json["row"]["item"]["text"].get<std::string>(), HasSubstr("row number"));
  EXPECT_EQ(json["progress"]["rows"], 60);
}

TEST_F(ApiTest, ManyAnnotatorsAtOnce) {
  std::atomic<int> saved = 0;
  const auto annotate = [&](int number) {
    const std::string session = login(text("annotator {}", number));
    Json row = (*parse_json(ask("GET", "/api/next", "", session).body, "test"))["row"];
    for (int i = 0; !row.is_null(); ++i) {
      const char* const label = (i + number) % 3 == 0 ? "red" : "blue";
      const Json body = {{"row", row["row"]}, {"value", label}, {"seconds", 1}};
      const Response response = ask("POST", "/api/answer", to_text(body), session);
      ASSERT_EQ(response.status, 200) << response.body;
      ++saved;
      if (i % 7 == 3) {
        ASSERT_EQ(ask("POST", "/api/undo", "{}", session).status, 200);
        --saved;
        row = (*parse_json(ask("GET", "/api/next", "", session).body, "test"))["row"];
        continue;
      }
      if (i % 5 == 0) static_cast<void>(ask("GET", "/api/agreement", "", session));
      row = (*parse_json(response.body, "test"))["row"];
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) threads.emplace_back(annotate, i);
  for (std::thread& thread : threads) thread.join();
  std::size_t kept = 0;
  for (const data::RowState& state : project_->states()) {
    EXPECT_LE(state.said.size(), 2U);
    kept += state.said.size();
  }
  EXPECT_EQ(kept, static_cast<std::size_t>(saved.load()));
  EXPECT_GE(kept, 100U);
  project_.reopen();
  std::size_t read_back = 0;
  for (const data::RowState& state : project_->states()) read_back += state.said.size();
  EXPECT_EQ(read_back, kept);
}

}  // namespace
}  // namespace fettle::serve
