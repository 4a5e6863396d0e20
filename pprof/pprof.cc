// Profiles as pprof reads them: Go's runtime/pprof (pprof.go, proto.go, protobuf.go, label.go).
//
// The format is a message of protobuf, profile.proto of github.com/google/pprof. What little of that encoding it takes
// stands here: numbers in groups of seven bits, and fields that say how long they are. Strings are numbered; a location
// is an address with its functions, the innermost first, since the compiler puts some into others.
#include "pprof/pprof.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <system_error>

#include "api/chan.h"
#include "api/go.h"
#include "api/select.h"
#include "runtime/boundary.h"
#include "runtime/cpuprof.h"
#include "runtime/mprof_decl.h"
#include "runtime/proc_decl.h"
#include "runtime/symtab.h"
#include "runtime/traceback.h"
#include "time/sleep.h"

namespace gort::pprof {

namespace {

// ---- protobuf.go

class Message {
 public:
  void number(int field, uint64_t v) {
    if (v == 0) return;
    varint(static_cast<uint64_t>(field) << 3);
    varint(v);
  }
  void text(int field, std::string_view s) {
    varint(static_cast<uint64_t>(field) << 3 | 2);
    varint(s.size());
    out_ += s;
  }
  void message(int field, const Message& m) { text(field, m.out_); }
  void numbers(int field, const std::vector<uint64_t>& values) {
    Message packed;
    for (uint64_t v : values) packed.varint(v);
    message(field, packed);
  }
  std::string take() { return std::move(out_); }

 private:
  void varint(uint64_t v) {
    for (; v >= 128; v >>= 7) out_ += static_cast<char>(v | 128);
    out_ += static_cast<char>(v);
  }
  std::string out_;
};

// ---- label.go. Sets of labels are never freed, since a signal's handler may have one; equal ones are one.

struct LabelSet {
  std::map<std::string, std::string> of;
  bool operator<(const LabelSet& other) const { return of < other.of; }
};

LabelSet* intern(LabelSet set) {
  static std::mutex mu;
  static auto* all = new std::set<LabelSet>;
  std::lock_guard<std::mutex> held(mu);
  return const_cast<LabelSet*>(&*all->insert(std::move(set)).first);
}

// ---- proto.go

// Numbers of the fields.
enum { kSampleType = 1, kSample, kMapping, kLocation, kFunction, kStrings, kTime = 9, kDuration, kPeriodType, kPeriod };

class Builder {
 public:
  // What is counted, and the unit of the second value.
  Builder(std::string_view counted, std::string_view what, std::string_view unit) {
    string("");
    type(kSampleType, counted, "count");
    if (!what.empty()) type(kSampleType, what, unit);
    values_ = what.empty() ? 1 : 2;
  }

  void period(std::string_view what, std::string_view unit, uint64_t n) {
    type(kPeriodType, what, unit);
    out_.number(kPeriod, n);
  }
  void duration(int64_t start_unix_ns, int64_t ns) {
    out_.number(kTime, static_cast<uint64_t>(start_unix_ns));
    out_.number(kDuration, static_cast<uint64_t>(ns));
  }

  // Samples of one stack and one set of labels are added up.
  void add(const runtime::profileRecord& r) {
    Key key{{r.pcs, r.pcs + r.n}, static_cast<const LabelSet*>(r.labels)};
    auto& sum = samples_[key];
    sum.first += r.count;
    sum.second += r.ns;
  }
  void scaleSeconds(double ns_each) {
    for (auto& [key, sum] : samples_) sum.second = sum.first * ns_each;
  }

  std::string finish() {
    for (const auto& [key, sum] : samples_) {
      Message m;
      std::vector<uint64_t> locations, values{static_cast<uint64_t>(sum.first + 0.5)};
      for (uintptr_t pc : key.first) locations.push_back(location(pc));
      if (values_ == 2) values.push_back(static_cast<uint64_t>(sum.second + 0.5));
      m.numbers(1, locations);
      m.numbers(2, values);
      if (key.second != nullptr) {
        for (const auto& [name, value] : key.second->of) {
          Message label;
          label.number(1, string(name));
          label.number(2, string(value));
          m.message(3, label);
        }
      }
      out_.message(kSample, m);
    }
    for (const std::string* s : strings_) out_.text(kStrings, *s);
    return out_.take();
  }

