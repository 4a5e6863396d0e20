// Children.
//
// posix_spawn makes them: a child that shares our memory until it runs its program, with all signals blocked, so
// nothing of the runtime's can happen in it. Go does the same by hand (forkExec), for lack of a libc.
//
// Its end is waited for through a pidfd, which becomes readable then: the network poller watches it like a socket, and
// no thread sits in waitpid. Where the kernel has none that does not block (before Linux 5.10) a thread does.
#include "os/exec/exec.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "api/errno.h"
#include "api/go.h"
#include "api/runtime.h"
#include "api/select.h"
#include "io/io.h"
#include "sync/waitgroup.h"
#include "syscall/syscall.h"

extern char** environ;

namespace gort::os::exec {

namespace {

constinit const errors::Sentinel notFound("executable file not found in $PATH", errors::Code::NotFound);

class ExecError final : public error::Value {
 public:
  ExecError(std::string_view name, error err) : name_(name), err_(std::move(err)) {}
  std::string Error() const override { return "exec: \"" + name_ + "\": " + err_.Error(); }
  error Unwrap() const override { return err_; }

 private:
  std::string name_;
  error err_;
};

bool isExecutable(const std::string& path) {
  struct stat st;
  return ::stat(path.c_str(), &st) == 0 && !S_ISDIR(st.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> p;
  for (const std::string& t : texts) p.push_back(const_cast<char*>(t.c_str()));
  p.push_back(nullptr);
  return p;
}

}  // namespace

constinit const error ErrNotFound = error::Named(&notFound);

int ExitError::ExitCode() const { return WIFEXITED(Status) ? WEXITSTATUS(Status) : -1; }
int ExitError::Signal() const { return WIFSIGNALED(Status) ? WTERMSIG(Status) : 0; }
std::string ExitError::Error() const {
  if (WIFEXITED(Status)) return "exit status " + std::to_string(WEXITSTATUS(Status));
  std::string s = "signal: ";
  const char* name = sigdescr_np(WTERMSIG(Status));
  std::string text = name != nullptr ? name : std::to_string(WTERMSIG(Status));
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return s + text + (WCOREDUMP(Status) ? " (core dumped)" : "");
}

Result<std::string> LookPath(std::string_view name) {
  std::string file(name);
  if (file.find('/') != file.npos) {
    if (isExecutable(file)) return file;
    return error(new ExecError(name, error(::access(file.c_str(), F_OK) != 0 ? ENOENT : EACCES)));
  }
  const char* path = getenv("PATH");
  std::string_view rest = path != nullptr ? path : "";
  while (!rest.empty()) {
    std::string_view dir = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), dir.size() + 1));
    std::string full = std::string(dir.empty() ? "." : dir) + "/" + file;
    if (isExecutable(full)) return full;
  }
  return error(new ExecError(name, ErrNotFound));
}

Cmd Command(std::string name, std::vector<std::string> args) {
  return CommandContext(context::Background(), std::move(name), std::move(args));
}

Cmd CommandContext(const context::Context& ctx, std::string name, std::vector<std::string> args) {
  Cmd cmd;
  cmd.ctx_ = ctx;
  cmd.Path = name;
  if (name.find('/') == name.npos) {
    auto found = LookPath(name);
    if (found) cmd.Path = *found;
    cmd.lookErr_ = found.error();
  }
  cmd.Args.push_back(std::move(name));
  for (auto& a : args) cmd.Args.push_back(std::move(a));
  return cmd;
}

Result<os::File> Cmd::pipe(os::File& childs, bool toChild) {
  if (childs) return errors::New("exec: descriptor already set");
  if (pid_ != 0) return errors::New("exec: pipe after process started");
  auto p = os::Pipe();
  if (!p) return p.error();
  auto& [reads, writes] = *p;
  os::File mine = toChild ? writes : reads;
  childs = toChild ? reads : writes;
  // The child's end is an ordinary one.
  (void)childs.Control([](int fd) { ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) & ~O_NONBLOCK); });
  childEnds_.push_back(childs);
  parentEnds_.push_back(mine);
  return mine;
}

Result<os::File> Cmd::StdinPipe() { return pipe(Stdin, true); }
Result<os::File> Cmd::StdoutPipe() { return pipe(Stdout, false); }
Result<os::File> Cmd::StderrPipe() { return pipe(Stderr, false); }

