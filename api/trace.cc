// Public names of the tracer.
#include "api/trace.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>

#include "runtime/boundary.h"
#include "runtime/proc_decl.h"
#include "runtime/seam.h"
#include "runtime/trace.h"
#include "runtime/traceoutput.h"

namespace gort::trace {

namespace {

constexpr int kOpenFlags = O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC;

std::atomic<uint64_t> last_task{0};

// What Start(path) opened, for Stop to close; -1: nothing.
std::atomic<int> own_fd{-1};

int Open(const std::string& path) {
  const int fd = open(path.c_str(), kOpenFlags, 0666);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), path);
  return fd;
}

bool StartAt(int fd, const char* name) {
  runtime::fromProgram here;
  return runtime::traceToFile(fd, name);
}

}  // namespace

bool Start(const std::string& path) {
  const int fd = Open(path);
  if (!StartAt(fd, path.c_str())) {
    close(fd);
    return false;
  }
  own_fd = fd;
  return true;
}

bool Start(int fd) { return StartAt(fd, ("fd " + std::to_string(fd)).c_str()); }

bool Stop() {
  bool ok;
  {
    runtime::fromProgram here;
    ok = runtime::traceStopOutput();
  }
  if (const int fd = own_fd.exchange(-1); fd >= 0 && close(fd) != 0) ok = false;
  return ok;
}

bool IsEnabled() { return runtime::traceEnabled(); }

void SampleCPU(int hz) {
  runtime::fromProgram here;
  runtime::setcpuprofilerate(hz);
}

FlightRecorder::FlightRecorder(Options options) : options_(std::move(options)) {}
FlightRecorder::FlightRecorder() : FlightRecorder(Options()) {}
FlightRecorder::~FlightRecorder() { Stop(); }

bool FlightRecorder::Start() {
  runtime::fromProgram here;
  if (running_) return false;
  running_ = runtime::traceToMemory(static_cast<int64_t>(options_.seconds * 1e9), options_.max_bytes);
  if (running_) runtime::traceAtFatalTo(options_.at_fatal.c_str());
  return running_;
}

void FlightRecorder::WriteTo(const std::string& path) {
  const int fd = Open(path);
  struct Close {
    int fd;
    ~Close() { close(fd); }
  } closing{fd};
  WriteTo(fd);
}

void FlightRecorder::WriteTo(int fd) {
  int error = EINVAL;
  if (running_) {
    runtime::fromProgram here;
    error = runtime::traceWriteTo(fd);
  }
  if (error != 0) throw std::system_error(error, std::generic_category(), "flight recorder");
}

void FlightRecorder::Stop() {
  if (!running_) return;
  runtime::fromProgram here;
  running_ = false;
  runtime::traceAtFatalTo(nullptr);
  runtime::traceStopOutput();
}

Task::Task(std::string_view kind, const Task* parent) : id_(++last_task) {
  if (!IsEnabled()) return;
  runtime::fromProgram here;
  runtime::trace_userTaskCreate(id_, parent != nullptr ? parent->id_ : 0, kind);
}

void Task::End() {
  if (std::exchange(ended_, true) || !IsEnabled()) return;
  runtime::fromProgram here;
  runtime::trace_userTaskEnd(id_);
}

Region::Region(std::string_view kind, const Task* task) : task_(task != nullptr ? task->id() : 0) {
  if (!IsEnabled()) return;
  kind_ = kind;
  runtime::fromProgram here;
  runtime::trace_userRegion(task_, true, kind);
}

Region::~Region() {
  if (kind_.empty()) return;
  runtime::fromProgram here;
  runtime::trace_userRegion(task_, false, kind_);
}

// GORT_TRACE and GORT_TRACE_LAST: see trace.h.
void FromEnvironment() {
  const char* path = std::getenv("GORT_TRACE");
  if (path == nullptr || *path == 0) return;
  const char* last = std::getenv("GORT_TRACE_LAST");
  double seconds = 0;
  if (last != nullptr) {
    char* end;
    seconds = std::strtod(last, &end);
    if (*last == 0 || *end != 0 || !(seconds > 0) || seconds > 1e9) {
      std::fprintf(stderr, "gort: GORT_TRACE_LAST=%s: not a number of seconds\n", last);
      runtime::exit(2);
    }
  }
  if (const char* rate = std::getenv("GORT_TRACE_CPU"); rate != nullptr) {
    char* end;
    const long hz = std::strtol(rate, &end, 10);
    if (*rate == 0 || *end != 0 || hz < 1 || hz > 10000) {
      std::fprintf(stderr, "gort: GORT_TRACE_CPU=%s: not a number of samples a second\n", rate);
      runtime::exit(2);
    }
    SampleCPU(static_cast<int>(hz));
  }
  const int fd = open(path, kOpenFlags, 0666);
  if (fd < 0) {
    std::fprintf(stderr, "gort: GORT_TRACE=%s: %s\n", path, std::strerror(errno));
    runtime::exit(2);
  }
  if (last == nullptr) {
    StartAt(fd, path);
    own_fd = fd;
    return;
  }
  close(fd);
  runtime::fromProgram here;
  runtime::traceToMemory(static_cast<int64_t>(seconds * 1e9), ~size_t{0});
  runtime::traceAtEndTo(path);
}

void Log(std::string_view category, std::string_view message, const Task* task) {
  if (!IsEnabled()) return;
  runtime::fromProgram here;
  runtime::trace_userLog(task != nullptr ? task->id() : 0, category, message);
}

}  // namespace gort::trace
