// The few exceptions that end a run. A message says what is wrong, where, the value, what is
// allowed and what to do next. Expected failures of a row or a request are values: base/result.h.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/format.h"

namespace fettle {

// Process exit codes; see the command line's help.
enum class ExitCode : int { kDone = 0, kFailed = 1, kUsage = 2, kInterrupted = 75 };

class Error : public std::runtime_error {
 public:
  [[nodiscard]] ExitCode exit_code() const noexcept { return exit_code_; }

 protected:
  Error(ExitCode exit_code, const std::string& message)
      : std::runtime_error(message), exit_code_(exit_code) {}

 private:
  ExitCode exit_code_;
};

// The caller's command line or recipe is wrong.
class UsageError : public Error {
 public:
  template <class... Args>
  explicit UsageError(std::string_view pattern, const Args&... args)
      : Error(ExitCode::kUsage, text(pattern, args...)) {}
};

// Rows, templates or tokenizers that the run was given cannot be used.
class DataError : public Error {
 public:
  template <class... Args>
  explicit DataError(std::string_view pattern, const Args&... args)
      : Error(ExitCode::kFailed, text(pattern, args...)) {}
};

// A model, adapter or checkpoint file cannot be used.
class ModelError : public Error {
 public:
  template <class... Args>
  explicit ModelError(std::string_view pattern, const Args&... args)
      : Error(ExitCode::kFailed, text(pattern, args...)) {}
};

// The operating system refused: full disk, missing permission, vanished file.
class IoError : public Error {
 public:
  template <class... Args>
  explicit IoError(std::string_view pattern, const Args&... args)
      : Error(ExitCode::kFailed, text(pattern, args...)) {}
};

// A promise of fettle's own code is broken.
class InternalError : public Error {
 public:
  template <class... Args>
  explicit InternalError(std::string_view pattern, const Args&... args)
      : Error(ExitCode::kFailed, text(pattern, args...)) {}
};

// The user asked the run to stop; its state is saved.
class Interrupted : public Error {
 public:
  template <class... Args>
  explicit Interrupted(std::string_view pattern, const Args&... args)
      : Error(ExitCode::kInterrupted, text(pattern, args...)) {}
};

}  // namespace fettle
