// main for tests that run inside the runtime: all of them, one after the other, on the first goroutine.
#include "api/main.h"
#include "gtest/gtest.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  gort::Run([](int, char**) { return RUN_ALL_TESTS(); }, argc, argv);
}
