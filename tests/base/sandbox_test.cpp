#include "base/sandbox.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.h"

namespace fettle {
namespace {

SandboxJob shell(const std::string& script) {
  SandboxJob job{.command = {"/bin/sh", "-c", script}, .input = ""};
  job.limits.seconds = 20;
  return job;
}

// The result, or nothing where this system allows no namespaces: that is a test of its own.
class Sandbox : public testing::Test {
 protected:
  void SetUp() override {
    const auto found = run_sandboxed(shell("exit 0"));
    if (!found) GTEST_SKIP() << "no sandbox here: " << found.error().message();
  }

  static SandboxResult run(const SandboxJob& job) {
    auto found = run_sandboxed(job);
    EXPECT_TRUE(found.has_value()) << found.error().message();
    return found ? *found : SandboxResult{};
  }
};

TEST_F(Sandbox, GivesInputFilesOutputAndExitCode) {
  SandboxJob job = shell("cat; cat a.txt; echo bad >&2; exit 7");
  job.input = "in\n";
  job.files = {{"a.txt", "file\n"}};
  const SandboxResult found = run(job);
  EXPECT_EQ(found.output, "in\nfile\n");
  EXPECT_EQ(found.errors, "bad\n");
  EXPECT_EQ(found.end, SandboxEnd::kExited);
  EXPECT_EQ(found.code, 7);
  EXPECT_FALSE(found.succeeded());
  EXPECT_EQ(found.sentence(job.limits), "ended with exit code 7");
}

TEST_F(Sandbox, StopsAProgramThatHangs) {
  SandboxJob job = shell("while true; do :; done");
  job.limits.seconds = 0.5;
  const SandboxResult found = run(job);
  EXPECT_EQ(found.end, SandboxEnd::kOutOfTime);
  EXPECT_EQ(found.sentence(job.limits), "was stopped after 0.5 s");
  // One that closes its outputs, and one that leaves a child behind.
  job.command[2] = "exec >&- 2>&-; sleep 1000";
  EXPECT_EQ(run(job).end, SandboxEnd::kOutOfTime);
  job.command[2] = "sleep 1000 & exec >&- 2>&-; exit 3";
  EXPECT_EQ(run(job).code, 3);
}

TEST_F(Sandbox, SurvivesAForkBomb) {
  SandboxJob job = shell("bomb() { bomb | bomb & }; bomb; sleep 0.2; echo alive");
  job.limits.seconds = 3;
  job.limits.processes = 8;
  const SandboxResult found = run(job);
  EXPECT_TRUE(found.end == SandboxEnd::kOutOfTime || found.errors.find("ork") != std::string::npos)
      << found.errors;
}

TEST_F(Sandbox, HoldsToTheNumberOfProcesses) {
  SandboxJob job = shell("for i in 1 2 3 4 5 6 7 8 9 10; do sleep 5 & done; echo started");
  job.limits.processes = 4;
  const SandboxResult found = run(job);
  EXPECT_NE(found.errors.find("ork"), std::string::npos) << found.output << found.errors;
}

TEST_F(Sandbox, StopsAProgramThatFillsTheDisk) {
  SandboxJob job = shell("dd if=/dev/zero of=big bs=1M count=100");
  job.limits.disk_bytes = 8 << 20;
  const SandboxResult found = run(job);
  EXPECT_FALSE(found.succeeded());
  SandboxJob many = shell("i=0; while echo x > f$i; do i=$((i+1)); done; echo $i");
  many.limits.files = 50;
  const SandboxResult files = run(many);
  EXPECT_NE(files.errors.find("No space"), std::string::npos) << files.errors;
  EXPECT_LE(std::stoi(files.output), 50);
}

TEST_F(Sandbox, StopsAProgramThatPrintsWithoutEnd) {
  SandboxJob job = shell("cat /dev/zero");
  job.limits.output_bytes = 100000;
  const SandboxResult found = run(job);
  EXPECT_EQ(found.end, SandboxEnd::kTooMuchOutput);
  EXPECT_EQ(found.output.size(), 100000U);
  EXPECT_EQ(found.sentence(job.limits), "was stopped after printing 100 kB");
}

TEST_F(Sandbox, HoldsToMemory) {
  SandboxJob job = shell("x=aaaaaaaaaaaaaaaa; while true; do x=$x$x$x$x; done");
  job.limits.memory_bytes = 64 << 20;
  EXPECT_FALSE(run(job).succeeded());
}

TEST_F(Sandbox, KeepsItsHandsOffTheSystem) {
  const auto outside = std::filesystem::temp_directory_path() / "fettle-sandbox-test";
  std::filesystem::create_directories(outside);
  std::filesystem::permissions(outside, std::filesystem::perms::all);
  write_file_atomically(outside / "secret", "secret");
  const auto fails = [&](const std::string& script) { return !run(shell(script)).succeeded(); };
  EXPECT_TRUE(fails("cat " + (outside / "secret").string()));
  EXPECT_TRUE(fails("echo x > " + (outside / "new").string()));
  EXPECT_TRUE(fails("echo x > /usr/new"));
  EXPECT_TRUE(fails("echo x > /new"));
  EXPECT_TRUE(fails("ls /etc/passwd"));
  EXPECT_TRUE(fails("ls /proc/1"));
  EXPECT_TRUE(fails("ls /home || ls /root"));
  EXPECT_EQ(run(shell("kill -9 1; echo alive")).end, SandboxEnd::kExited);
  EXPECT_TRUE(fails("mount -t tmpfs none /box"));
  EXPECT_TRUE(fails("unshare -U true"));
  EXPECT_FALSE(std::filesystem::exists(outside / "new"));
  SandboxJob job = shell("cat " + (outside / "secret").string());
  job.readable = {outside.string()};
  EXPECT_EQ(run(job).output, "secret");
  job.command[2] = "echo x > " + (outside / "new").string();
  EXPECT_FALSE(run(job).succeeded());
  std::filesystem::remove_all(outside);
}

TEST_F(Sandbox, HasNoNetwork) {
  if (!std::filesystem::exists("/usr/bin/python3")) GTEST_SKIP() << "no /usr/bin/python3";
  SandboxJob job = shell("");
  job.command = {"/usr/bin/python3", "-c",
                 "import socket\n"
                 "for address in (('127.0.0.1', 22), ('192.0.2.1', 80)):\n"
                 "    try: socket.create_connection(address, 2); print('open')\n"
                 "    except OSError as error: print(error.errno)\n"
                 "print(len(socket.if_nameindex()))\n"};
  const SandboxResult found = run(job);
  EXPECT_EQ(found.output.find("open"), std::string::npos) << found.output << found.errors;
  EXPECT_TRUE(found.output.ends_with("\n1\n")) << found.output << found.errors;
}

TEST_F(Sandbox, SaysWhichSignalEndedIt) {
  const SandboxJob job = shell("kill -SEGV $$");
  const SandboxResult found = run(job);
  EXPECT_EQ(found.end, SandboxEnd::kSignalled);
  EXPECT_EQ(found.code, 11);
  EXPECT_NE(found.sentence(job.limits).find("signal 11"), std::string::npos);
}

TEST_F(Sandbox, IgnoresAProgramThatDoesNotRead) {
  SandboxJob job = shell("exit 0");
  job.input.assign(10 << 20, 'x');
  EXPECT_TRUE(run(job).succeeded());
}

TEST(SandboxJobs, RefusesWhatCannotBe) {
  const auto refused = [](SandboxJob job) {
    const auto found = run_sandboxed(job);
    return found ? std::string("ran") : found.error().message();
  };
  EXPECT_NE(refused({.command = {}, .input = ""}).find("absolute path"), std::string::npos);
  EXPECT_NE(refused({.command = {"sh"}, .input = ""}).find("absolute path"), std::string::npos);
  SandboxJob job = shell("true");
  job.files = {{"../x", ""}};
  EXPECT_NE(refused(job).find("plain file name"), std::string::npos);
  job.files.clear();
  job.readable = {"/nowhere/at/all"};
  EXPECT_NE(refused(job).find("existing absolute path"), std::string::npos);
  EXPECT_NE(refused({.command = {"/usr/bin/no-such-program"}, .input = ""}).find("nothing was run"),
            std::string::npos);
}

}  // namespace
}  // namespace fettle
