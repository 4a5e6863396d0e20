// Signals and the sanitizers' callback; nothing is allocated once the target runs.
#include "tools/fuzz/watch.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// Where there is no sanitizer there is no such function.
extern "C" void __sanitizer_set_death_callback(void (*)()) __attribute__((weak));

namespace fuzz {
namespace {

std::string* g_input = nullptr;  // what the target is working on
std::string* g_crash_path = nullptr;

void Save() {
  const int fd = open(g_crash_path->c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0) return;
  if (write(fd, g_input->data(), g_input->size()) < 0) _exit(1);
  close(fd);
}

// Both ways in which the target can die: a signal, or a sanitizer that ends the process.
void OnSignal(int number) {
  Save();
  signal(number, SIG_DFL);
  raise(number);
}

}  // namespace

void WatchOver(const std::string& name) {
  g_input = new std::string;
  const char* const dir = std::getenv("TEST_UNDECLARED_OUTPUTS_DIR");
  g_crash_path = new std::string(std::string(dir == nullptr ? "." : dir) + "/" + name);
  for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM}) signal(number, OnSignal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(Save);
}

void Run(const std::string& input, unsigned seconds) {
  *g_input = input;
  alarm(seconds);
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(g_input->data()), g_input->size());
  alarm(0);
}

}  // namespace fuzz
