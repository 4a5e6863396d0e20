// gort explain as a program: on logs, traces, and what is neither.
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "trace/kinds.h"
#include "trace/raw.h"

namespace {

using nlohmann::json;

constexpr char kExplain[] = "conformance/gort_explain";
constexpr char kLog[] = "testdata/schedlogs/worker-pool-p2.slog";
constexpr char kSmallLog[] = "testdata/schedlogs/deadlock-p4.slog";
constexpr char kTrace[] = "testdata/guided/mutex-p1.trace";
constexpr char kOthersTrace[] = "testdata/traces/sqlprof-1.23.trace";
constexpr char kMutexTrace[] = "testdata/guided/mutex-p4.trace";

struct Ran {
  int status = -1;
  std::string out, err;
};

std::string Temp(const std::string& name) { return std::string(std::getenv("TEST_TMPDIR")) + "/" + name; }

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream s;
  s << in.rdbuf();
  return s.str();
}

void WriteFile(const std::string& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

Ran Explain(const std::string& args) {
  Ran ran;
  const int status =
      std::system((std::string(kExplain) + " " + args + " >" + Temp("out") + " 2>" + Temp("err")).c_str());
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  ran.out = ReadAll(Temp("out"));
  ran.err = ReadAll(Temp("err"));
  return ran;
}

bool Has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

TEST(Explain, ALog) {
  const Ran ran = Explain(kLog);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(Has(ran.out, "\nrunnable while a P was idle: ")) << ran.out;
  EXPECT_TRUE(Has(ran.out, "a schedlog: all of it is certain")) << ran.out;
  EXPECT_TRUE(Has(ran.out, "\nthe longest waits\nG")) << ran.out;
  EXPECT_FALSE(Has(ran.out, "(inferred)") || Has(ran.out, "(open)"));
  EXPECT_FALSE(Has(ran.out, "is not known from where"));
}

TEST(Explain, JsonAddsUp) {
  for (const char* file : {kLog, kTrace}) {
    const Ran ran = Explain(std::string("--json --worst 25 ") + file);
    ASSERT_EQ(ran.status, 0) << ran.err;
    const json j = json::parse(ran.out);
    EXPECT_EQ(j["file"], file);
    int64_t causes = 0, functions = 0;
    for (const auto& c : j["all"]["causes"]) causes += c["total_ns"].get<int64_t>();
    for (const auto& f : j["functions"]) functions += f["waits"]["total_ns"].get<int64_t>();
    EXPECT_EQ(causes, j["all"]["waits"]["total_ns"]);
    EXPECT_EQ(functions, j["all"]["waits"]["total_ns"]);
    uint64_t rules = 0;
    for (const auto& n : j["rules"]) rules += n.get<uint64_t>();
    EXPECT_EQ(rules, j["all"]["waits"]["count"]);
    ASSERT_EQ(j["worst"].size(), 25u);
    int64_t last = INT64_MAX;
    for (const auto& w : j["worst"]) {
      int64_t parts = 0;
      for (const auto& p : w["parts"]) parts += p["ns"].get<int64_t>();
      EXPECT_EQ(parts, w["wait_ns"]);
      EXPECT_EQ(w["wait_ns"].get<int64_t>(), w["start_ns"].get<int64_t>() - w["ready_ns"].get<int64_t>());
      EXPECT_LE(w["wait_ns"], last);
      last = w["wait_ns"];
    }
  }
}

TEST(Explain, TheSameTwiceAndFromAPipe) {
  const Ran file = Explain(kLog);
  const Ran pipe = Explain(std::string("- <") + kLog);
  EXPECT_EQ(pipe.status, 0) << pipe.err;
  EXPECT_EQ(file.out.substr(file.out.find('\n')), pipe.out.substr(pipe.out.find('\n')));
  const std::string fifo = Temp("fifo");
  ASSERT_EQ(std::system(("mkfifo " + fifo).c_str()), 0);
  ASSERT_EQ(std::system((std::string("cat ") + kTrace + " >" + fifo + " &").c_str()), 0);
  const Ran trace = Explain(fifo);
  EXPECT_EQ(trace.status, 0) << trace.err;
  EXPECT_TRUE(Has(trace.out, "waits between runnable and running")) << trace.out;
}

TEST(Explain, Worst) {
  EXPECT_FALSE(Has(Explain(std::string("--worst 0 ") + kLog).out, "the longest waits"));
  const json j = json::parse(Explain(std::string("--json --worst 3 ") + kLog).out);
  EXPECT_EQ(j["worst"].size(), 3u);
}

TEST(Explain, ALife) {
  const Ran ran = Explain(std::string("-g 1 ") + kSmallLog);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(Has(ran.out, "  made by the runtime on P0, begins with runtime.main\n") ||
              Has(ran.out, "  made on P0, begins with runtime.main\n"))
      << ran.out;
  EXPECT_TRUE(Has(ran.out, "  runs after ")) << ran.out;
  const json j = json::parse(Explain(std::string("--json -g 1 ") + kSmallLog).out);
  EXPECT_EQ(j["g"], 1);
  EXPECT_EQ(j["life"][1]["wait"]["rule"], "runnext");
  const Ran none = Explain(std::string("-g 4000000 ") + kSmallLog);
  EXPECT_EQ(none.status, 2);
  EXPECT_EQ(none.err, std::string("gort explain: ") + kSmallLog + ": there is no goroutine 4000000\n");
}

TEST(Explain, AMoment) {
  const Ran ran = Explain(std::string("--at 100us ") + kSmallLog);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(Has(ran.out, ": at 0.000100 s\nP0 ")) << ran.out;
  EXPECT_TRUE(Has(ran.out, "\nglobal queue")) << ran.out;
  const json j = json::parse(Explain(std::string("--json --at 100us ") + kSmallLog).out);
  EXPECT_EQ(j["state"]["ps"].size(), 4u);
  const Ran late = Explain(std::string("--at 1000s ") + kSmallLog);
  EXPECT_EQ(late.status, 2);
  EXPECT_TRUE(Has(late.err, ": it ends at ")) << late.err;
}

TEST(Explain, AWindow) {
  const json whole = json::parse(Explain(std::string("--json ") + kLog).out);
  const int64_t middle = whole["length_ns"].get<int64_t>() / 2;
  const std::string at = std::to_string(middle) + "ns ";
  const json first = json::parse(Explain("--json --to " + at + kLog).out);
  const json second = json::parse(Explain("--json --from " + at + kLog).out);
  EXPECT_GT(first["all"]["waits"]["count"], 0);
  EXPECT_EQ(first["all"]["waits"]["count"].get<int64_t>() + second["all"]["waits"]["count"].get<int64_t>(),
            whole["all"]["waits"]["count"]);
}

TEST(Explain, ABudget) {
  const std::string good = Temp("good.txt"), broken = Temp("broken.txt"), bad = Temp("bad.txt");
  WriteFile(good, "max wait <= 100s\n");
  WriteFile(broken, "max wait <= 100s\nmax wait <= 1ns\n");
  WriteFile(bad, "max wait <= 100s\nmax sloth <= 1ns\n");
  Ran ran = Explain("--budget " + good + " " + kLog);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(Has(ran.out, "0 of 1 limit broken\n")) << ran.out;
  ran = Explain("--budget " + broken + " " + kLog);
  EXPECT_EQ(ran.status, 1);
  EXPECT_TRUE(Has(ran.out, "1 of 2 limits broken\n")) << ran.out;
  ran = Explain("--json --budget " + broken + " " + kLog);
  EXPECT_EQ(ran.status, 1);
  EXPECT_EQ(json::parse(ran.out)["limits"][1]["kept"], false);
  ran = Explain("--budget " + bad + " " + kLog);
  EXPECT_EQ(ran.status, 2);
  EXPECT_EQ(ran.err, "gort explain: " + bad +
                         ":2: no cause sloth; there are wait, idle and those of docs/explain.md\n");
  ran = Explain("--budget " + Temp("nowhere") + " " + kLog);
  EXPECT_EQ(ran.status, 2);
}

TEST(Explain, Two) {
  const Ran ran = Explain(std::string("--compare ") + kSmallLog + " " + kLog);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_EQ(ran.out.substr(0, ran.out.find('\n')), std::string("A ") + kLog + ", B " + kSmallLog);
  EXPECT_TRUE(Has(ran.out, "causes, the one that grew most first")) << ran.out;
  const json j = json::parse(Explain(std::string("--json --compare ") + kTrace + " " + kLog).out);
  EXPECT_EQ(j["a"]["kind"], "schedlog");
  EXPECT_EQ(j["b"]["kind"], "trace");
}

// What was good before the cut is reported; one line says where it ends.
// Of a page of it.
long Spans(const std::string& args) {
  const Ran ran = Explain("--html " + Temp("page.html") + " " + args);
  EXPECT_EQ(ran.status, 0) << ran.err;
  std::string number;
  for (char c : ran.out.substr(ran.out.find(": ") + 2)) {
    if (c != ',') number += c;
  }
  return std::atol(number.c_str());
}

TEST(Explain, ThePageGoesOnBehindALostPort) {
  // It says that there are two Ps, and starts a third one: with that the port cannot follow.
  gotrace::RawReader raw;
  ASSERT_TRUE(raw.Open(kMutexTrace));
  gotrace::RawPacker packer(raw.version(), true);
  while (raw.Next()) {
    gotrace::RawEvent event = raw.event();
    if (event.kind == gotrace::kProcsChange) event.args[1] = 2;
    packer.Put(event);
  }
  const std::string lost = Temp("lost.trace");
  WriteFile(lost, packer.Take());
  const Ran ran = Explain("--json " + lost);
  EXPECT_TRUE(Has(ran.out, "the port lost its way")) << ran.out;
  const int64_t length = json::parse(ran.out)["length_ns"];
  const std::string later = "--from " + std::to_string(length / 2) + "ns ";
  EXPECT_GT(Spans(later + kMutexTrace), 100);
  EXPECT_GT(Spans(later + lost), Spans(later + kMutexTrace) * 8 / 10);
}

TEST(Explain, CutFiles) {
  const std::string log = ReadAll(kLog), trace = ReadAll("testdata/traces/sqlprof-1.23.trace");
  const std::string cut_log = Temp("cut.slog"), cut_trace = Temp("cut.trace");
  WriteFile(cut_log, log.substr(0, log.size() - 1000));
  WriteFile(cut_trace, trace.substr(0, trace.size() - 1000));
  for (const std::string& file : {cut_log, cut_trace}) {
    const Ran ran = Explain(file);
    EXPECT_EQ(ran.status, 2) << file;
    EXPECT_EQ(ran.err.find("gort explain: " + file + ": byte "), 0u) << ran.err;
    EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << ran.err;
    EXPECT_TRUE(Has(ran.out, "not whole, what was good is reported: " + file + ": byte ")) << ran.out;
    EXPECT_FALSE(Has(ran.out, "\n0 waits between")) << ran.out;
  }
}

TEST(Explain, BadInput) {
  const std::string empty = Temp("empty"), text = Temp("text"), short_log = Temp("short.slog"), old = Temp("old.trace");
  WriteFile(empty, "");
  WriteFile(text, "once upon a time");
  WriteFile(short_log, ReadAll(kLog).substr(0, 100));
  WriteFile(old, std::string("go 1.11 trace\0\0\0", 16));
  const struct {
    std::string args, err;
  } kCases[] = {
      {empty, empty + ": byte 0: neither a schedlog nor an execution trace"},
      {text, text + ": byte 0: neither a schedlog nor an execution trace"},
      {Temp("nowhere"), Temp("nowhere") + ": No such file or directory"},
      {std::getenv("TEST_TMPDIR"), std::string(std::getenv("TEST_TMPDIR")) + ": Is a directory"},
      {"- </dev/null", "standard input: byte 0: neither a schedlog nor an execution trace"},
      {short_log, short_log + ": byte "},
      {old, old + ": byte "},
      {std::string("--compare ") + text + " " + kSmallLog, text + ": byte 0: neither"},
  };
  for (const auto& c : kCases) {
    const Ran ran = Explain(c.args);
    EXPECT_EQ(ran.status, 2) << c.args;
    EXPECT_EQ(ran.out, "") << c.args;
    EXPECT_EQ(ran.err.find("gort explain: " + c.err), 0u) << c.args << ": " << ran.err;
    EXPECT_EQ(ran.err.find('\n'), ran.err.size() - 1) << ran.err;
  }
}

TEST(Explain, Usage) {
  const Ran help = Explain("--help");
  EXPECT_EQ(help.status, 0);
  EXPECT_EQ(help.out.find("usage: gort explain "), 0u);
  const std::string log = kSmallLog;
  const std::string kWrong[] = {
      "",
      "--nonsense " + log,
      "--worst " + log,
      "--worst",
      "-g x " + log,
      "-g 0 " + log,
      "--at soon " + log,
      "--from 2ms --to 1ms " + log,
      "--to 0 " + log,
      log + " " + log,
      "-g 1 --at 1ms " + log,
      "--budget",
      "--compare",
      "--budget " + log + " --compare " + log + " " + log,
  };
  for (const std::string& args : kWrong) {
    const Ran ran = Explain(args);
    EXPECT_EQ(ran.status, 2) << args;
    EXPECT_EQ(ran.out, "") << args;
    EXPECT_TRUE(Has(ran.err, "; 'gort explain --help' tells more\n")) << args << ": " << ran.err;
  }
}

// ---- --what-if

json Model(const std::string& what, const std::string& file) {
  const Ran ran = Explain("--json --what-if " + what + " " + file);
  EXPECT_EQ(ran.status, 0) << ran.err;
  return json::parse(ran.out, nullptr, false);
}

TEST(WhatIf, OtherPs) {
  const json four = Model("procs=4", kMutexTrace), one = Model("procs=1", kMutexTrace);
  EXPECT_EQ(four["is_a_model"], true);
  EXPECT_EQ(four["trace"]["procs"], 4);
  EXPECT_EQ(four["model"]["procs"], 4);
  EXPECT_EQ(four["changed"], four["model"]) << "it is asked for what was";
  EXPECT_EQ(one["model"], four["model"]);
  EXPECT_EQ(one["changed"]["procs"], 1);
  EXPECT_EQ(one["changed"]["idle_ns"], 0) << "the one P has work while somebody waits for it";
  EXPECT_GT(one["changed"]["all"]["total_ns"], four["model"]["all"]["total_ns"]);
  EXPECT_GT(one["changed"]["length_ns"], four["model"]["length_ns"]);
  EXPECT_EQ(one["unfinished"], (json::array({0, 0})));
  // What is counted in all is that of the functions.
  for (const char* column : {"trace", "model", "changed"}) {
    int64_t total = 0;
    for (const json& waits : one[column]["functions"]) total += waits["total_ns"].get<int64_t>();
    EXPECT_EQ(one[column]["all"]["total_ns"], total) << column;
  }
}

TEST(WhatIf, TheTraceIsMeasuredAsInTheReport) {
  for (const char* trace : {kMutexTrace, kOthersTrace}) {
    const Ran ran = Explain(std::string("--json ") + trace);
    const json report = json::parse(ran.out, nullptr, false)["all"], was = Model("procs=2", trace)["trace"];
    EXPECT_EQ(was["all"]["waits"], report["waits"]["count"]) << trace;
    for (const char* field : {"total_ns", "p50_ns", "p99_ns", "max_ns"}) {
      EXPECT_EQ(was["all"][field], report["waits"][field]) << trace << " " << field;
    }
    EXPECT_EQ(was["idle_ns"], report["idle"]["total_ns"]) << trace;
  }
}

TEST(WhatIf, SaysThatItIsAModel) {
  const Ran ran = Explain(std::string("--what-if procs=8 ") + kMutexTrace);
  EXPECT_EQ(ran.status, 0) << ran.err;
  EXPECT_TRUE(Has(ran.out, "what if procs=8? A MODEL")) << ran.out;
  EXPECT_TRUE(Has(ran.out, "in the trace     model, 4 Ps     model, 8 Ps")) << ran.out;
  EXPECT_TRUE(Has(ran.out, "\nhow far to believe it: with the Ps that it had, the model gives")) << ran.out;
}

TEST(WhatIf, WrongQuestions) {
  for (const char* what : {"procs=0", "procs=x", "procs=", "procs=1025", "procs=-1", "more", "a.patch"}) {
    const Ran ran = Explain(std::string("--what-if ") + what + " " + kMutexTrace);
    EXPECT_EQ(ran.status, 2) << what;
    EXPECT_TRUE(Has(ran.err, "gort explain: --what-if ")) << ran.err;
    EXPECT_EQ(ran.out, "");
  }
  EXPECT_EQ(Explain("--what-if").status, 2);
  EXPECT_EQ(Explain("--what-if procs=2 -").status, 2);
  EXPECT_EQ(Explain(std::string("--what-if procs=2 --from 1ms ") + kMutexTrace).status, 2);
  const Ran log = Explain(std::string("--what-if procs=2 ") + kSmallLog);
  EXPECT_EQ(log.status, 2);
  EXPECT_TRUE(Has(log.err, std::string("gort explain: ") + kSmallLog + ": byte 0: ")) << log.err;
}

}  // namespace
