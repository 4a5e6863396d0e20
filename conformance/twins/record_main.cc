// main of a twin: runs gort_main with all chance taken out, and tells what the goroutines did.
//
//   TWIN STORY      runs and writes the story to file STORY
//   TWIN            runs
//
// What is taken out: time (faketime: the clock stands still until every goroutine waits, then it jumps to the next
// timer), the order in which selects look at their cases (a seed), and sysmon, which takes Ps away and preempts (it
// waits forever for its lock). The recording of the Go program does the same (testdata/twins/record). Exit status:
// gort_main's; 2 if the story cannot be written.
#include <cstdio>

#include "api/main.h"
#include "conformance/twins/from_trace.h"
#include "runtime/lock_spinbit.h"
#include "runtime/runtime2.h"
#include "runtime/seam.h"
#include "runtime/select.h"
#include "runtime/tracerecord.h"

namespace {

const char* story_path = nullptr;

int Main(int argc, char** argv) {
  const int status = gort_main(argc, argv);
  if (story_path != nullptr) {
    const std::string story = twins::StoryOfTrace(runtime::recordStop());
    FILE* f = fopen(story_path, "w");
    if (f == nullptr || fwrite(story.data(), 1, story.size(), f) != story.size() || fclose(f) != 0) {
      perror(story_path);
      return 2;
    }
  }
  return status;
}

}  // namespace

int main(int argc, char** argv) {
  runtime::faketime = 1257894000000000000;  // where Go's fake time begins
  runtime::selectSeed = 1;
  runtime::sched.sysmonlock.key = runtime::mutexLocked;  // by nobody
  if (argc > 1) {
    story_path = argv[1];
    runtime::recordStart();
  }
  gort::Run(Main, argc, argv);
}
