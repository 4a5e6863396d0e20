// The errors of package io.
#include "io/io.h"

namespace gort::io {

static constinit const errors::Sentinel eof("EOF", errors::Code::Eof);
static constinit const errors::Sentinel unexpectedEof("unexpected EOF", errors::Code::UnexpectedEof);
static constinit const errors::Sentinel shortWrite("short write", errors::Code::ShortWrite);

constinit const error Eof = error::Named(&eof);
constinit const error UnexpectedEof = error::Named(&unexpectedEof);
constinit const error ShortWrite = error::Named(&shortWrite);

}  // namespace gort::io