error Cmd::Start() {
  auto closeAll = [](std::vector<os::File>& files) {
    for (os::File& f : files) (void)f.Close();
    files.clear();
  };
  auto failed = [&](error err) {
    closeAll(childEnds_);
    closeAll(parentEnds_);
    return err;
  };
  if (pid_ != 0) return errors::New("exec: already started");
  if (lookErr_) return failed(lookErr_);
  if (error ended = ctx_.Err()) return failed(ended);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_t attr;
  posix_spawnattr_init(&attr);
  // High up first, so that none overwrites another one.
  const os::File* files[3] = {&Stdin, &Stdout, &Stderr};
  std::vector<int> copies;
  error err;
  for (int i = 0; i < 3 && !err; i++) {
    // By the kernel's calls, as it is closed: ThreadSanitizer keeps a list of descriptors by libc's.
    std::intptr_t from = *files[i] ? files[i]->Fd()
                                   : syscall::Syscall(SYS_openat, AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC, 0);
    std::intptr_t high = from < 0 ? from : syscall::RawSyscall(SYS_fcntl, from, F_DUPFD_CLOEXEC, 3);
    if (high < 0) err = error(syscall::Errno(high));
    if (!*files[i] && from >= 0) syscall::RawSyscall(SYS_close, from);
    if (high < 0) break;
    copies.push_back(static_cast<int>(high));
    posix_spawn_file_actions_adddup2(&actions, high, i);
  }
  if (!Dir.empty()) posix_spawn_file_actions_addchdir_np(&actions, Dir.c_str());
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attr, &none);
  posix_spawnattr_setsigdefault(&attr, &all);
  posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::vector<char*> argv = pointers(Args), envp;
  if (Env) envp = pointers(*Env);
  pid_t pid = 0;
  if (!err) {
    int rc = Blocking([&] {
      return posix_spawn(&pid, Path.c_str(), &actions, &attr, argv.data(), Env ? envp.data() : environ);
    });
    if (rc != 0) err = error(new os::PathError("fork/exec", Path, error(rc)));
  }
  // Not libc's close, the only one that ThreadSanitizer knows of: others close without it, and it would take two owners
  // of one number for one.
  for (int fd : copies) syscall::RawSyscall(SYS_close, fd);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attr);
  if (err) return failed(err);
  pid_ = pid;
  std::intptr_t fd = syscall::RawSyscall(SYS_pidfd_open, pid, O_NONBLOCK);
  if (fd >= 0) ended_ = os::NewFile(static_cast<int>(fd), "pidfd");
  closeAll(childEnds_);
  return {};
}

error Cmd::Signal(int sig) {
  if (pid_ == 0) return errors::New("exec: not started");
  if (waited_) return error(ESRCH);
  return error(::kill(pid_, sig) < 0 ? errno : 0);
}

error Cmd::Wait() {
  if (pid_ == 0) return errors::New("exec: not started");
  if (waited_) return errors::New("exec: Wait was already called");
  // Killed when the context ends; nobody kills a process that has been waited for.
  Chan<void> done(0), watched(0);
  error ended;
  if (RecvChan<void> ctxDone = ctx_.Done()) {
    go([&, ctxDone] {
      select(recv(ctxDone,
                  [&] {
                    if (::kill(pid_, SIGKILL) == 0) ended = ctx_.Err();
                  }),
             recv(done));
      watched.close();
    });
  } else {
    watched.close();
  }
  siginfo_t info{};
  int status = 0;
  if (ended_) {
    // Readable, and nothing to read: the poller tells when.
    (void)ended_.RawRead([&](int) {
      return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
    });
  } else {
    while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
  }
  done.close();
  watched.recv();
  ::waitpid(pid_, &status, 0);
  waited_ = true;
  (void)ended_.Close();
  for (os::File& f : parentEnds_) (void)f.Close();
  parentEnds_.clear();
  if (ended) return ended;
  if (status != 0) return error(new ExitError(status, ""));
  return {};
}

error Cmd::Run() {
  if (error err = Start()) return err;
  return Wait();
}

Result<std::string> Cmd::Output() {
  auto out = StdoutPipe();
  if (!out) return out.error();
  Result<os::File> err = Stderr ? Result<os::File>(os::File()) : StderrPipe();
  if (!err) return err.error();
  if (error e = Start()) return e;
  std::string complaint;
  sync::WaitGroup reading;
  if (*err) {
    reading.Add(1);
    go([&] {
      complaint = io::ReadAll(*err).partial();
      reading.Done();
    });
  }
  std::string text = io::ReadAll(*out).partial();
  reading.Wait();
  error e = Wait();
  if (auto* exit = errors::As<ExitError>(e)) e = error(new ExitError(exit->Status, std::move(complaint)));
  if (e) return {std::move(text), e};
  return text;
}

Result<std::string> Cmd::CombinedOutput() {
  auto out = StdoutPipe();
  if (!out) return out.error();
  if (Stderr) return errors::New("exec: descriptor already set");
  Stderr = Stdout;
  if (error e = Start()) return e;
  std::string text = io::ReadAll(*out).partial();
  if (error e = Wait()) return {std::move(text), e};
  return text;
}

}  // namespace gort::os::exec
