// The memory that gort diff takes goes by the goroutines that are alive, not by a trace's length. The traces are made
// here, of many generations all alike, for one P and a main goroutine with a partner; the two wake each other, and the
// partner is wired to its thread, which is what the most must be remembered for:
//
//   one   the same partner all the time
//   many  one behind the other: each takes the thread on which it begins, and the thread ends with it
//   pulls an iterator behind the other (iter.Pull): a coroutine that is switched to, and ends
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "trace/write.h"

namespace {

constexpr char kDiff[] = "conformance/gort_diff";
constexpr uint64_t kChanRecv = 1;  // a string

class Made {
 public:
  explicit Made(const std::string& path)
      : file_(path, std::ios::binary), out_(gotrace::kGo123, [this](std::string_view bytes) {
          return static_cast<bool>(file_.write(bytes.data(), static_cast<std::streamsize>(bytes.size())));
        }) {}

  void Begin() {
    out_.BeginGeneration(++generation_, 1'000'000'000, time_ += 10);
    procs_ = main_events_ = partner_events_ = 0;
    Put(gotrace::kProcStatus, {0, gotrace::kProcRunning});
    Put(gotrace::kGoStatus, {kMain, m_, gotrace::kGoRunning});
    if (generation_ == 1) Put(gotrace::kProcsChange, {1, 0});
    if (partner_m_ != 0) Put(gotrace::kGoStatus, {partner_, ~uint64_t{0}, gotrace::kGoWaiting});
  }
  void End() {
    out_.String(kChanRecv, "chan receive");
    out_.EndGeneration();
    EXPECT_TRUE(out_.ok());
  }

  // A partner begins on the thread that there is, and gives its P to another one, which is made for that.
  void Meet() {
    partner_++;
    partner_events_ = 0;
    Put(gotrace::kGoCreate, {partner_, 0, 0});
    Put(gotrace::kGoBlock, {kChanRecv, 0});
    Put(gotrace::kGoStart, {partner_, ++partner_events_});
    Put(gotrace::kGoUnblock, {kMain, ++main_events_, 0});
    Put(gotrace::kGoBlock, {kChanRecv, 0});
    Put(gotrace::kProcStop, {});
    Put(gotrace::kProcStart, {0, ++procs_});  // borrowed, to make it
    Put(gotrace::kProcStop, {});
    partner_m_ = m_;
    m_ = kFirstM + ++threads_ % kThreads;
    Back();
  }
  void Wake() {
    ToPartner();
    Put(gotrace::kGoUnblock, {kMain, ++main_events_, 0});
    Put(gotrace::kGoBlock, {kChanRecv, 0});
    Put(gotrace::kProcStop, {});
    std::swap(m_, partner_m_);
    Back();
  }
  void Part() {
    ToPartner();
    Put(gotrace::kGoUnblock, {kMain, ++main_events_, 0});
    Put(gotrace::kGoDestroy, {});
    Put(gotrace::kProcStop, {});
    m_ = partner_m_;
    partner_m_ = 0;
    Back();
  }
  // An iterator that is asked twice, and then ends.
  void Pull() {
    partner_++;
    Put(gotrace::kGoCreateBlocked, {partner_, 0, 0});
    uint64_t switches = 0;
    Put(gotrace::kGoSwitch, {partner_, ++switches});
    Put(gotrace::kGoSwitch, {kMain, ++main_events_});
    Put(gotrace::kGoSwitch, {partner_, ++switches});
    Put(gotrace::kGoSwitchDestroy, {kMain, ++main_events_});
  }

 private:
  static constexpr uint64_t kMain = 1;

  void Put(uint8_t kind, std::initializer_list<uint64_t> args) {
    out_.Event(static_cast<int64_t>(m_), time_ += 10, kind, args);
  }
  void ToPartner() {
    Put(gotrace::kGoUnblock, {partner_, ++partner_events_, 0});
    Put(gotrace::kGoBlock, {kChanRecv, 0});
    Put(gotrace::kProcStop, {});
    std::swap(m_, partner_m_);
    Put(gotrace::kProcStart, {0, ++procs_});
    Put(gotrace::kGoStart, {partner_, ++partner_events_});
  }
  void Back() {
    Put(gotrace::kProcStart, {0, ++procs_});
    Put(gotrace::kGoStart, {kMain, ++main_events_});
  }

  std::ofstream file_;
  gotrace::Writer out_;
  uint64_t generation_ = 0, time_ = 1000;
  // The system gives the numbers of threads again, after so many.
  static constexpr uint64_t kFirstM = 100, kThreads = 32'000;
  uint64_t m_ = kFirstM, threads_ = 0;        // where main runs
  uint64_t partner_ = 10, partner_m_ = 0;     // 0: there is none
  uint64_t procs_ = 0, main_events_ = 0, partner_events_ = 0;  // as each generation counts them
};

enum class Kind { kOne, kMany, kPulls };

std::string Trace(Kind kind, int generations) {
  const std::string path =
      absl::StrCat(testing::TempDir(), "/made-", static_cast<int>(kind), "-", generations, ".trace");
  Made made(path);
  for (int i = 0; i < generations; i++) {
    made.Begin();
    if (kind == Kind::kOne && i == 0) made.Meet();
    for (int n = 0; n < 1000; n++) {
      if (kind == Kind::kPulls) {
        made.Pull();
      } else if (kind == Kind::kOne) {
        made.Wake();
      } else if (n % 5 == 0) {
        made.Meet();
      } else if (n % 5 == 4) {
        made.Part();
      } else {
        made.Wake();
      }
    }
    made.End();
  }
  return path;
}

// The most that a process of gort diff had in memory, in MB. It agrees with the port to its end.
double Peak(const std::string& path) {
  const std::string out = path + ".report";
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen(out.c_str(), "w", stdout) == nullptr) _exit(3);
    execl(kDiff, kDiff, "--jobs", "1", path.c_str(), nullptr);
    _exit(3);
  }
  int status = 0;
  rusage usage = {};
  EXPECT_EQ(wait4(child, &status, 0, &usage), child);
  std::stringstream report;
  report << std::ifstream(out).rdbuf();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << report.str();
  EXPECT_TRUE(absl::EndsWith(report.str(), " 0 divergent\n")) << report.str();
  std::printf("%s: %.1f MB\n%s", path.c_str(), static_cast<double>(usage.ru_maxrss) / 1024, report.str().c_str());
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

class DiffMemory : public testing::TestWithParam<Kind> {};

// Both are longer than what is remembered of a trace, however long it is.
TEST_P(DiffMemory, DoesNotGrowWithTheLength) {
  const double short_one = Peak(Trace(GetParam(), 200)), long_one = Peak(Trace(GetParam(), 600));
  EXPECT_LT(long_one, short_one + 2);
}

INSTANTIATE_TEST_SUITE_P(Traces, DiffMemory, testing::Values(Kind::kOne, Kind::kMany, Kind::kPulls),
                         [](const testing::TestParamInfo<Kind>& info) -> std::string {
                           switch (info.param) {
                             case Kind::kOne: return "One";
                             case Kind::kMany: return "Many";
                             case Kind::kPulls: return "Pulls";
                           }
                           return "";
                         });

}  // namespace