 private:
  using Key = std::pair<std::vector<uintptr_t>, const LabelSet*>;

  void type(int field, std::string_view what, std::string_view unit) {
    Message m;
    m.number(1, string(what));
    m.number(2, string(unit));
    out_.message(field, m);
  }

  uint64_t string(std::string_view s) {
    auto [it, fresh] = numbers_.try_emplace(std::string(s), strings_.size());
    if (fresh) strings_.push_back(&it->first);
    return it->second;
  }

  uint64_t function(std::string_view name, std::string_view file) {
    auto [it, fresh] = functions_.try_emplace({string(name), string(file)}, functions_.size() + 1);
    if (fresh) {
      Message m;
      m.number(1, it->second);
      m.number(2, it->first.first);
      m.number(3, it->first.first);
      m.number(4, it->first.second);
      out_.message(kFunction, m);
    }
    return it->second;
  }

  // pc is a return address.
  uint64_t location(uintptr_t pc) {
    auto [it, fresh] = locations_.try_emplace(pc, locations_.size() + 1);
    if (!fresh) return it->second;
    Message m;
    m.number(1, it->second);
    m.number(3, pc - 1);
    auto name = std::make_unique<char[]>(kName);
    auto at = std::make_unique<runtime::fileLine>();
    for (runtime::inlineUnwinder iu(pc - 1); iu.valid(); iu.next()) {
      const std::string function_name(runtime::bareName(iu.name(name.get(), kName)));
      iu.fileLine(at.get());
      Message line;
      line.number(1, function(function_name, at->file));
      line.number(2, static_cast<uint64_t>(at->line > 0 ? at->line : 0));
      m.message(4, line);
    }
    out_.message(kLocation, m);
    return it->second;
  }

