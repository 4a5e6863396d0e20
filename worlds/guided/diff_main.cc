#include <cstdio>
#include <map>
#include <string>

#include "worlds/guided/diff.h"

int main(int argc, char** argv) {
  guided::Result r;
  std::string error;
  std::map<std::string, int> choices;
  int shown = 0;
  bool good = guided::Diff(
      argv[1], r, error,
      [&](const guided::Divergence& d) {
        if (shown++ < (argc > 2 ? 1000 : 5)) {
          std::printf("byte %llu, %.6f s, M%lld P%lld G%lld: %s\n%s", static_cast<unsigned long long>(d.offset), d.time / 1e9,
                      static_cast<long long>(d.m), static_cast<long long>(d.p), static_cast<long long>(d.g), d.what.c_str(),
                      d.queues.c_str());
        }
      },
      [&](const char* c) { choices[c]++; });
  for (auto& [c, n] : choices) std::printf("  choice: %s: %d\n", c.c_str(), n);
  if (!good) std::printf("%s\n", error.c_str());
  if (!r.lost.empty()) std::printf("lost: %s\n", r.lost.c_str());
  std::printf("%llu events, %llu decisions: %llu exact, %llu admissible, %llu divergent\n",
              static_cast<unsigned long long>(r.events), static_cast<unsigned long long>(r.decisions),
              static_cast<unsigned long long>(r.exact), static_cast<unsigned long long>(r.admissible),
              static_cast<unsigned long long>(r.divergent));
}
