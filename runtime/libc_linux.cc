// Calls of libc that may block, as system calls. No Go file has this: Go's package syscall is where Go does it.
//
// Whoever blocks loses its P after a slice in any case (handoff.cc). Here are the calls for which that is long: each
// lets go of the P at once, and looks for one when it is back. The definitions take the place of libc's, for the
// program and for the libraries that it uses (they find a program's definition before a library's); libc's own are
// found once and called. What libc calls of itself stays as it is: fread, say, waits for its slice.
//
// A lock is tried first; only who must wait makes a system call of it. The goroutine stays on its thread, so it is the
// same thread that has the lock afterwards.
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runtime/handoff.h"

namespace runtime {
namespace {

// libc's function of that name, or whoever stands between it and us (a sanitizer). The first caller asks; if several
// do, they get the same answer.
template <class F>
class libc {
 public:
  explicit constexpr libc(const char* name) : name_(name) {}
  F* operator*() {
    void* f = __atomic_load_n(&f_, __ATOMIC_ACQUIRE);
    if (f == nullptr) [[unlikely]] {
      f = dlsym(RTLD_NEXT, name_);
      __atomic_store_n(&f_, f, __ATOMIC_RELEASE);
    }
    return reinterpret_cast<F*>(f);
  }

 private:
  const char* name_;
  void* f_ = nullptr;
};

template <class F, class... A>
auto blocking(libc<F>& f, A... a) {
  F* call = *f;
  libcCall around;
  return call(a...);
}

}  // namespace
}  // namespace runtime

using runtime::blocking;
using runtime::libc;

// name(params), called with the arguments behind: libc's, as a system call.
#define BLOCKING_CALL(ret, name, params, ...) \
  static constinit libc<ret params> libc_##name(#name); \
  extern "C" ret name params { \
    return blocking(libc_##name __VA_OPT__(, ) __VA_ARGS__); \
  }

// ---- Files and sockets.
BLOCKING_CALL(ssize_t, read, (int fd, void* buf, size_t n), fd, buf, n)
BLOCKING_CALL(ssize_t, write, (int fd, const void* buf, size_t n), fd, buf, n)
BLOCKING_CALL(ssize_t, readv, (int fd, const iovec* v, int n), fd, v, n)
BLOCKING_CALL(ssize_t, writev, (int fd, const iovec* v, int n), fd, v, n)
BLOCKING_CALL(ssize_t, pread, (int fd, void* buf, size_t n, off_t at), fd, buf, n, at)
BLOCKING_CALL(ssize_t, pwrite, (int fd, const void* buf, size_t n, off_t at), fd, buf, n, at)
BLOCKING_CALL(ssize_t, pread64, (int fd, void* buf, size_t n, off64_t at), fd, buf, n, at)
BLOCKING_CALL(ssize_t, pwrite64, (int fd, const void* buf, size_t n, off64_t at), fd, buf, n, at)
BLOCKING_CALL(int, fsync, (int fd), fd)
BLOCKING_CALL(int, fdatasync, (int fd), fd)
BLOCKING_CALL(int, flock, (int fd, int op), fd, op)
BLOCKING_CALL(int, lockf, (int fd, int op, off_t n), fd, op, n)
BLOCKING_CALL(ssize_t, recv, (int fd, void* buf, size_t n, int flags), fd, buf, n, flags)
BLOCKING_CALL(ssize_t, recvfrom,
              (int fd, void* buf, size_t n, int flags, sockaddr* from, socklen_t* len), fd, buf, n, flags, from, len)
BLOCKING_CALL(ssize_t, recvmsg, (int fd, msghdr* msg, int flags), fd, msg, flags)
BLOCKING_CALL(ssize_t, send, (int fd, const void* buf, size_t n, int flags), fd, buf, n, flags)
BLOCKING_CALL(ssize_t, sendto,
              (int fd, const void* buf, size_t n, int flags, const sockaddr* to, socklen_t len),
              fd, buf, n, flags, to, len)
BLOCKING_CALL(ssize_t, sendmsg, (int fd, const msghdr* msg, int flags), fd, msg, flags)
BLOCKING_CALL(int, accept, (int fd, sockaddr* from, socklen_t* len), fd, from, len)
BLOCKING_CALL(int, accept4, (int fd, sockaddr* from, socklen_t* len, int flags), fd, from, len, flags)
BLOCKING_CALL(int, connect, (int fd, const sockaddr* to, socklen_t len), fd, to, len)

// ---- Waiting for several things.
BLOCKING_CALL(int, poll, (pollfd * fds, nfds_t n, int ms), fds, n, ms)
BLOCKING_CALL(int, ppoll, (pollfd * fds, nfds_t n, const timespec* t, const sigset_t* mask), fds, n, t, mask)
BLOCKING_CALL(int, select, (int n, fd_set* r, fd_set* w, fd_set* e, timeval* t), n, r, w, e, t)
BLOCKING_CALL(int, pselect,
              (int n, fd_set* r, fd_set* w, fd_set* e, const timespec* t, const sigset_t* mask), n, r, w, e, t, mask)
BLOCKING_CALL(int, epoll_wait, (int fd, epoll_event* events, int n, int ms), fd, events, n, ms)
BLOCKING_CALL(int, epoll_pwait,
              (int fd, epoll_event* events, int n, int ms, const sigset_t* mask), fd, events, n, ms, mask)

// ---- Time.
BLOCKING_CALL(int, nanosleep, (const timespec* t, timespec* left), t, left)
BLOCKING_CALL(int, clock_nanosleep,
              (clockid_t clock, int flags, const timespec* t, timespec* left), clock, flags, t, left)
BLOCKING_CALL(unsigned, sleep, (unsigned s), s)
BLOCKING_CALL(int, usleep, (useconds_t us), us)

// ---- Processes and signals.
BLOCKING_CALL(pid_t, wait, (int* status), status)
BLOCKING_CALL(pid_t, waitpid, (pid_t pid, int* status, int options), pid, status, options)
BLOCKING_CALL(pid_t, wait3, (int* status, int options, rusage* usage), status, options, usage)
BLOCKING_CALL(pid_t, wait4, (pid_t pid, int* status, int options, rusage* usage), pid, status, options, usage)
BLOCKING_CALL(int, waitid, (idtype_t type, id_t id, siginfo_t* info, int options), type, id, info, options)
BLOCKING_CALL(int, pause, ())
BLOCKING_CALL(int, sigsuspend, (const sigset_t* mask), mask)
BLOCKING_CALL(int, sigwait, (const sigset_t* set, int* sig), set, sig)
BLOCKING_CALL(int, sigwaitinfo, (const sigset_t* set, siginfo_t* info), set, info)
BLOCKING_CALL(int, sigtimedwait, (const sigset_t* set, siginfo_t* info, const timespec* t), set, info, t)
BLOCKING_CALL(int, system, (const char* command), command)

// ---- Names.
BLOCKING_CALL(int, getaddrinfo,
              (const char* node, const char* service, const addrinfo* hints, addrinfo** result),
              node, service, hints, result)
BLOCKING_CALL(int, getnameinfo,
              (const sockaddr* sa, socklen_t n, char* host, socklen_t nhost, char* serv, socklen_t nserv, int flags),
              sa, n, host, nhost, serv, nserv, flags)

// ---- Threads.
BLOCKING_CALL(int, pthread_join, (pthread_t thread, void** result), thread, result)
BLOCKING_CALL(int, pthread_timedjoin_np, (pthread_t thread, void** result, const timespec* t), thread, result, t)
BLOCKING_CALL(int, pthread_barrier_wait, (pthread_barrier_t * barrier), barrier)
BLOCKING_CALL(int, pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t* l), cond, l)
BLOCKING_CALL(int, pthread_cond_timedwait, (pthread_cond_t * cond, pthread_mutex_t* l, const timespec* t), cond, l, t)
BLOCKING_CALL(int, pthread_cond_clockwait,
              (pthread_cond_t * cond, pthread_mutex_t* l, clockid_t clock, const timespec* t), cond, l, clock, t)

