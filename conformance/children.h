// Pieces of work that cannot share a process, because the port's state is global: a child process for each, several at
// a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

namespace conformance {

// How a child ended.
struct Ended {
  std::string answer;  // what it wrote
  int status = 0;      // as of waitpid
  double seconds = 0;
};

// Calls work(i, fd) in a child of its own for each i below n, at most `jobs` of them at a time, and done(i, ended) here
// when it has ended, in any order. What the child writes to fd is its answer; when work returns, its exit status is 0.
// No child outlives this process. False: no child could be made; errno says why. Not to be called with other threads
// around.
bool InChildren(size_t n, unsigned jobs, const std::function<void(size_t, int fd)>& work,
                const std::function<void(size_t, Ended&&)>& done);

// Writes all of it. False: the other end is gone.
bool WriteAll(int fd, const void* data, size_t n);

// "Segmentation fault", "exit status 3": why a child gave no answer, or not all of it.
std::string WhyEnded(int status);

}  // namespace conformance
