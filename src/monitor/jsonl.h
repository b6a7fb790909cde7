// events.jsonl: one JSON object a line, appended as it happens.
#pragma once

#include <filesystem>
#include <string>

#include "monitor/event.h"

namespace fettle::monitor {

class JsonlSink final : public Sink {
 public:
  enum class Start {
    kNew,       // an old log is replaced
    kContinue,  // appends; run_started is not written again. Cut the log first: truncate_after()
  };

  // Creates the folder. Throws IoError here and in write() and flush() if the system refuses.
  JsonlSink(const std::filesystem::path& path, Start start);
  ~JsonlSink() override;
  JsonlSink(const JsonlSink&) = delete;
  JsonlSink& operator=(const JsonlSink&) = delete;

  // Hands the line to the system at once, so that a reader sees it and a crash of the process does
  // not lose it.
  void write(const Event& event) override;
  void flush() override;

 private:
  std::filesystem::path path_;
  int fd_ = -1;
  bool has_start_ = false;
};

}  // namespace fettle::monitor
