// How fast logs are read and written, in records a second on one core.
#include <benchmark/benchmark.h>

#include <string>

#include "conformance/schedlog/reader.h"
#include "conformance/schedlog/sample.h"
#include "conformance/schedlog/writer.h"

namespace schedlog {
namespace {

// A goroutine hands over to another and back, on each of two Ms: what busy logs are full of.
SampleLog HandOver(int64_t rounds) {
  SampleLog log = MakeSample(0);
  for (int64_t i = 0; i < rounds; i++) {
    const uint32_t m = static_cast<uint32_t>(i / 16 % 2);
    const int64_t g = 7 + i % 2;
    log.records.push_back({6, m, {m + 1, g, 15 - g, 1}});
    log.records.push_back({10, m, {g, 1}});
    log.records.push_back({16, m, {g, 1, 2, 1}});
    log.records.push_back({7, m, {1'000'000 + 700 * i}});
    log.records.push_back({16, m, {g, 2, 1, 1}});
  }
  log.end.records = log.records.size();
  return log;
}

void Read(benchmark::State& state, const SampleLog& log) {
  const std::string bytes = SampleBytes(log);
  for (auto _ : state) {
    Reader reader;
    bool good = reader.OpenBytes(bytes).ok();
    Record record;
    while (reader.Next(record)) benchmark::DoNotOptimize(record.a[0]);
    good &= reader.status().ok();
    if (!good) state.SkipWithError("the log is bad");
  }
  const int64_t records = static_cast<int64_t>(log.records.size());
  state.SetItemsProcessed(state.iterations() * records);
  state.counters["bytes/record"] = static_cast<double>(bytes.size()) / static_cast<double>(records);
}

void BM_ReadHandOver(benchmark::State& state) { Read(state, HandOver(200'000)); }
BENCHMARK(BM_ReadHandOver)->Unit(benchmark::kMillisecond);

// Random records: nothing can be predicted.
void BM_ReadNoise(benchmark::State& state) { Read(state, MakeSample(500'000)); }
BENCHMARK(BM_ReadNoise)->Unit(benchmark::kMillisecond);

void BM_WriteHandOver(benchmark::State& state) {
  const SampleLog log = HandOver(100'000);
  const std::string path = TempPath("bench.slog");
  for (auto _ : state) WriteSample(log, path);
  state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(log.records.size()));
}
BENCHMARK(BM_WriteHandOver)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace schedlog

BENCHMARK_MAIN();
