// What a mutant is linked with: `replay_main late|eager FILE.slog [any]` replays one log in one order of turns, with
// `any` whatever release of Go it is of, and says in three lines what came of it.
//
//   agrees | diverged N | bad input | died
//   the Go record that was not matched
//   what the port did instead
//
// Exit status: 0 agrees, 1 diverged, 2 the log could not be read, 3 the replay died without a verdict.
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <new>
#include <string>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "worlds/lockstep/replay.h"

namespace {

// The rest of the report's line that begins with `key`.
std::string LineOf(absl::string_view report, absl::string_view key) {
  for (absl::string_view line : absl::StrSplit(report, '\n')) {
    line = absl::StripLeadingAsciiWhitespace(line);
    if (absl::ConsumePrefix(&line, key)) return std::string(absl::StripAsciiWhitespace(line));
  }
  return "";
}

}  // namespace

int main(int argc, char** argv) {
  const absl::string_view order = argc > 2 ? argv[1] : "";
  if ((order != "late" && order != "eager") || argc > 4) {
    std::fprintf(stderr, "usage: %s late|eager FILE.slog [any]\n", argv[0]);
    return 2;
  }
  lockstep::anyRelease = argc == 4;
  // In a child: a broken port may die while it describes itself, with the verdict made already.
  struct Verdict {
    lockstep::Result result;
    char report[1 << 16];
  };
  void* shared = mmap(nullptr, sizeof(Verdict), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) {
    std::perror("mmap");
    return 2;
  }
  auto* verdict = new (shared) Verdict{};
  const pid_t child = fork();
  if (child == 0) {
    // A broken port may fill the memory.
    const rlimit memory = {rlim_t{16} << 30, rlim_t{16} << 30};
    setrlimit(RLIMIT_AS, &memory);
    const std::string report = lockstep::Replay(
        argv[2], verdict->result, order == "late" ? lockstep::Order::kLate : lockstep::Order::kEager);
    report.copy(verdict->report, sizeof verdict->report - 1);
    _exit(0);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) {
    std::perror("fork");
    return 2;
  }
  const bool died = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
  const absl::string_view report = verdict->report;
  switch (verdict->result.outcome) {
    case lockstep::Result::kAgrees:
      if (died) break;
      std::puts("agrees");
      return 0;
    case lockstep::Result::kDiverged:
      std::printf("diverged %llu\n%s\n%s\n", static_cast<unsigned long long>(verdict->result.divergence),
                  LineOf(report, "Go:").c_str(), LineOf(report, "port:").c_str());
      return 1;
    case lockstep::Result::kBadInput:
      break;
  }
  std::printf("%s\n%s\n", died ? "died" : "bad input", verdict->report);
  return died ? 3 : 2;
}
