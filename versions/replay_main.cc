// The port of one release as a program, for `gort replay`: `replay late|eager FILE.slog [any]` replays the log and
// writes what came of it to standard output, the bytes of a Result and then the report. `any`: though the log is
// another release's.
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include "worlds/lockstep/replay.h"

int main(int argc, char** argv) {
  const std::string_view order = argc > 2 ? argv[1] : "";
  if ((order != "late" && order != "eager") || argc > 4) {
    std::fprintf(stderr, "usage: %s late|eager FILE.slog [any]\n", argv[0]);
    return 2;
  }
  lockstep::anyRelease = argc == 4;
  auto result = std::make_unique<lockstep::Result>();
  const std::string report =
      lockstep::Replay(argv[2], *result, order == "late" ? lockstep::Order::kLate : lockstep::Order::kEager);
  std::fwrite(result.get(), sizeof *result, 1, stdout);
  std::fwrite(report.data(), 1, report.size(), stdout);
  std::fflush(stdout);
  _exit(0);  // the port's globals are in the state that the log left them in
}
