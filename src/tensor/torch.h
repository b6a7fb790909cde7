// The heavy door to libtorch (20 s and 1.4 GB a file): include it only where the whole of it is
// needed.
#pragma once

#include <torch/torch.h>
