#include "metric/program.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace fettle::metric {
namespace {

SandboxJob shell(const std::string& script) {
  SandboxJob job{.command = {"/bin/sh", "-c", script}, .input = ""};
  job.limits.seconds = 10;
  return job;
}

const std::vector<Json>& script_rows() {
  static const std::vector<Json> kRows = {{{"a", 1}}, {{"a", 2}}};
  return kRows;
}

std::string refusal_by(const std::string& script) {
  SandboxJob job = shell(script);
  job.limits.seconds = 1;
  try {
    static_cast<void>(program_metric(job, script_rows()));
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

class Program : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = run_sandboxed(shell("exit 0"));
    if (!found) GTEST_SKIP() << "no sandbox here: " << found.error().message();
  }
};

TEST_F(Program, ScoresEachRow) {
  const Prepared found =
      program_metric(shell("while read -r line; do echo ${#line}; done"), script_rows());
  EXPECT_DOUBLE_EQ(found.figure(), 7);
  const Prepared objects =
      program_metric(shell("cat >/dev/null; echo '{\"score\": 0.5}'; echo true"), script_rows());
  EXPECT_DOUBLE_EQ(objects.each()[0], 0.5);
  EXPECT_DOUBLE_EQ(objects.each()[1], 1);
}

TEST_F(Program, SaysWhatTheProgramDidWrong) {
  EXPECT_NE(refusal_by("echo oh no >&2; exit 3").find("exit code 3: oh no"), std::string::npos)
      << refusal_by("echo oh no >&2; exit 3");
  EXPECT_NE(refusal_by("while true; do :; done").find("was stopped after 1 s"), std::string::npos);
  EXPECT_NE(refusal_by("echo 1").find("1 lines for 2 rows"), std::string::npos);
  EXPECT_NE(refusal_by("echo 1; echo x").find("line 2"), std::string::npos);
  EXPECT_NE(refusal_by("echo 1; echo '\"x\"'").find("line 2"), std::string::npos);
  EXPECT_NE(refusal_by("cat /dev/zero").find("after printing"), std::string::npos);
}

}  // namespace
}  // namespace fettle::metric
