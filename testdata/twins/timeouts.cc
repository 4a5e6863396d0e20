// The twin of timeouts.go.
#include <chrono>
#include <cstdio>

#include "gort.h"

using namespace std::chrono_literals;

namespace {

void server(gort::Chan<int> requests, gort::Chan<int> answers) {
  for (int r : requests) {
    gort::time::Sleep(r * 4ms);
    gort::select(gort::send(answers, r), gort::recv(gort::time::After(1ms)));
  }
  answers.close();
}

}  // namespace

int gort_main(int, char**) {
  gort::Chan<int> requests(0), answers(0);
  gort::go(server, requests, answers);
  int answered = 0, late = 0;
  for (int i = 0; i < 12; i++) {
    requests.send(i % 4);
    gort::select(gort::recv(answers, [&] { answered++; }), gort::recv(gort::time::After(6ms), [&] { late++; }));
  }
  requests.close();
  while (answers.recv()) {
  }
  std::printf("%d %d\n", answered, late);
  return 0;
}