// name(params): tries, by attempt; if that says that the lock is not free, libc's as a system call. The lock is the
// first argument.
#define LOCKING_CALL(name, attempt, notFree, params, l, ...) \
  static constinit libc<int params> libc_##name(#name); \
  extern "C" int name params { \
    int r = attempt(l); \
    if (!(notFree)) return r; \
    return blocking(libc_##name, l __VA_OPT__(, ) __VA_ARGS__); \
  }
LOCKING_CALL(pthread_mutex_lock, pthread_mutex_trylock, r == EBUSY, (pthread_mutex_t * l), l)
LOCKING_CALL(pthread_mutex_timedlock, pthread_mutex_trylock, r == EBUSY,
             (pthread_mutex_t * l, const timespec* t), l, t)
LOCKING_CALL(pthread_mutex_clocklock, pthread_mutex_trylock, r == EBUSY,
             (pthread_mutex_t * l, clockid_t clock, const timespec* t), l, clock, t)
LOCKING_CALL(pthread_rwlock_rdlock, pthread_rwlock_tryrdlock, r == EBUSY, (pthread_rwlock_t * l), l)
LOCKING_CALL(pthread_rwlock_timedrdlock, pthread_rwlock_tryrdlock, r == EBUSY,
             (pthread_rwlock_t * l, const timespec* t), l, t)
LOCKING_CALL(pthread_rwlock_clockrdlock, pthread_rwlock_tryrdlock, r == EBUSY,
             (pthread_rwlock_t * l, clockid_t clock, const timespec* t), l, clock, t)
LOCKING_CALL(pthread_rwlock_wrlock, pthread_rwlock_trywrlock, r == EBUSY, (pthread_rwlock_t * l), l)
LOCKING_CALL(pthread_rwlock_timedwrlock, pthread_rwlock_trywrlock, r == EBUSY,
             (pthread_rwlock_t * l, const timespec* t), l, t)
LOCKING_CALL(pthread_rwlock_clockwrlock, pthread_rwlock_trywrlock, r == EBUSY,
             (pthread_rwlock_t * l, clockid_t clock, const timespec* t), l, clock, t)
LOCKING_CALL(sem_wait, sem_trywait, r != 0 && errno == EAGAIN, (sem_t * l), l)
LOCKING_CALL(sem_timedwait, sem_trywait, r != 0 && errno == EAGAIN, (sem_t * l, const timespec* t), l, t)
LOCKING_CALL(sem_clockwait, sem_trywait, r != 0 && errno == EAGAIN,
             (sem_t * l, clockid_t clock, const timespec* t), l, clock, t)
