// Small traces, packed from text, and the facts that they tell, line for line.
#include "conformance/trace_facts.h"

#include <sstream>
#include <string>

#include "absl/strings/str_replace.h"
#include "gtest/gtest.h"
#include "trace/raw.h"
#include "trace/reader.h"
#include "trace/wire_text.h"

namespace conformance {
namespace {

// Two blanks stand for a tab.
std::string Pack(const std::string& text) {
  std::istringstream in("Trace Go1.23\n" + absl::StrReplaceAll(text, {{"\n  ", "\n\t"}}));
  gotrace::WireTextReader reader;
  EXPECT_TRUE(reader.Open(in));
  gotrace::RawPacker packer(reader.version(), true);
  for (gotrace::RawEvent event; reader.Next(event);) packer.Put(event);
  EXPECT_EQ(reader.why(), "") << "line " << reader.line();
  return packer.Take();
}

// Without where it is in the file, and the threads' numbers made short.
std::string Facts(const std::string& trace, const TraceFacts::Known& known) {
  const std::string bytes = Pack(trace);
  gotrace::Reader reader;
  EXPECT_TRUE(reader.OpenBytes(bytes)) << reader.verdict().Line("trace");
  std::string lines;
  TraceFacts facts(
      [&](const facts::Fact& fact, std::string_view text) {
        facts::Fact f = fact;
        f.at = 0;
        lines += facts::ToText(f, text) + "\n";
      },
      known);
  while (reader.Next()) {
    if (reader.event().kind != gotrace::kSyncPoint) facts.Event(reader.event(), *reader.generation());
  }
  EXPECT_TRUE(reader.verdict().ok()) << reader.verdict().Line("trace");
  return lines;
}

std::string Alone(const std::string& trace) {
  return Facts(trace, [](uint64_t) { return TraceFacts::FromPort{}; });
}

// A nanosecond is a unit; strings and stacks that the tests below use.
constexpr char kTables[] = R"(EventBatch gen=1 m=18446744073709551615 time=0 size=1
Frequency freq=1000000000
EventBatch gen=1 m=18446744073709551615 time=0 size=1
Strings
String id=1
  data="main.main"
String id=2
  data="main.worker"
String id=3
  data="a.go"
String id=4
  data="chan receive"
String id=5
  data="runtime.Gosched"
String id=6
  data="preempted"
String id=7
  data="network"
String id=8
  data="sleep"
String id=9
  data="GC sweep termination"
String id=10
  data="runtime.injectglist"
String id=11
  data="runtime.goyield"
String id=12
  data="runtime.gcBgMarkWorker"
String id=13
  data="system goroutine wait"
EventBatch gen=1 m=18446744073709551615 time=0 size=1
Stacks
Stack id=1 nframes=1
  pc=1 func=1 file=3 line=1
Stack id=2 nframes=1
  pc=2 func=2 file=3 line=2
Stack id=3 nframes=2
  pc=3 func=10 file=3 line=3
  pc=1 func=1 file=3 line=1
Stack id=4 nframes=2
  pc=4 func=11 file=3 line=4
  pc=1 func=1 file=3 line=1
Stack id=5 nframes=1
  pc=5 func=12 file=3 line=5
)";

TEST(TraceFacts, OneP) {
  EXPECT_EQ(Alone(R"(EventBatch gen=1 m=50 time=1000 size=1
ProcStatus dt=1 p=0 pstatus=1
GoStatus dt=1 g=1 m=50 gstatus=2
ProcsChange dt=1 procs_value=1 stack=1
GoCreate dt=10 new_g=2 new_stack=2 stack=1
GoCreate dt=10 new_g=3 new_stack=2 stack=1
GoStop dt=10 reason_string=5 stack=1
GoStart dt=10 g=3 g_seq=1
GoBlock dt=10 reason_string=4 stack=2
GoStart dt=10 g=2 g_seq=1
GoUnblock dt=10 g=3 g_seq=2 stack=2
GoStop dt=10 reason_string=6 stack=2
GoStart dt=10 g=3 g_seq=3
GoDestroy dt=10
GoStart dt=10 g=1 g_seq=1
GoStop dt=10 reason_string=6 stack=4
GoStart dt=10 g=1 g_seq=2
)" + std::string(kTables)),
            R"(1001 procs m=50 n=1
1001 proc m=50 p=0 how=running
1002 found g=1 m=50 p=0 how=running
1003 procs m=50 p=0 n=1
1013 named g=1 m=50 p=0 "main.main"
1013 made g=2 by=1 m=50 p=0 "main.worker"
1013 ready g=2 by=1 m=50 p=0 how=created
1013 laid g=2 m=50 p=0 place=runnext
1023 made g=3 by=1 m=50 p=0 "main.worker"
1023 ready g=3 by=1 m=50 p=0 how=created
1023 laid g=3 m=50 p=0 place=runnext
1023 laid g=2 m=50 p=0 place=ring certainty=open
1033 stopped g=1 m=50 p=0 how=yielded
1033 ready g=1 m=50 p=0 how=yielded
1033 laid g=1 m=50 place=global
1043 started g=3 m=50 p=0 rule=unknown certainty=open
1053 stopped g=3 m=50 p=0 how=blocked "chan receive"
1063 started g=2 m=50 p=0 rule=unknown certainty=open
1073 ready g=3 by=2 m=50 p=0 how=unblocked
1073 laid g=3 m=50 p=0 place=runnext
1083 stopped g=2 m=50 p=0 how=preempted
1083 ready g=2 m=50 p=0 how=preempted
1083 laid g=2 m=50 place=global
1093 started g=3 m=50 p=0 rule=unknown certainty=open
1103 stopped g=3 m=50 p=0 how=ended
1113 started g=1 m=50 p=0 rule=unknown certainty=open
1123 stopped g=1 m=50 p=0 how=handed
1123 ready g=1 m=50 p=0 how=handed
1123 laid g=1 m=50 p=0 place=ring certainty=inferred
1133 started g=1 m=50 p=0 rule=unknown certainty=open
)");
}

TEST(TraceFacts, CallsStopsAndTwoPs) {
  EXPECT_EQ(Alone(R"(EventBatch gen=1 m=50 time=1000 size=1
ProcStatus dt=1 p=0 pstatus=1
GoStatus dt=1 g=1 m=50 gstatus=2
GoSyscallBegin dt=10 p_seq=1 stack=1
GoSyscallEnd dt=10
GoSyscallBegin dt=10 p_seq=2 stack=1
GoSyscallEndBlocked dt=100
EventBatch gen=1 m=51 time=1050 size=1
ProcStatus dt=1 p=1 pstatus=2
ProcStart dt=1 p=1 p_seq=1
ProcSteal dt=1 p=0 p_seq=3 m=50
GoStatus dt=1 g=5 m=18446744073709551615 gstatus=4
GoUnblock dt=1 g=5 g_seq=1 stack=0
GoStart dt=1 g=5 g_seq=2
STWBegin dt=1 kind_string=9 stack=2
STWEnd dt=1
GoBlock dt=1 reason_string=7 stack=2
GoUnblock dt=1 g=5 g_seq=3 stack=0
GoStart dt=1 g=5 g_seq=4
GoSyscallBegin dt=1 p_seq=2 stack=2
EventBatch gen=1 m=52 time=1200 size=1
ProcStart dt=1 p=0 p_seq=4
GoStart dt=1 g=1 g_seq=1
GoSyscallBegin dt=1 p_seq=5 stack=1
EventBatch gen=1 m=53 time=1300 size=1
ProcSteal dt=1 p=0 p_seq=6 m=52
ProcStart dt=1 p=0 p_seq=7
ProcStop dt=1
)" + std::string(kTables)),
            R"(1001 procs m=50 n=1
1001 proc m=50 p=0 how=running
1002 found g=1 m=50 p=0 how=running
1012 named g=1 m=50 p=0 "main.main"
1012 stopped g=1 m=50 p=0 how=call
1012 proc m=50 p=0 how=syscall
1022 proc m=50 p=0 how=running
1022 returned g=1 m=50 p=0 how=kept
1032 stopped g=1 m=50 p=0 how=call
1032 proc m=50 p=0 how=syscall
1051 procs m=51 n=2
1051 proc p=1 how=idle
1052 proc m=51 p=1 how=running
1053 proc p=0 how=idle
1054 found g=5 how=parked
1055 ready g=5 m=51 p=1 how=timer
1055 laid g=5 m=51 p=1 place=runnext
1056 started g=5 m=51 p=1 rule=unknown certainty=open
1057 world by=5 m=51 p=1 how=stops "GC sweep termination"
1058 world m=51 p=1 how=goes
1059 named g=5 m=51 p=1 "main.worker"
1059 stopped g=5 m=51 p=1 how=blocked "network"
1060 ready g=5 m=51 p=1 how=poller
1061 started g=5 m=51 p=1 rule=unknown certainty=open
1062 stopped g=5 m=51 p=1 how=call
1062 proc m=51 p=1 how=syscall
1132 ready g=1 m=50 how=callend
1132 laid g=1 m=50 place=global certainty=inferred
1201 proc m=52 p=0 how=running
1202 started g=1 m=52 p=0 rule=unknown certainty=open
1203 stopped g=1 m=52 p=0 how=call
1203 proc m=52 p=0 how=syscall
1301 proc p=0 how=idle
1302 proc m=53 p=0 how=running
1303 proc p=0 how=idle
)");
}

// A switch stops one and starts another, once: the reader makes three events of it.
TEST(TraceFacts, Coroutines) {
  EXPECT_EQ(Alone(R"(EventBatch gen=1 m=50 time=1000 size=1
ProcStatus dt=1 p=0 pstatus=1
GoStatus dt=1 g=1 m=50 gstatus=2
GoCreateBlocked dt=10 new_g=2 new_stack=2 stack=1
GoSwitch dt=10 g=2 g_seq=1
GoSwitch dt=10 g=1 g_seq=1
GoSwitch dt=10 g=2 g_seq=2
GoSwitchDestroy dt=10 g=1 g_seq=2
GoBlock dt=10 reason_string=4 stack=1
)" + std::string(kTables)),
            R"(1001 procs m=50 n=1
1001 proc m=50 p=0 how=running
1002 found g=1 m=50 p=0 how=running
1012 named g=1 m=50 p=0 "main.main"
1012 made g=2 by=1 m=50 p=0 how=parked "main.worker"
1022 stopped g=1 m=50 p=0 how=switched
1022 started g=2 m=50 p=0 rule=switch
1032 stopped g=2 m=50 p=0 how=switched
1032 started g=1 m=50 p=0 rule=switch
1042 stopped g=1 m=50 p=0 how=switched
1042 started g=2 m=50 p=0 rule=switch
1052 stopped g=2 m=50 p=0 how=ended
1052 started g=1 m=50 p=0 rule=switch
1062 stopped g=1 m=50 p=0 how=blocked "chan receive"
)");
}

// A worker of the collector runs at once where it was wanted; what a list brings back lies where the list goes.
TEST(TraceFacts, TheCollector) {
  EXPECT_EQ(Alone(R"(EventBatch gen=1 m=50 time=1000 size=1
ProcStatus dt=1 p=0 pstatus=1
GoStatus dt=1 g=1 m=50 gstatus=2
GoCreate dt=10 new_g=7 new_stack=5 stack=1
GoBlock dt=10 reason_string=13 stack=1
GoStart dt=10 g=7 g_seq=1
GoBlock dt=10 reason_string=13 stack=5
GoUnblock dt=10 g=7 g_seq=2 stack=0
GoStart dt=10 g=7 g_seq=3
GoUnblock dt=10 g=1 g_seq=1 stack=3
GoBlock dt=10 reason_string=13 stack=5
GoStart dt=10 g=1 g_seq=2
GoBlock dt=10 reason_string=13 stack=1
GoUnblock dt=10 g=1 g_seq=3 stack=0
)" + std::string(kTables)),
            R"(1001 procs m=50 n=1
1001 proc m=50 p=0 how=running
1002 found g=1 m=50 p=0 how=running
1012 named g=1 m=50 p=0 "main.main"
1012 made g=7 by=1 m=50 p=0 "runtime.gcBgMarkWorker"
1012 ready g=7 by=1 m=50 p=0 how=created
1012 laid g=7 m=50 p=0 place=runnext
1022 stopped g=1 m=50 p=0 how=blocked "system goroutine wait"
1032 started g=7 m=50 p=0 rule=unknown certainty=open
1042 stopped g=7 m=50 p=0 how=blocked "system goroutine wait"
1052 ready g=7 m=50 p=0 how=runtime
1062 started g=7 m=50 p=0 rule=gcworker certainty=inferred
1072 ready g=1 by=7 m=50 p=0 how=unblocked
1082 stopped g=7 m=50 p=0 how=blocked "system goroutine wait"
1092 started g=1 m=50 p=0 rule=unknown certainty=open
1102 stopped g=1 m=50 p=0 how=blocked "system goroutine wait"
1112 ready g=1 m=50 p=0 how=runtime
)");
}

// Ps that stop while the world does are not idle. A thread that comes back from a call with a P runs its goroutine on
// it, whatever a port says. Who waits runs on no thread, even if it is wired to one.
TEST(TraceFacts, TheWorldStopsAndACallEnds) {
  EXPECT_EQ(Facts(R"(EventBatch gen=1 m=50 time=1000 size=1
ProcStatus dt=1 p=0 pstatus=1
GoStatus dt=1 g=1 m=50 gstatus=2
GoStatus dt=1 g=4 m=50 gstatus=4
STWBegin dt=9 kind_string=9 stack=1
ProcSteal dt=10 p=2 p_seq=2 m=52
STWEnd dt=100
EventBatch gen=1 m=51 time=1000 size=1
ProcStatus dt=4 p=1 pstatus=1
ProcStop dt=14
EventBatch gen=1 m=52 time=1000 size=1
ProcStatus dt=5 p=2 pstatus=1
GoStatus dt=1 g=3 m=52 gstatus=2
GoSyscallBegin dt=1 p_seq=1 stack=1
ProcStart dt=200 p=2 p_seq=3
GoSyscallEndBlocked dt=1
GoStart dt=1 g=3 g_seq=1
)" + std::string(kTables),
                  [](uint64_t) {
                    TraceFacts::FromPort port;
                    port.follows = true;
                    facts::Fact f;
                    std::string text, why;
                    EXPECT_TRUE(facts::FromText("5 started g=3 rule=ring certainty=inferred", f, text, why));
                    port.facts.push_back(f);
                    return port;
                  }),
            R"(1001 procs m=50 n=1
1001 proc m=50 p=0 how=running
1002 found g=1 m=50 p=0 how=running
1003 found g=4 how=parked
1004 procs m=51 n=2
1004 proc m=51 p=1 how=running
1005 procs m=52 n=3
1005 proc m=52 p=2 how=running
1006 found g=3 m=52 p=2 how=running
1007 named g=3 m=52 p=2 "main.main"
1007 stopped g=3 m=52 p=2 how=call
1007 proc m=52 p=2 how=syscall
1012 world by=1 m=50 p=0 how=stops "GC sweep termination"
1018 proc p=1 how=held
1022 proc p=2 how=held
1122 world m=50 p=0 how=goes
1207 proc m=52 p=2 how=running
1208 ready g=3 m=52 p=2 how=callend
1209 started g=3 m=52 p=2 rule=aftercall
)");
}

