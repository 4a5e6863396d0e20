// Starts the program that makes the facts, and reads them as they come. What it says on standard error goes to a file
// in memory: the first line is why it ended early.
#include "conformance/fact_source.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "conformance/children.h"
#include "worlds/facts/stream.h"

namespace conformance {
namespace {

constexpr std::string_view kLogMagic = "gort.slog";
constexpr std::string_view kTraceMagic = "go 1.";

// A file that can be read twice, and by the child. -1: errno says why.
int OpenAgain(const std::string& path) {
  const int fd = path == "-" ? dup(STDIN_FILENO) : open(path.c_str(), O_RDONLY);
  if (fd < 0) return -1;
  struct stat info;
  if (fstat(fd, &info) != 0) return -1;
  if (S_ISDIR(info.st_mode)) {
    close(fd);
    errno = EISDIR;
    return -1;
  }
  if (S_ISREG(info.st_mode)) return fd;
  const int copy = memfd_create("gort explain", 0);
  char buffer[65536];
  for (;;) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 || copy < 0) {
      close(fd);
      return -1;
    }
    if (n == 0) break;
    WriteAll(copy, buffer, static_cast<size_t>(n));
  }
  close(fd);
  return copy;
}

std::string AllOf(int fd) {
  std::string text;
  char buffer[4096];
  lseek(fd, 0, SEEK_SET);
  for (ssize_t n; (n = read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(n));
  return text;
}

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

}  // namespace

FactsEnd ReadFacts(const std::string& path,
                   const std::function<void(const facts::Fact& fact, std::string_view text)>& put) {
  FactsEnd end;
  const std::string shown = path == "-" ? "standard input" : path;
  auto unreadable = [&](const std::string& why) {
    end.outcome = FactsEnd::kUnreadable;
    end.why = absl::StrCat(shown, ": ", why);
    return end;
  };
  const int file = OpenAgain(path);
  if (file < 0) return unreadable(std::strerror(errno));
  char magic[16] = {};
  const ssize_t n = pread(file, magic, sizeof magic, 0);
  const std::string_view begins(magic, static_cast<size_t>(n > 0 ? n : 0));
  end.trace = begins.starts_with(kTraceMagic);
  if (!end.trace && !begins.starts_with(kLogMagic)) {
    close(file);
    return unreadable("byte 0: neither a schedlog nor an execution trace");
  }

  std::error_code error;
  const auto here = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const std::string program = here / (end.trace ? "facts_of_trace" : "facts_of_log");
  // The child opens it by itself, under the name that it has if it has one: it stands in what it says.
  struct stat info;
  const bool named = path != "-" && stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
  const std::string input = named ? path : absl::StrCat("/dev/fd/", file);
  int fds[2];
  const int said = memfd_create("gort explain: stderr", MFD_CLOEXEC);
  if (said < 0 || pipe2(fds, O_CLOEXEC) != 0) return unreadable(std::strerror(errno));
  const pid_t parent = getpid();
  const pid_t pid = fork();
  if (pid < 0) return unreadable(std::strerror(errno));
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    lseek(file, 0, SEEK_SET);
    dup2(fds[1], STDOUT_FILENO);
    dup2(said, STDERR_FILENO);
    execl(program.c_str(), program.c_str(), input.c_str(), nullptr);
    dprintf(STDERR_FILENO, "cannot start %s: %s\n", program.c_str(), std::strerror(errno));
    _exit(127);
  }
  close(fds[1]);
  facts::Reader reader(fds[0]);
  facts::Fact fact;
  std::string text;
  bool any = false;
  while (reader.Next(fact, text)) {
    any = true;
    put(fact, text);
  }
  close(fds[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  std::string why = FirstLine(AllOf(said));
  close(said);
  close(file);
  if (!named) why = absl::StrReplaceAll(why, {{input, shown}});
  if (status == 0) return end;
  if (why.empty()) why = absl::StrCat(shown, ": ", WhyEnded(status));
  end.why = why;
  end.outcome = any ? FactsEnd::kCut : FactsEnd::kUnreadable;
  return end;
}

}  // namespace conformance
