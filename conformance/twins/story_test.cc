// Stories and their differences, to the letter.
#include "conformance/twins/story.h"

#include "gtest/gtest.h"

namespace twins {
namespace {

TEST(Story, NumbersUserGoroutinesInOrderOfCreation) {
  Story s;
  s.Create(0, 1, false, false);
  s.Start(1, 0);
  s.Create(1, 2, true, false);  // one of the runtime's
  s.Create(1, 17, false, false);
  s.Create(1, 9, false, true);
  s.Block(1, "chan receive");
  s.Start(2, 1);
  s.Unblock(2, 1);
  s.Block(2, "GC sweep wait");
  s.Start(17, 2);
  s.Stop(17, "gosched");
  s.Start(1, 3);
  s.Switch(1, 9, false);
  s.Switch(9, 1, true);
  s.Unblock(0, 17);
  s.EnterSyscall(1);
  s.LeaveSyscall(1);
  s.End(1);
  EXPECT_EQ(s.text(),
            "scheduler create 1\n"
            "1 start 0\n"
            "1 create 2\n"
            "1 create-parked 3\n"
            "1 block chan receive\n"
            "system unblock 1\n"
            "2 start 2\n"
            "2 stop gosched\n"
            "1 start 3\n"
            "1 switch 3\n"
            "3 end-switch 1\n"
            "scheduler unblock 2\n"
            "1 enter-syscall\n"
            "1 leave-syscall\n"
            "1 end\n");
}

TEST(Story, ADeadGoroutinesIdIsNotItsNumber) {
  Story s;
  s.Create(0, 1, false, false);
  s.Create(1, 5, false, false);
  s.End(5);
  s.Create(1, 5, false, false);
  s.Start(5, 1);
  EXPECT_EQ(s.text(), "scheduler create 1\n1 create 2\n2 end\n1 create 3\n3 start 1\n");
}

TEST(Difference, SaysNothingOfEqualStories) {
  EXPECT_EQ(Difference("", ""), "");
  EXPECT_EQ(Difference("a\nb\n", "a\nb\n"), "");
}

TEST(Difference, ShowsTheFirstDifferentEventOfBoth) {
  EXPECT_EQ(Difference("a\nb\nc\nd\n", "a\nb\nx\nd\n"),
            "the first 2 events agree; of 4 in Go and 4 in C++, event 3 differs:\n"
            "    a\n    b\nGo  c\nGo  d\nC++ x\nC++ d\n");
}

TEST(Difference, AStoryThatStopsEarlyDiffers) {
  EXPECT_EQ(Difference("a\nb\n", "a\n"),
            "the first 1 events agree; of 2 in Go and 1 in C++, event 2 differs:\n"
            "    a\nGo  b\nC++ (the end)\n");
  EXPECT_EQ(Difference("a\n", "a\nb\n"),
            "the first 1 events agree; of 1 in Go and 2 in C++, event 2 differs:\n"
            "    a\nGo  (the end)\nC++ b\n");
}

}  // namespace
}  // namespace twins
