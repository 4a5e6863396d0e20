// Facts survive their text form and the pipe.
#include "worlds/facts/fact.h"

#include <unistd.h>

#include <cstring>
#include <string>

#include "gtest/gtest.h"
#include "worlds/facts/stream.h"

namespace facts {
namespace {

TEST(Fact, TextAndBack) {
  for (const char* line : {
           "0 procs n=4",
           "10 made g=7 by=1 m=0 p=0 how=parked at=12 \"main.main.func1\"",
           "20 ready g=7 by=1 m=0 p=0 how=unblocked",
           "30 laid g=7 m=0 p=0 place=ring position=3 certainty=inferred",
           "40 moved m=2 p=1 p2=0 n=4 place=ring",
           "50 started g=7 m=2 p=1 p2=0 n=3 place=ring rule=stolen certainty=open",
           "60 stopped g=7 m=2 p=1 how=blocked \"chan receive\"",
           "70 given g=7 m=3 p=1 how=waits rule=global61",
           "80 wake m=0 p=0 n=1 how=spins",
           "90 world by=1 m=0 p=0 how=stops \"GC sweep termination\"",
       }) {
    Fact fact;
    std::string text, why;
    ASSERT_TRUE(FromText(line, fact, text, why)) << line << ": " << why;
    Fact again;
    std::string textAgain;
    ASSERT_TRUE(FromText(ToText(fact, text), again, textAgain, why)) << ToText(fact, text);
    EXPECT_EQ(ToText(fact, text), line);
    EXPECT_EQ(std::memcmp(&fact, &again, sizeof fact), 0) << line;
    EXPECT_EQ(text, textAgain);
  }
}

TEST(Fact, EveryNameIsRead) {
  Fact fact;
  std::string text, why;
  for (int i = 0; i <= static_cast<int>(How::kAtHead); i++) {
    const std::string line = "1 ready how=" + std::string(Name(static_cast<How>(i)));
    ASSERT_TRUE(FromText(line, fact, text, why)) << line;
    EXPECT_EQ(static_cast<int>(fact.how), i) << line;
  }
  for (int i = 0; i <= static_cast<int>(Rule::kUnknown); i++) {
    const std::string line = "1 started rule=" + std::string(Name(static_cast<Rule>(i)));
    ASSERT_TRUE(FromText(line, fact, text, why)) << line;
    EXPECT_EQ(static_cast<int>(fact.rule), i) << line;
  }
}

TEST(Fact, BadTextIsNamed) {
  Fact fact;
  std::string text, why;
  EXPECT_FALSE(FromText("", fact, text, why));
  EXPECT_EQ(why, "no fact");
  EXPECT_FALSE(FromText("12 made g=x", fact, text, why));
  EXPECT_EQ(why, "what is \"g=x\"?");
  EXPECT_FALSE(FromText("12 knitted g=1", fact, text, why));
  EXPECT_EQ(why, "what is \"knitted\"?");
  EXPECT_FALSE(FromText("12 made g=1 \"main", fact, text, why));
  EXPECT_EQ(why, "a text without an end");
}

TEST(Stream, ThroughAPipe) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  {
    Writer writer(fds[1]);
    for (int i = 0; i < 300; i++) {
      Fact fact;
      fact.kind = Kind::kMade;
      fact.g = i;
      writer.Put(fact, std::string(static_cast<size_t>(i % 3), 'x'));
    }
  }
  close(fds[1]);
  Reader reader(fds[0]);
  Fact fact;
  std::string text;
  for (int i = 0; i < 300; i++) {
    ASSERT_TRUE(reader.Next(fact, text));
    EXPECT_EQ(fact.g, i);
    EXPECT_EQ(text.size(), static_cast<size_t>(i % 3));
  }
  EXPECT_FALSE(reader.Next(fact, text));
  close(fds[0]);
}

// Who writes may die: what is whole counts.
TEST(Stream, EndsInTheMiddleOfAFact) {
  std::string bytes;
  Append(Fact{}, "half of it", bytes);
  for (size_t cut = 0; cut < bytes.size(); cut++) {
    int fds[2];
    ASSERT_EQ(pipe(fds), 0);
    {
      Writer writer(fds[1]);
      writer.Put(Fact{}, "whole");
    }
    ASSERT_EQ(write(fds[1], bytes.data(), cut), static_cast<ssize_t>(cut));
    close(fds[1]);
    Reader reader(fds[0]);
    Fact fact;
    std::string text;
    EXPECT_FALSE(reader.Has());
    ASSERT_TRUE(reader.Next(fact, text));
    EXPECT_EQ(text, "whole");
    EXPECT_FALSE(reader.Has()) << cut;
    EXPECT_FALSE(reader.Next(fact, text)) << cut;
    close(fds[0]);
  }
}

TEST(Stream, HasWhatWasRead) {
  int fds[2];
  ASSERT_EQ(pipe(fds), 0);
  {
    Writer writer(fds[1]);
    writer.Put(Fact{}, "one");
    writer.Put(Fact{}, "two");
  }
  close(fds[1]);
  Reader reader(fds[0]);
  Fact fact;
  std::string text;
  ASSERT_TRUE(reader.Next(fact, text));
  EXPECT_TRUE(reader.Has());
  ASSERT_TRUE(reader.Next(fact, text));
  EXPECT_EQ(text, "two");
  EXPECT_FALSE(reader.Has());
  close(fds[0]);
}

}  // namespace
}  // namespace facts
