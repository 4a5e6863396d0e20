// The errors of descriptors, in Go's words: internal/poll's fd.go. Packages net and os show them under their own names.
#pragma once

#include "errors/errors.h"

namespace gort::poll {

extern const error ErrNetClosing;        // "use of closed network connection"
extern const error ErrFileClosing;       // "use of closed file"
extern const error ErrNoDeadline;        // "file type does not support deadline"
extern const error ErrDeadlineExceeded;  // "i/o timeout"
extern const error ErrNotPollable;       // "not pollable"

// What an operation on a descriptor that is closed says.
inline const error& errClosing(bool isFile) { return isFile ? ErrFileClosing : ErrNetClosing; }

}  // namespace gort::poll
