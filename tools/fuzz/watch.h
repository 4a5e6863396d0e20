// What every fuzz driver of ours does around its target, LLVMFuzzerTestOneInput: the input at work is kept in memory,
// and written to a file if the target dies, by a signal or by a sanitizer, or hangs.
#pragma once

#include <string>

namespace fuzz {

// Once, at the start. The file is `name`, in TEST_UNDECLARED_OUTPUTS_DIR or here.
void WatchOver(const std::string& name);
// Gives the target one input. More than `seconds` are a hang.
void Run(const std::string& input, unsigned seconds);

}  // namespace fuzz
