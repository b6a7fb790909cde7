// The folder of prepared rows: taken, gone on with or emptied; never shared by two processes.
#pragma once

#include <memory>

#include "base/file.h"
#include "data/prepare/job.h"

namespace fettle::app {

// Creates and locks the job's output_dir. Unfinished work there is gone on with (resume), removed
// (overwrite) or refused; a folder that holds anything else is never emptied. Throws UsageError.
[[nodiscard]] std::unique_ptr<FolderLock> take_prepare_folder(const data::prepare::Job& job,
                                                              bool resume, bool overwrite);

}  // namespace fettle::app
