// A program linked from the runtime's objects as the compiler left them: it must refuse to start (preempt_test.cc).
#include "runtime/main.h"
#include "runtime/stubs.h"

int main(int argc, char** argv) {
  runtime::setMain([] {});
  runtime::rt0_go(argc, argv);
}
