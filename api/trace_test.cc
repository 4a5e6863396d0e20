// Traces, as far as one can tell without Go's tools; those look at what stressed programs write (testdata/traced).
#include "api/trace.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <system_error>
#include <vector>

#include "api/procs_test.h"
#include "gort.h"
#include "gtest/gtest.h"
#include "runtime/traceevent.h"

namespace {

namespace trace = gort::trace;

struct Event {
  uint64_t gen;
  int kind;
  std::vector<uint64_t> args;
};

// What a file has, taken apart and no more: whether it makes sense is for others.
struct File {
  std::vector<Event> events;
  std::map<std::pair<uint64_t, uint64_t>, std::string> strings;                       // by generation and id
  std::map<std::pair<uint64_t, uint64_t>, std::vector<std::pair<std::string, int>>> stacks;  // functions and lines

  bool Has(int kind) const {
    for (const Event& e : events) {
      if (e.kind == kind) return true;
    }
    return false;
  }
  const std::string& String(const Event& e, size_t arg) const { return strings.at({e.gen, e.args[arg]}); }
  bool HasFunction(const std::string& name) const {
    for (const auto& [id, frames] : stacks) {
      for (const auto& f : frames) {
        if (f.first == name && f.second > 0) return true;
      }
    }
    return false;
  }
  std::set<uint64_t> Generations() const {
    std::set<uint64_t> gens;
    for (const Event& e : events) gens.insert(e.gen);
    return gens;
  }
};

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}

int Args(int kind) {
  switch (kind) {
    case runtime::traceEvProcsChange: case runtime::traceEvProcStart: case runtime::traceEvProcStatus:
    case runtime::traceEvGoStart: case runtime::traceEvGoStop: case runtime::traceEvGoBlock:
    case runtime::traceEvGoSyscallBegin: case runtime::traceEvSTWBegin: case runtime::traceEvUserTaskEnd:
    case runtime::traceEvGoSwitch: case runtime::traceEvGoSwitchDestroy:
      return 2;
    case runtime::traceEvProcSteal: case runtime::traceEvGoCreate: case runtime::traceEvGoCreateBlocked:
    case runtime::traceEvGoUnblock: case runtime::traceEvGoStatus: case runtime::traceEvUserRegionBegin:
    case runtime::traceEvUserRegionEnd:
      return 3;
    case runtime::traceEvGoStatusStack: case runtime::traceEvUserTaskBegin: case runtime::traceEvUserLog:
      return 4;
  }
  return 0;
}

File Parse(const std::string& text) {
  File file;
  EXPECT_EQ(text.substr(0, 16), std::string("go 1.23 trace\0\0\0", 16));
  size_t at = 16;
  auto number = [&] {
    uint64_t v = 0;
    for (int shift = 0; at < text.size(); shift += 7) {
      const auto b = static_cast<unsigned char>(text[at++]);
      if (shift < 64) v |= uint64_t{b & 0x7fu} << shift;
      if (b < 0x80) break;
    }
    return v;
  };
  while (at < text.size()) {
    EXPECT_EQ(text[at++], runtime::traceEvEventBatch);
    const uint64_t gen = number();
    number();
    number();
    const uint64_t size = number();
    const size_t end = at + size;
    if (end > text.size()) {
      ADD_FAILURE() << "cut off";
      return file;
    }
    const int first = text[at];
    for (int table : {runtime::traceEvStrings, runtime::traceEvStacks, runtime::traceEvCPUSamples}) {
      at += first == table;
    }
    while (at < end) {
      const int kind = text[at++];
      if (kind == runtime::traceEvString) {
        const uint64_t id = number(), n = number();
        file.strings[{gen, id}] = text.substr(at, n);
        at += n;
      } else if (kind == runtime::traceEvStack) {
        const uint64_t id = number();
        auto& frames = file.stacks[{gen, id}];
        for (uint64_t n = number(); n > 0; n--) {
          number();
          const uint64_t function = number();
          number();
          const int line = static_cast<int>(number());
          frames.push_back({std::to_string(function), line});
        }
      } else if (kind == runtime::traceEvCPUSample) {
        Event e{gen, kind, {}};
        for (int i = 0; i < 5; i++) e.args.push_back(number());
        file.events.push_back(e);
      } else if (kind == runtime::traceEvFrequency) {
        EXPECT_EQ(number(), 15625000u);
      } else {
        Event e{gen, kind, {}};
        EXPECT_GT(number(), 0u) << "time stands still";
        for (int i = 0; i < Args(kind); i++) e.args.push_back(number());
        file.events.push_back(e);
      }
    }
    EXPECT_EQ(at, end);
    at = end;
  }
  for (auto& [id, frames] : file.stacks) {
    for (auto& f : frames) f.first = file.strings.at({id.first, std::stoull(f.first)});
  }
  return file;
}

