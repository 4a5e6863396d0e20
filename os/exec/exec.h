// Children: Go's package os/exec.
//
//   auto out = exec::Command("git", {"log", "-1"}).Output();
//   if (!out) return out.error();                               // exec: "git": executable file not found in $PATH
//
//   exec::Cmd cmd = exec::CommandContext(ctx, "sort", {"-n"});   // killed when ctx ends
//   auto in = cmd.StdinPipe(), out = cmd.StdoutPipe();
//   if (error err = cmd.Start()) ...
//   io::WriteString(*in, numbers); in->Close();
//   auto sorted = io::ReadAll(*out);
//   if (error err = cmd.Wait()) ...                             // exit status 3
//
// A child that waits for its parent, and a parent that waits for its child, block goroutines only: pipes are waited for
// in the network poller, and the end of a child as the readiness of a descriptor.
//
// A Cmd is used once, by one goroutine at a time. Errors are values; throws std::bad_alloc. Who may call: a goroutine.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "context/context.h"
#include "errors/errors.h"
#include "os/file.h"

namespace gort::os::exec {

extern const error ErrNotFound;  // "executable file not found in $PATH"

// A child that did not end well: "exit status 3", "signal: killed". exec.ExitError.
class ExitError final : public error::Value {
 public:
  explicit ExitError(int status, std::string stderrText) : Status(status), Stderr(std::move(stderrText)) {}
  const int Status;          // as waitpid(2) has it
  const std::string Stderr;  // what it wrote there, if Output ran it
  int ExitCode() const;      // -1: a signal ended it
  int Signal() const;        // 0: none did
  std::string Error() const override;
};

class Cmd {
 public:
  std::string Path;               // what is run, as Command has found it
  std::vector<std::string> Args;  // with its name first
  std::optional<std::vector<std::string>> Env;  // "NAME=value"; none: this process' own
  std::string Dir;                // where it runs; empty: here
  // Its descriptors 0, 1 and 2; none: /dev/null. They stay open here.
  os::File Stdin, Stdout, Stderr;

  // Before Start: this end of a pipe to it or from it. After Wait the file is closed.
  Result<os::File> StdinPipe();
  Result<os::File> StdoutPipe();
  Result<os::File> StderrPipe();

  // Starts it. Its signals are as at the start of a process. It has no descriptors but those, and what this program has
  // opened by hand without O_CLOEXEC. If it cannot be started its pipes are closed. Cmd.Start.
  error Start();
  // Until it has ended; an ExitError if not with 0, or the error of the context. After all reading from its pipes.
  error Wait();
  // Start and Wait. Cmd.Run.
  error Run();
  // What it writes to its standard output, also (partial()) if it did not end well. Cmd.Output; Cmd.CombinedOutput: and
  // to its standard error. An error if that is set already.
  Result<std::string> Output();
  Result<std::string> CombinedOutput();

  // Sends it a signal; ESRCH if it has been waited for.
  error Signal(int sig);
  // 0: not started.
  pid_t Pid() const { return pid_; }

 private:
  friend Cmd CommandContext(const context::Context& ctx, std::string name, std::vector<std::string> args);
  Result<os::File> pipe(os::File& childs, bool toChild);

  context::Context ctx_;
  error lookErr_;
  pid_t pid_ = 0;
  os::File ended_;  // a pidfd: ready when it has ended
  bool waited_ = false;
  std::vector<os::File> childEnds_;   // closed here when it has started
  std::vector<os::File> parentEnds_;  // closed when it has been waited for
};

// A program by its path, or, without a slash, by its name in $PATH; if it is not there Start says so. With a context:
// it is killed when that ends before it does, and Wait tells the context's error. exec.Command, exec.CommandContext.
Cmd Command(std::string name, std::vector<std::string> args = {});
Cmd CommandContext(const context::Context& ctx, std::string name, std::vector<std::string> args = {});
// The path of a program that can be run; else ErrNotFound or an errno within "exec: NAME: ...". exec.LookPath.
Result<std::string> LookPath(std::string_view name);

}  // namespace gort::os::exec