  static constexpr int kName = 1024;
  Message out_;
  int values_;
  std::map<Key, std::pair<double, double>> samples_;
  std::map<std::string, uint64_t> numbers_;
  std::vector<const std::string*> strings_;
  std::map<std::pair<uint64_t, uint64_t>, uint64_t> functions_;
  std::map<uintptr_t, uint64_t> locations_;
};

bool writeAll(int fd, std::string_view s) {
  while (!s.empty()) {
    const ssize_t n = write(fd, s.data(), s.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    s.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

int create(const std::string& path) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
  return fd;
}

int64_t unixTime() {
  timespec t;
  clock_gettime(CLOCK_REALTIME, &t);
  return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

// ---- The profile of the processors' time: one at a time.

struct CPUProfile {
  int fd;
  int hz;
  int64_t start;
  Builder out{"samples", "cpu", "nanoseconds"};
  uint64_t lost = 0;
  Chan<void> stop{0};
  Chan<void> stopped{0};

  void drain() {
    lost += runtime::readCPUProfile([this](const runtime::profileRecord& r) { out.add(r); });
  }
  // A goroutine.
  void collect() {
    for (bool over = false; !over;) {
      select(recv(stop, [&] { over = true; }), recv(time::After(std::chrono::milliseconds(100))));
      drain();
    }
    stopped.close();
  }
};

std::mutex cpu_mu;
CPUProfile* cpu;  // under cpu_mu

}  // namespace

bool StartCPUProfile(const std::string& path, int hz) {
  if (hz < 1 || hz > 10000) throw std::invalid_argument("pprof: not a number of samples a second");
  {
    std::lock_guard<std::mutex> held(cpu_mu);
    if (cpu != nullptr) return false;
  }
  const int fd = create(path);
  auto p = std::make_unique<CPUProfile>(CPUProfile{fd, hz, unixTime()});
  {
    std::lock_guard<std::mutex> held(cpu_mu);
    if (cpu != nullptr) {
      close(fd);
      return false;
    }
    cpu = p.get();
  }
  p->drain();  // what an earlier one left
  p->lost = 0;
  p->out = Builder("samples", "cpu", "nanoseconds");
  {
    runtime::fromProgram here;
    runtime::startCPUProfile(hz);
  }
  go([p = p.release()] { p->collect(); });
  return true;
}

bool StopCPUProfile() {
  std::unique_ptr<CPUProfile> p;
  {
    std::lock_guard<std::mutex> held(cpu_mu);
    p.reset(std::exchange(cpu, nullptr));
  }
  if (p == nullptr) return false;
  {
    runtime::fromProgram here;
    runtime::stopCPUProfile();
  }
  p->stop.close();
  p->stopped.recv();
  p->drain();
  const auto each = static_cast<uint64_t>(1'000'000'000 / p->hz);
  p->out.scaleSeconds(static_cast<double>(each));
  p->out.period("cpu", "nanoseconds", each);
  p->out.duration(p->start, unixTime() - p->start);
  const bool all = writeAll(p->fd, p->out.finish());
  return close(p->fd) == 0 && all && p->lost == 0;
}

void SetBlockProfileRate(int nanoseconds) {
  __atomic_store_n(&runtime::blockprofilerate, nanoseconds > 0 ? static_cast<uint64_t>(nanoseconds) : 0,
                   __ATOMIC_RELAXED);
}

int SetMutexProfileFraction(int n) {
  if (n < 0) return static_cast<int>(__atomic_load_n(&runtime::mutexprofilerate, __ATOMIC_RELAXED));
  return static_cast<int>(
      __atomic_exchange_n(&runtime::mutexprofilerate, static_cast<uint64_t>(n), __ATOMIC_RELAXED));
}

std::string Profile(std::string_view name) {
  if (name == "goroutine") {
    // The world stands still while they are read: nothing may be allocated then.
    struct Copy {
      int n;
      const void* labels;
      uintptr_t pcs[32];
    };
    std::vector<Copy> all;
    size_t seen = 1;
    while (seen > all.size()) {
      all.resize(seen + seen / 8 + 64);
      seen = 0;
      runtime::readGoroutineProfile([&](const runtime::profileRecord& r) {
        if (seen < all.size()) {
          Copy& c = all[seen];
          c.n = r.n;
          c.labels = r.labels;
          std::memcpy(c.pcs, r.pcs, static_cast<size_t>(r.n) * sizeof(uintptr_t));
        }
        seen++;
      });
    }
    Builder out("goroutine", "", "");
    for (size_t i = 0; i < seen; i++) out.add({all[i].pcs, all[i].n, 1, 0, all[i].labels});
    out.period("goroutine", "count", 1);
    return out.finish();
  }
  const bool block = name == "block";
  if (!block && name != "mutex") throw std::invalid_argument("pprof: no profile \"" + std::string(name) + "\"");
  Builder out("contentions", "delay", "nanoseconds");
  runtime::readBlockProfile(block ? runtime::bucketType::block : runtime::bucketType::mutex,
                            [&](const runtime::profileRecord& r) { out.add(r); });
  out.period("contentions", "count", 1);
  return out.finish();
}

void WriteProfile(std::string_view name, const std::string& path) {
  const std::string profile = Profile(name);
  const int fd = create(path);
  const bool all = writeAll(fd, profile);
  const int err = errno;
  if (close(fd) != 0 || !all) throw std::system_error(err, std::generic_category(), path);
}

WithLabels::WithLabels(const Labels& labels) {
  runtime::fromProgram here;
  runtime::g* gp = runtime::getg();
  before_ = gp->labels;
  LabelSet set;
  if (before_ != nullptr) set = *static_cast<LabelSet*>(before_);
  for (const auto& [name, value] : labels) set.of[name] = value;
  gp->labels = intern(std::move(set));
}

WithLabels::~WithLabels() {
  runtime::fromProgram here;
  runtime::getg()->labels = before_;
}

}  // namespace gort::pprof
