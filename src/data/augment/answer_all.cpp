// Many questions to one server: how many at a time, and which failures end the run.
#include <algorithm>
#include <atomic>
#include <exception>
#include <optional>
#include <thread>

#include "base/error.h"
#include "data/augment/chat_client.h"

namespace fettle::data {
namespace {

// So many refusals and no answer: it is not the questions.
constexpr std::int64_t kOnlyRefused = 10;

bool is_about_the_question(long status) { return status == 400 || status == 413 || status == 422; }

}  // namespace

Result<std::string> ChatClient::ask_or_throw(const Question& question) {
  Outcome outcome = ask_once(question.prompt, question.seed);
  if (!outcome.text && !is_about_the_question(outcome.status)) {
    throw IoError("{}; what was answered is kept: mend it and go on with --resume",
                  outcome.text.error().message());
  }
  const std::lock_guard lock(mutex_);
  ++(outcome.text ? usage_.answered : usage_.refused);
  if (usage_.answered == 0 && usage_.refused >= kOnlyRefused) {
    throw IoError("{}; so were the {} questions before: mend the model's name or its options",
                  outcome.text.error().message(), usage_.refused - 1);
  }
  return std::move(outcome.text);
}

std::vector<Result<std::string>> ChatClient::answer_all(std::span<const Question> questions,
                                                        const std::function<bool()>& stop) {
  std::vector<std::optional<Result<std::string>>> answers(questions.size());
  std::atomic<std::size_t> next = 0;
  std::mutex failing;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      for (std::size_t i = next++; i < questions.size(); i = next++) {
        if (stop()) throw Interrupted("stopped while asking {}", options_.address);
        answers[i] = ask_or_throw(questions[i]);
      }
    } catch (...) {
      next = questions.size();
      const std::lock_guard lock(failing);
      if (!failure) failure = std::current_exception();
    }
  };
  const auto most = static_cast<std::size_t>(std::max<std::int64_t>(1, options_.requests_at_once));
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(most, questions.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  std::vector<Result<std::string>> out;
  for (auto& answer : answers) out.push_back(std::move(*answer));
  return out;
}

}  // namespace fettle::data
