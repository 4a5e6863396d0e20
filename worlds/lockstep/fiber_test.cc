// Fibers: entry, switching to and fro, what is kept, the guard page, exceptions.
#include "worlds/lockstep/fiber.h"

#include <cfenv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace lockstep {
namespace {

constexpr size_t kStackBytes = 64 << 10;

// A main fiber and one other, which runs `body` and then goes back to main for ever.
struct Pair {
  explicit Pair(void (*body)(Pair&))
      : body(body), other(kStackBytes, [](void* arg) {
          Pair& pair = *static_cast<Pair*>(arg);
          pair.body(pair);
          pair.done = true;
          for (;;) pair.Back();
        }, this) {}

  void Go() { Fiber::Switch(main, other); }
  void Back() { Fiber::Switch(other, main); }

  void (*body)(Pair&);
  Fiber main;
  Fiber other;
  bool done = false;
  std::string log;
};

TEST(Fiber, RunsOnItsOwnStack) {
  Pair pair([](Pair& p) {
    int local = 0;
    if (p.other.stack_lo() <= &local && &local < p.other.stack_hi()) p.log += "inside";
    if (reinterpret_cast<uintptr_t>(__builtin_frame_address(0)) % 16 == 0) p.log += " aligned";
  });
  pair.Go();
  EXPECT_TRUE(pair.done);
  EXPECT_EQ(pair.log, "inside aligned");
  int local = 0;
  EXPECT_LE(pair.main.stack_lo(), static_cast<void*>(&local));
  EXPECT_GT(pair.main.stack_hi(), static_cast<void*>(&local));
}

TEST(Fiber, SwitchesToAndFro) {
  Pair pair([](Pair& p) {
    for (char c = 'a'; c < 'e'; c++) p.log += c, p.Back();
  });
  for (char c = '1'; c < '5'; c++) pair.Go(), pair.log += c;
  EXPECT_EQ(pair.log, "a1b2c3d4");
  EXPECT_FALSE(pair.done);
  pair.Go();
  EXPECT_TRUE(pair.done);
}

TEST(Fiber, KeepsTheRoundingModeAndStartsWithItsMakers) {
  std::fesetround(FE_UPWARD);
  Pair pair([](Pair& p) {
    p.log += std::fegetround() == FE_UPWARD ? 'u' : '?';
    std::fesetround(FE_DOWNWARD);
    p.Back();
    p.log += std::fegetround() == FE_DOWNWARD ? 'd' : '?';
  });
  std::fesetround(FE_TONEAREST);
  pair.Go();
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  pair.Go();
  EXPECT_EQ(std::fegetround(), FE_TONEAREST);
  EXPECT_EQ(pair.log, "ud");
}

TEST(Fiber, ExceptionsStayInsideOneFiber) {
  Pair pair([](Pair& p) {
    for (int i = 0; i < 2; i++) {
      try {
        p.Back();
        throw std::runtime_error("caught ");
      } catch (const std::exception& e) {
        p.log += e.what();
      }
    }
  });
  for (int i = 0; i < 3; i++) pair.Go();
  EXPECT_EQ(pair.log, "caught caught ");
}

TEST(Fiber, ManyInARing) {
  struct Node {
    std::unique_ptr<Fiber> fiber;
    Fiber* next = nullptr;
    uint64_t* turns = nullptr;
  };
  constexpr int kFibers = 1000;
  uint64_t turns = 0;
  Fiber main;
  std::vector<Node> ring(kFibers);
  for (Node& node : ring) {
    node.turns = &turns;
    node.fiber = std::make_unique<Fiber>(
        kStackBytes,
        [](void* arg) {
          Node* self = static_cast<Node*>(arg);
          for (;;) {
            ++*self->turns;
            Fiber::Switch(*self->fiber, *self->next);
          }
        },
        &node);
  }
  for (int i = 0; i < kFibers; i++) {
    ring[i].next = i + 1 < kFibers ? ring[i + 1].fiber.get() : &main;
  }
  for (int lap = 0; lap < 10; lap++) Fiber::Switch(main, *ring[0].fiber);
  EXPECT_EQ(turns, 10u * kFibers);
}

TEST(FiberDeathTest, OverflowHitsTheGuardPage) {
  EXPECT_DEATH(
      {
        Pair pair([](Pair& p) {
          volatile char* below = static_cast<char*>(p.other.stack_lo()) - 1;
          *below = 1;
        });
        pair.Go();
      },
      "");
}

}  // namespace
}  // namespace lockstep
