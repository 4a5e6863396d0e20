// The errors of descriptors.
#include "internal/poll/fd.h"

namespace gort::poll {

using errors::Code;
using errors::Sentinel;

static constinit const Sentinel netClosing("use of closed network connection", Code::Closed);
static constinit const Sentinel fileClosing("use of closed file", Code::Closed);
static constinit const Sentinel noDeadline("file type does not support deadline", Code::Other);
static constinit const Sentinel deadlineExceeded("i/o timeout", Code::DeadlineExceeded, true, true);
static constinit const Sentinel notPollable("not pollable", Code::Other);

constinit const error ErrNetClosing = error::Named(&netClosing);
constinit const error ErrFileClosing = error::Named(&fileClosing);
constinit const error ErrNoDeadline = error::Named(&noDeadline);
constinit const error ErrDeadlineExceeded = error::Named(&deadlineExceeded);
constinit const error ErrNotPollable = error::Named(&notPollable);

}  // namespace gort::poll
