// Files and pipes.
#include "os/file.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

#include "gort.h"
#include "gtest/gtest.h"

namespace gort::os {
namespace {

using namespace std::chrono_literals;

std::string scratch(const char* name) { return std::string(name) + std::to_string(getpid()); }

std::string read(const File& f, std::size_t n = 4096) {
  std::string s(n, '\0');
  auto got = f.Read({reinterpret_cast<std::byte*>(s.data()), n});
  s.resize(got.partial());
  return got ? s : "(" + got.error().Error() + ")";
}

TEST(File, ReadAndWrite) {
  std::string name = scratch("file");
  File f = Create(name).value();
  EXPECT_EQ(*f.Write("hello world"), 11u);
  EXPECT_EQ(*f.Seek(6, SEEK_SET), 6);
  EXPECT_EQ(read(f), "world");
  EXPECT_EQ(read(f), "(EOF)");
  std::array<std::byte, 5> at;
  EXPECT_EQ(*f.ReadAt(at, 0), 5u);
  EXPECT_EQ(io::Text(at), "hello");
  auto end = f.ReadAt(at, 9);
  EXPECT_EQ(end.partial(), 2u);
  EXPECT_EQ(end.error(), io::Eof);
  EXPECT_EQ(*f.WriteAt(io::Bytes("HELLO"), 0), 5u);
  EXPECT_EQ(*ReadFile(name), "HELLO world");
  EXPECT_EQ(f.Stat()->st_size, 11);
  EXPECT_FALSE(f.Truncate(5));
  EXPECT_FALSE(f.Sync());
  EXPECT_EQ(*ReadFile(name), "HELLO");
  EXPECT_EQ(f.SetDeadline(time::Now()).Error(), "set deadline " + name + ": file type does not support deadline");
  EXPECT_TRUE(errors::Is(f.SetDeadline(time::Now()), ErrNoDeadline));
  EXPECT_FALSE(f.Close());
  EXPECT_EQ(f.Close().Error(), "close " + name + ": file already closed");
  EXPECT_TRUE(errors::Is(f.Write("x").error(), ErrClosed));
  unlink(name.c_str());
  EXPECT_EQ(Open(name).error().Error(), "open " + name + ": no such file or directory");
  EXPECT_EQ(Open(name).error().code(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(f.ReadAt(at, -1).error().Error(), "readat " + name + ": negative offset");
}

TEST(File, CopyBetweenFiles) {
  std::string from = scratch("from"), to = scratch("to"), text;
  for (int i = 0; i < 100'000; i++) text += std::to_string(i);
  ASSERT_FALSE(WriteFile(from, text));
  File src = Open(from).value(), dst = Create(to).value();
  EXPECT_EQ(*io::Copy(dst, src), static_cast<std::int64_t>(text.size()));
  EXPECT_TRUE(*ReadFile(to) == text);
  // What has no size, and yet something in it.
  File proc = Open("/proc/self/stat").value();
  EXPECT_GT(*io::Copy(dst, proc), 0);
  // What is appended to.
  File app = OpenFile(to, O_WRONLY | O_APPEND, 0).value();
  (void)app.Truncate(0);
  (void)src.Seek(0, SEEK_SET);
  EXPECT_EQ(*io::Copy(app, src), static_cast<std::int64_t>(text.size()));
  unlink(from.c_str());
  unlink(to.c_str());
}

TEST(File, PipesWaitInThePoller) {
  auto [r, w] = Pipe().value();
  Chan<std::string> got(1);
  go([r = r, got] { got.send(read(r)); });
  time::Sleep(5ms);
  EXPECT_FALSE(got.try_recv());
  (void)w.Write("x");
  EXPECT_EQ(*got.recv(), "x");
  (void)r.SetReadDeadline(time::Now() + 5ms);
  EXPECT_EQ(read(r), "(read |0: i/o timeout)");
  (void)r.SetReadDeadline({});
  (void)w.Close();
  EXPECT_EQ(read(r), "(EOF)");
  // Nobody reads.
  auto [r2, w2] = Pipe().value();
  (void)r2.Close();
  EXPECT_EQ(w2.Write("x").error().Error(), "write |1: broken pipe");
}

TEST(File, AFullPipe) {
  auto [r, w] = Pipe().value();
  std::string large(1 << 20, 'p');
  Chan<std::size_t> wrote(1);
  go([w = w, wrote, &large] { wrote.send(*w.Write(large)); });
  time::Sleep(10ms);
  EXPECT_FALSE(wrote.try_recv()) << "a pipe holds less";
  std::string all(large.size(), '\0');
  EXPECT_TRUE(io::ReadFull(r, {reinterpret_cast<std::byte*>(all.data()), all.size()}));
  EXPECT_TRUE(all == large);
  EXPECT_EQ(wrote.recv(), large.size());
}

TEST(File, CloseWhileBlocked) {
  auto [r, w] = Pipe().value();
  Chan<std::string> got(1);
  go([r = r, got] { got.send(read(r)); });
  time::Sleep(5ms);
  EXPECT_FALSE(r.Close());
  EXPECT_EQ(*got.recv(), "(read |0: file already closed)");
}

TEST(File, AFullDisk) {
  auto full = OpenFile("/dev/full", O_WRONLY, 0);
  ASSERT_TRUE(full) << full.error();
  EXPECT_EQ(full->Write("x").error().Error(), "write /dev/full: no space left on device");
  EXPECT_EQ(full->Write("x").error().code(), std::errc::no_space_on_device);
}

// A descriptor that blocks: the thread waits, others run, and signals do not disturb it.
TEST(File, DescriptorsThatBlock) {
  const int procs = GOMAXPROCS(1);
  int p[2];
  ASSERT_EQ(pipe2(p, O_CLOEXEC), 0);
  File r = NewFile(p[0], "blocking");
  Chan<std::string> got(1);
  go([=] { got.send(read(r)); });
  struct sigaction sa{}, before{};
  sa.sa_handler = [](int) {};
  sa.sa_flags = SA_ONSTACK;  // no SA_RESTART
  sigaction(SIGALRM, &sa, &before);
  itimerval often{{0, 500}, {0, 500}}, off{};
  setitimer(ITIMER_REAL, &often, nullptr);
  for (int i = 0; i < 20; i++) time::Sleep(1ms);  // the one P is not lost
  EXPECT_FALSE(got.try_recv());
  setitimer(ITIMER_REAL, &off, nullptr);
  sigaction(SIGALRM, &before, nullptr);
  ASSERT_EQ(::write(p[1], "late", 4), 4);
  EXPECT_EQ(*got.recv(), "late");
  ::close(p[1]);
  GOMAXPROCS(procs);
}

TEST(File, FifosAreOpenedByTwo) {
  std::string name = scratch("fifo");
  ASSERT_EQ(mkfifo(name.c_str(), 0600), 0);
  Chan<std::string> got(1);
  go([=] {
    File r = Open(name).value();  // waits for the other one
    got.send(*io::ReadAll(r));
  });
  time::Sleep(5ms);
  {
    File w = OpenFile(name, O_WRONLY, 0).value();
    (void)w.Write("through a fifo");
  }
  EXPECT_EQ(*got.recv(), "through a fifo");
  unlink(name.c_str());
}

}  // namespace
}  // namespace gort::os