class Trace : public testing::TestWithParam<int> {
 protected:
  const std::string path_ = testing::TempDir() + "/trace.out";
};

void BeginsHere() {}

[[gnu::noinline]] void BlocksHere(gort::Chan<int> c) {
  c.recv();
  asm volatile("");
}

TEST_P(Trace, HasWhatHappened) {
  gort::tests::Procs procs(GetParam());
  gort::Chan<int> c(0);
  gort::Chan<void> done(0);
  ASSERT_TRUE(trace::Start(path_));
  EXPECT_TRUE(trace::IsEnabled());
  EXPECT_FALSE(trace::Start(testing::TempDir() + "/another")) << "one at a time";
  const uint64_t me = gort::Goid();
  {
    trace::Task task("request");
    trace::Region region("waiting", &task);
    gort::go([=] {
      BlocksHere(c);
      done.close();
    });
    gort::go(BeginsHere);
    gort::Gosched();
    gort::time::Sleep(std::chrono::milliseconds(1));
    c.send(1);
    done.recv();
    trace::Log("state", "sent", &task);
  }
  gort::EnterSyscall();
  gort::ExitSyscall();
  EXPECT_TRUE(trace::Stop());
  EXPECT_FALSE(trace::IsEnabled());
  EXPECT_FALSE(trace::Stop()) << "there is none";

  const File f = Parse(ReadAll(path_));
  int begins = 0;
  bool waited = false, slept = false, logged = false, region = false;
  for (const Event& e : f.events) {
    if (e.kind == runtime::traceEvGoBlock) {
      waited |= f.String(e, 0) == "chan receive" && e.args[1] != 0;
      slept |= f.String(e, 0) == "sleep";
    }
    if (e.kind == runtime::traceEvGoCreate) {
      // It begins with the program's function.
      for (const auto& frame : f.stacks.at({e.gen, e.args[1]})) {
        if (frame.first == "(anonymous namespace)::BeginsHere") begins++;
        if (frame.first.ends_with("::operator()")) begins++;
      }
    }
    if (e.kind == runtime::traceEvUserLog) logged |= f.String(e, 1) == "state" && f.String(e, 2) == "sent";
    if (e.kind == runtime::traceEvUserRegionBegin) region |= f.String(e, 1) == "waiting";
  }
  EXPECT_TRUE(waited);
  EXPECT_TRUE(slept);
  EXPECT_EQ(begins, 2);
  EXPECT_TRUE(logged);
  EXPECT_TRUE(region);
  EXPECT_TRUE(f.HasFunction("(anonymous namespace)::BlocksHere"));
  // Frames of the runtime are left out, and what gort::go puts around a function, but of its own goroutines, which have
  // no others.
  for (const auto& [id, stack] : f.stacks) {
    const auto ours = [](const auto& frame) {
      const std::string& name = frame.first;
      return name.starts_with("runtime::") || name.starts_with("gort::internal::") || name == "goexit";
    };
    const auto n = std::count_if(stack.begin(), stack.end(), ours);
    EXPECT_TRUE(n == 0 || n == std::ssize(stack)) << stack.front().first << " ... " << stack.back().first;
  }
  for (int kind : {runtime::traceEvGoStart, runtime::traceEvGoUnblock, runtime::traceEvGoDestroy,
                   runtime::traceEvGoSyscallBegin, runtime::traceEvGoSyscallEnd, runtime::traceEvUserTaskBegin,
                   runtime::traceEvUserTaskEnd, runtime::traceEvUserRegionEnd, runtime::traceEvSTWBegin,
                   runtime::traceEvSTWEnd, runtime::traceEvProcsChange}) {
    EXPECT_TRUE(f.Has(kind)) << kind;
  }
  // Of a goroutine that nothing happened to, too.
  std::set<uint64_t> told;
  for (const Event& e : f.events) {
    if (e.kind == runtime::traceEvGoStatus || e.kind == runtime::traceEvGoStatusStack) told.insert(e.args[0]);
  }
  EXPECT_TRUE(told.count(me));
  EXPECT_GT(told.size(), 3u);
}

// As often as one likes: what is kept by generation is right the next time.
TEST_P(Trace, StartAndStop) {
  gort::tests::Procs procs(GetParam());
  for (int i = 0; i < 100; i++) {
    ASSERT_TRUE(trace::Start(path_));
    gort::Gosched();
    ASSERT_TRUE(trace::Stop());
    const File f = Parse(ReadAll(path_));
    EXPECT_EQ(f.Generations().size(), 1u);
    int statuses = 0;
    for (const Event& e : f.events) statuses += e.kind == runtime::traceEvProcStatus;
    EXPECT_EQ(statuses, GetParam());
  }
}