// Who has been to another P since is not kicked out of a runnext.
TEST(TraceFacts, NextElsewhere) {
  EXPECT_EQ(Alone(R"(EventBatch gen=1 m=50 time=1000 size=1
ProcStatus dt=1 p=0 pstatus=1
GoStatus dt=1 g=1 m=50 gstatus=2
GoCreate dt=10 new_g=2 new_stack=2 stack=1
GoCreate dt=100 new_g=3 new_stack=2 stack=1
EventBatch gen=1 m=51 time=1000 size=1
ProcStatus dt=3 p=1 pstatus=1
GoStart dt=20 g=2 g_seq=1
GoBlock dt=10 reason_string=8 stack=2
GoUnblock dt=10 g=2 g_seq=2 stack=0
)" + std::string(kTables)),
            R"(1001 procs m=50 n=1
1001 proc m=50 p=0 how=running
1002 found g=1 m=50 p=0 how=running
1003 procs m=51 n=2
1003 proc m=51 p=1 how=running
1012 named g=1 m=50 p=0 "main.main"
1012 made g=2 by=1 m=50 p=0 "main.worker"
1012 ready g=2 by=1 m=50 p=0 how=created
1012 laid g=2 m=50 p=0 place=runnext
1023 started g=2 m=51 p=1 rule=unknown certainty=open
1033 stopped g=2 m=51 p=1 how=blocked "sleep"
1043 ready g=2 m=51 p=1 how=timer
1043 laid g=2 m=51 p=1 place=runnext
1112 made g=3 by=1 m=50 p=0 "main.worker"
1112 ready g=3 by=1 m=50 p=0 how=created
1112 laid g=3 m=50 p=0 place=runnext
)");
}

