#include "base/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/hash.h"

namespace fettle {
namespace {

class FileTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / text("fettle-file-test-{}", ::getpid());
    make_folders(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }
  fs::path folder_;
};

TEST_F(FileTest, WritesAsideAndRenames) {
  const fs::path path = folder_ / "a.txt";
  {
    AtomicFile file(path);
    file.write(std::string(3'000'000, 'x'));
    EXPECT_FALSE(fs::exists(path));
    file.commit();
  }
  EXPECT_EQ(read_file(path).size(), 3'000'000U);
  EXPECT_EQ(MappedFile(path).view().size(), 3'000'000U);
}

TEST_F(FileTest, LeavesNothingWithoutCommit) {
  {
    AtomicFile file(folder_ / "a.txt");
    file.write("half");
  }
  EXPECT_TRUE(fs::is_empty(folder_));
}

TEST_F(FileTest, SaysWhatIsWrong) {
  EXPECT_THROW((void)read_file(folder_ / "absent"), IoError);
  EXPECT_THROW((void)read_file(folder_), IoError);
  EXPECT_THROW(MappedFile(folder_ / "absent"), IoError);
  write_file_atomically(folder_ / "big", "0123456789");
  EXPECT_THROW((void)read_file(folder_ / "big", 9), IoError);
  EXPECT_THROW(make_folders(folder_ / "big" / "below"), IoError);
}

TEST_F(FileTest, RefusesAPipeInsteadOfWaitingForIt) {
  ASSERT_EQ(::mkfifo((folder_ / "pipe").c_str(), 0600), 0);
  EXPECT_THROW(MappedFile(folder_ / "pipe"), IoError);
}

TEST_F(FileTest, LocksAFolderOnce) {
  const FolderLock lock(folder_);
  try {
    const FolderLock second(folder_);
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string(error.what()).find(std::to_string(::getpid())), std::string::npos);
  }
}

// Vectors of xxHash 0.8: the empty input, seed 0.
TEST(Hash, EqualsXxhash) {
  EXPECT_EQ(xxh3_128(std::string_view()), "99aa06d3014798d86001c324468d497f");
}

}  // namespace
}  // namespace fettle