INSTANTIATE_TEST_SUITE_P(Procs, Trace, testing::Values(1, 2, 4));

[[gnu::noinline]] void ComputesHere() {
  // As long as it takes for some samples, of which the kernel sends at most some hundred a second.
  timespec cpu;
  do {
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &cpu);
  } while (cpu.tv_nsec / 100'000'000 < 3 && cpu.tv_sec == 0);
}

TEST(TraceCPU, Samples) {
  const std::string path = testing::TempDir() + "/samples.out";
  trace::SampleCPU(1000);
  ASSERT_TRUE(trace::Start(path));
  gort::Chan<void> done(0);
  gort::go([=] {
    gort::LockOSThread();  // its time is this thread's
    ComputesHere();
    done.close();
  });
  done.recv();
  ASSERT_TRUE(trace::Stop());
  trace::SampleCPU(0);
  const File f = Parse(ReadAll(path));
  int here = 0;
  for (const Event& e : f.events) {
    if (e.kind != runtime::traceEvCPUSample) continue;
    for (const auto& frame : f.stacks.at({e.gen, e.args[4]})) {
      here += frame.first == "(anonymous namespace)::ComputesHere";
    }
  }
  EXPECT_GT(here, 3);

  ASSERT_TRUE(trace::Start(path));
  ASSERT_TRUE(trace::Stop());
  EXPECT_FALSE(Parse(ReadAll(path)).Has(runtime::traceEvCPUSample));
}

// What a pipe or file does not take ends the trace, not the program, whatever SIGPIPE does to that.
TEST(TraceOutput, ClosedPipe) {
  struct sigaction before, fatal {};
  fatal.sa_handler = SIG_DFL;
  ASSERT_EQ(sigaction(SIGPIPE, &fatal, &before), 0);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_TRUE(trace::Start(ends[1]));
  close(ends[0]);
  gort::time::Sleep(std::chrono::milliseconds(1200));
  EXPECT_FALSE(trace::IsEnabled()) << "it has ended by itself, when the first generation was written";
  EXPECT_FALSE(trace::Stop());
  close(ends[1]);
  sigaction(SIGPIPE, &before, nullptr);
}

TEST(TraceOutput, FullDisk) {
  ASSERT_TRUE(trace::Start("/dev/full"));
  gort::Gosched();
  EXPECT_FALSE(trace::Stop());
  ASSERT_TRUE(trace::Start("/dev/null")) << "the next one is another matter";
  EXPECT_TRUE(trace::Stop());
}

TEST(TraceOutput, NoSuchFolder) {
  EXPECT_THROW(trace::Start(testing::TempDir() + "/no/such/folder"), std::system_error);
  EXPECT_FALSE(trace::IsEnabled());
}

TEST(FlightRecorder, KeepsTheLast) {
  const std::string path = testing::TempDir() + "/flight.out";
  trace::FlightRecorder recorder({.seconds = 0.001});
  EXPECT_THROW(recorder.WriteTo(path), std::system_error) << "nothing is recorded";
  ASSERT_TRUE(recorder.Start());
  EXPECT_FALSE(trace::Start("/dev/null")) << "one at a time";
  trace::Log("log", "first");
  recorder.WriteTo(path);
  File f = Parse(ReadAll(path));
  EXPECT_EQ(f.Generations().size(), 1u);
  EXPECT_TRUE(f.Has(runtime::traceEvUserLog));

  // Two generations later the first one is too old.
  for (int i = 0; i < 3; i++) {
    gort::time::Sleep(std::chrono::milliseconds(5));
    recorder.WriteTo(path);
  }
  f = Parse(ReadAll(path));
  EXPECT_FALSE(f.Has(runtime::traceEvUserLog));
  EXPECT_LE(f.Generations().size(), 2u);
  recorder.Stop();
  EXPECT_FALSE(trace::IsEnabled());
  ASSERT_TRUE(recorder.Start()) << "again";
}

TEST(FlightRecorder, IsBounded) {
  const std::string path = testing::TempDir() + "/bounded.out";
  trace::FlightRecorder recorder({.seconds = 1000, .max_bytes = 1});
  ASSERT_TRUE(recorder.Start());
  for (int i = 0; i < 5; i++) recorder.WriteTo(path);
  EXPECT_EQ(Parse(ReadAll(path)).Generations().size(), 1u);
}

}  // namespace
