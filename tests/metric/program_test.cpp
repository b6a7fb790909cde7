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

const std::vector<Json>& rows() {
  static const std::vector<Json> kRows = {{{"a", 1}}, {{"a", 2}}};
  return kRows;
}

std::string refusal(const std::string& script) {
  SandboxJob job = shell(script);
  job.limits.seconds = 1;
  try {
    static_cast<void>(program_metric(job, rows()));
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
      program_metric(shell("while read -r line; do echo ${#line}; done"), rows());
  EXPECT_DOUBLE_EQ(found.figure(), 7);
  const Prepared objects =
      program_metric(shell("cat >/dev/null; echo '{\"score\": 0.5}'; echo true"), rows());
  EXPECT_DOUBLE_EQ(objects.each()[0], 0.5);
  EXPECT_DOUBLE_EQ(objects.each()[1], 1);
}

TEST_F(Program, SaysWhatTheProgramDidWrong) {
  EXPECT_NE(refusal("echo oh no >&2; exit 3").find("exit code 3: oh no"), std::string::npos)
      << refusal("echo oh no >&2; exit 3");
  EXPECT_NE(refusal("while true; do :; done").find("was stopped after 1 s"), std::string::npos);
  EXPECT_NE(refusal("echo 1").find("1 lines for 2 rows"), std::string::npos);
  EXPECT_NE(refusal("echo 1; echo x").find("line 2"), std::string::npos);
  EXPECT_NE(refusal("echo 1; echo '\"x\"'").find("line 2"), std::string::npos);
  EXPECT_NE(refusal("cat /dev/zero").find("after printing"), std::string::npos);
}

TEST_F(Program, CountsTheSamplesThatPass) {
  const std::vector<std::string> interpreter = {"/bin/sh"};
  const std::vector<std::string> samples = {"add() { echo $(($1 + $2)); }\ntest \"$(add 2 3)\" = 5",
                                            "add() { echo $(($1 - $2)); }\ntest \"$(add 2 3)\" = 5",
                                            "while true; do :; done",
                                            "cat /dev/zero",
                                            "echo x > /usr/x",
                                            "echo fine > note && cat note"};
  SandboxLimits limits;
  limits.seconds = 1;
  limits.output_bytes = 1000;
  const Result<Passed> found = run_samples(samples, interpreter, limits);
  ASSERT_TRUE(found.has_value()) << found.error().message();
  EXPECT_EQ(found->samples, 6);
  EXPECT_EQ(found->passed, 2);
  EXPECT_EQ(found->why[0], "ended with exit code 0");
  EXPECT_EQ(found->why[1], "ended with exit code 1");
  EXPECT_EQ(found->why[2], "was stopped after 1 s");
  EXPECT_EQ(found->why[3], "was stopped after printing 1.00 kB");
  EXPECT_NE(found->why[4].find("ead-only"), std::string::npos) << found->why[4];
  const std::vector<std::string> nowhere = {"/usr/bin/no-such-program"};
  EXPECT_FALSE(run_samples(samples, nowhere, limits).has_value());
}

}  // namespace
}  // namespace fettle::metric