// What a port knows takes the place of what the trace lets one guess.
TEST(TraceFacts, WithAPort) {
  int event = 0;
  const std::string lines = Facts(R"(EventBatch gen=1 m=50 time=1000 size=1
ProcStatus dt=1 p=0 pstatus=1
GoStatus dt=1 g=1 m=50 gstatus=2
GoCreate dt=10 new_g=2 new_stack=2 stack=1
GoBlock dt=10 reason_string=4 stack=1
GoStart dt=10 g=2 g_seq=1
)" + std::string(kTables),
                                  [&](uint64_t) {
                                    TraceFacts::FromPort port;
                                    port.follows = true;
                                    facts::Fact f;
                                    std::string text, why;
                                    auto says = [&](const char* line) {
                                      EXPECT_TRUE(facts::FromText(line, f, text, why)) << why;
                                      port.facts.push_back(f);
                                    };
                                    switch (event++) {
                                      case 2:
                                        says("5 laid g=2 m=0 p=0 place=ring position=7 certainty=inferred");
                                        says("5 stopped g=1 m=0 p=0 how=blocked");
                                        says("5 given p=3 m=9 how=new certainty=inferred");
                                        break;
                                      case 4:
                                        says("5 moved p=0 p2=0 n=1 place=ring");
                                        says("5 started g=2 m=0 p=0 rule=ring place=ring certainty=inferred");
                                        break;
                                    }
                                    return port;
                                  });
  EXPECT_EQ(lines, R"(1001 procs m=50 n=1
1001 proc m=50 p=0 how=running
1002 found g=1 m=50 p=0 how=running
1012 named g=1 m=50 p=0 "main.main"
1012 made g=2 by=1 m=50 p=0 "main.worker"
1012 ready g=2 by=1 m=50 p=0 how=created
1012 laid g=2 p=0 place=ring position=7 certainty=inferred
1012 given p=3 how=woken certainty=inferred
1022 stopped g=1 m=50 p=0 how=blocked "chan receive"
1032 moved p=0 p2=0 n=1 place=ring
1032 started g=2 m=50 p=0 place=ring rule=ring certainty=inferred
)");
}

}  // namespace
}  // namespace conformance
