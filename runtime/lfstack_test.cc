// The tests of Go's runtime/lfstack_test.go.
#include "runtime/lfstack.h"

#include <deque>
#include <random>

#include "gort.h"
#include "gtest/gtest.h"

namespace {

using gort::Chan;
using runtime::lfnode;
using runtime::lfstack;

struct MyNode : lfnode {
  explicit MyNode(int data) : data(data) { runtime::lfnodeValidate(this); }
  int data;
};

MyNode* pop(lfstack& s) { return static_cast<MyNode*>(s.pop()); }

TEST(Runtime, TestLFStack) {
  lfstack stack;
  EXPECT_TRUE(stack.empty());
  ASSERT_EQ(stack.pop(), nullptr) << "stack is not empty";

  MyNode n42(42), n43(43);
  stack.push(&n42);
  stack.push(&n43);
  EXPECT_FALSE(stack.empty());

  MyNode* node = pop(stack);
  ASSERT_NE(node, nullptr) << "stack is empty";
  EXPECT_EQ(node->data, 43) << "no lifo";
  node = pop(stack);
  ASSERT_NE(node, nullptr) << "stack is empty";
  EXPECT_EQ(node->data, 42) << "no lifo";

  EXPECT_EQ(stack.pop(), nullptr) << "stack is not empty";
  EXPECT_EQ(stack.value, 0u) << "stack is not empty";
}

TEST(Runtime, TestLFStackStress) {
  const int K = 100;
  const int P = 4 * gort::GOMAXPROCS(-1);
  const int N = 20'000;
  // K nodes on two stacks.
  lfstack stacks[2];
  std::deque<MyNode> nodes;
  int sum = 0;
  for (int i = 0; i < K; i++) {
    sum += i;
    stacks[i % 2].push(&nodes.emplace_back(i));
  }
  Chan<bool> c(P);
  for (int p = 0; p < P; p++) {
    gort::go([&, c, p] {
      std::mt19937 r(static_cast<unsigned>(p));
      // From any stack to any stack.
      for (int i = 0; i < N; i++) {
        if (lfnode* node = stacks[r() % 2].pop()) stacks[r() % 2].push(node);
      }
      c.send(true);
    });
  }
  for (int i = 0; i < P; i++) c.recv();
  // Nothing was lost.
  int sum2 = 0, cnt = 0;
  for (lfstack& s : stacks) {
    while (MyNode* node = pop(s)) {
      cnt++;
      sum2 += node->data;
    }
  }
  EXPECT_EQ(cnt, K) << "Wrong number of nodes";
  EXPECT_EQ(sum2, sum) << "Wrong sum";
}

// The head tells a node that was popped and pushed again from one that was there all the time.
TEST(LFStack, HeadCountsPushes) {
  lfstack stack;
  MyNode node(1);
  stack.push(&node);
  runtime::uint64 first = stack.value;
  stack.pop();
  stack.push(&node);
  EXPECT_NE(stack.value, first);
  stack.pop();
}

// A node's address comes back whatever the count, and a count that has overflowed is another than before.
TEST(LFStack, Packing) {
  alignas(8) static lfnode node;
  for (runtime::uintptr cnt : {runtime::uintptr{0}, runtime::uintptr{1}, (runtime::uintptr{1} << 19) - 1,
                               runtime::uintptr{1} << 19, ~runtime::uintptr{0}}) {
    EXPECT_EQ(runtime::lfstackUnpack(runtime::lfstackPack(&node, cnt)), &node) << cnt;
  }
  EXPECT_NE(runtime::lfstackPack(&node, 1), runtime::lfstackPack(&node, 2));
  // The highest address of a program, and one above the hole.
  auto* high = reinterpret_cast<lfnode*>(0x00007ffffffffff8);
  EXPECT_EQ(runtime::lfstackUnpack(runtime::lfstackPack(high, 5)), high);
#if defined(__x86_64__)
  auto* above = reinterpret_cast<lfnode*>(0xffff800000000010);
  EXPECT_EQ(runtime::lfstackUnpack(runtime::lfstackPack(above, 5)), above);
#endif
}

}  // namespace
