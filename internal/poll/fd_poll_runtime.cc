// internal/poll's fd_poll_runtime.go: descriptors and the runtime's poller. The runtime makes its poller once, whoever
// asks how often.
#include "internal/poll/fd_poll_runtime.h"

#include "internal/poll/fd.h"
#include "internal/poll/fd_unix.h"
#include "runtime/netpoll.h"
#include "runtime/proc_decl.h"

namespace gort::poll {

namespace {

error convertErr(runtime::pollError res, bool isFile) {
  switch (res) {
    case runtime::pollNoError: return {};
    case runtime::pollErrClosing: return errClosing(isFile);
    case runtime::pollErrTimeout: return ErrDeadlineExceeded;
    case runtime::pollErrNotPollable: return ErrNotPollable;
  }
  runtime::throw_("unreachable");
}

}  // namespace

error pollDesc::init(int sysfd) {
  runtime::poll_runtime_pollServerInit();
  int err = 0;
  ctx_ = runtime::poll_runtime_pollOpen(static_cast<runtime::uintptr>(sysfd), err);
  return error(ctx_ != nullptr ? 0 : err);
}

void pollDesc::close() {
  if (ctx_ == nullptr) return;
  runtime::poll_runtime_pollClose(ctx_);
  ctx_ = nullptr;
}

void pollDesc::evict() {
  if (ctx_ != nullptr) runtime::poll_runtime_pollUnblock(ctx_);
}

error pollDesc::prepare(int mode, bool isFile) {
  if (ctx_ == nullptr) return {};
  return convertErr(runtime::poll_runtime_pollReset(ctx_, mode), isFile);
}
error pollDesc::prepareRead(bool isFile) { return prepare(runtime::pollRead, isFile); }
error pollDesc::prepareWrite(bool isFile) { return prepare(runtime::pollWrite, isFile); }

error pollDesc::wait(int mode, bool isFile) {
  if (ctx_ == nullptr) return errors::New("waiting for unsupported file type");
  return convertErr(runtime::poll_runtime_pollWait(ctx_, mode), isFile);
}
error pollDesc::waitRead(bool isFile) { return wait(runtime::pollRead, isFile); }
error pollDesc::waitWrite(bool isFile) { return wait(runtime::pollWrite, isFile); }

bool pollDesc::hungUp() const { return ctx_->info().hungUp(); }

void pollDesc::setDeadline(std::int64_t when, int mode) {
  if (when > 0) runtime::poll_runtime_pollSetDeadlineAt(ctx_, when, mode);
  else runtime::poll_runtime_pollSetDeadline(ctx_, when, mode);
}

error FD::setDeadlineImpl(time::Time t, int mode) {
  std::int64_t when = 0;
  if (t != time::Time()) {
    when = t.Steady().time_since_epoch().count();
    if (when <= 0) when = -1;  // long ago; 0 would mean none
  }
  if (error err = incref()) return err;
  Decref end{this};
  if (!pd.pollable()) return ErrNoDeadline;
  pd.setDeadline(when, mode);
  return {};
}

error FD::SetDeadline(time::Time t) { return setDeadlineImpl(t, runtime::pollBoth); }
error FD::SetReadDeadline(time::Time t) { return setDeadlineImpl(t, runtime::pollRead); }
error FD::SetWriteDeadline(time::Time t) { return setDeadlineImpl(t, runtime::pollWrite); }

bool IsPollDescriptor(int fd) {
  return runtime::poll_runtime_isPollServerDescriptor(static_cast<runtime::uintptr>(fd));
}

}  // namespace gort::poll
