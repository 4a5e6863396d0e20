// Go's chanbarrier_test.go, told in C++ under its names: values go from stack to stack by the thousand, in goroutines
// that also allocate. In Go a collector might lose them for want of a write barrier; here every one has an owner, and
// the counts say that none was lost and none was destroyed twice.
#include <atomic>
#include <memory>
#include <vector>

#include "gort.h"
#include "gtest/gtest.h"

namespace {

using gort::Chan;

std::atomic<int> made = 0;
std::atomic<int> ended = 0;

struct myError {
  int id;
};

struct async {
  std::unique_ptr<myError> err;
  explicit async(int id) : err(new myError{id}) { made++; }
  ~async() { ended++; }
};

// Asks a goroutine and returns what it answered.
int doRequest(int id, bool useSelect) {
  Chan<std::unique_ptr<async>> ch(0);
  Chan<void> done(0);
  if (useSelect) {
    gort::go([=] { gort::select(gort::send(ch, std::make_unique<async>(id)), gort::recv(done)); });
  } else {
    gort::go([=] { ch.send(std::make_unique<async>(id)); });
  }
  std::unique_ptr<async> r = *ch.recv();
  gort::Gosched();
  return r->err->id;
}

std::vector<char> makeByte() { return std::vector<char>(1 << 10); }

void testChanSendBarrier(bool useSelect) {
  made = ended = 0;
  constexpr int outer = 10;
  constexpr int inner = 1000;
  std::atomic<int> wrong = 0;
  gort::sync::WaitGroup wg;
  for (int i = 0; i < outer; i++) {
    wg.Add(1);
    gort::go([&wg, &wrong, i, useSelect] {
      std::vector<char> garbage;
      for (int j = 0; j < inner; j++) {
        int id = i * inner + j;
        if (doRequest(id, useSelect) != id) wrong++;
        garbage = makeByte();
      }
      wg.Done();
    });
  }
  wg.Wait();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(made, outer * inner);
  EXPECT_EQ(ended, outer * inner);
}

TEST(Runtime, TestChanSendSelectBarrier) { testChanSendBarrier(true); }

TEST(Runtime, TestChanSendBarrier) { testChanSendBarrier(false); }

}  // namespace
