// compare runs a program that fails and holds what it says, and how it ends, against what Go's said.
//
//   compare MANIFEST CASE PROGRAM GOLDEN            run PROGRAM as MANIFEST says for CASE; compare with GOLDEN
//   compare --record MANIFEST CASE PROGRAM GOLDEN   store it in GOLDEN instead
//   compare --mask FILE                             print FILE as it is compared
//
// PROGRAM is the C++ program, or Go's (which shows that the stored text is still what Go says).
//
// The two texts are compared line by line, and the exit status with them. What cannot be equal is masked in both:
//
//   hexadecimal numbers       addresses, pcs and offsets: 0x?; but a signal's code and small fault addresses stay
//   frames of libraries       a frame's two lines count only if the function is the program's. The runtime's own
//                             functions have other names, and other ones are on the way to where a goroutine waits
//   the program's frames      arguments go, names lose Go's "main.", gort_main is main, function literals and lambdas
//                             are NAME.func; of the location the file's name without path and suffix stays, the line
//                             goes. So which functions are on each stack, in which order, is compared
//   m=N                       which thread runs a goroutine is the system's business
//   threads, in scheddetail   how many there are depends on time: lines that are equal when masked count once; of
//                             several reports the last one counts
//   numbers in SCHED lines    they depend on time
//   a stack's size            Go's grow to a gigabyte, C++'s have a fixed size; so the number of elided frames is
//                             masked in a report of a stack overflow, and equal frames in a row count once (both are
//                             compared everywhere else)
//   gort::StackSize           in the same report: the line that names it is ours alone, and goes
//   registers                 the values; their names are compared
//
// Numbers of goroutines are compared: programs run with GOMAXPROCS=1 unless the manifest says otherwise.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <regex>
#include <sstream>
#include <string>
#include <vector>

namespace {

using std::string;

[[noreturn]] void die(const string& what) {
  std::cerr << "compare: " << what << "\n";
  std::exit(2);
}

string readFile(const string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) die("cannot read " + path);
  std::stringstream s;
  s << in.rdbuf();
  return s.str();
}

struct Case {
  std::vector<string> env{"GOMAXPROCS=1"};
  int signal = 0;
};

Case readCase(const string& manifest, const string& name) {
  std::istringstream in(readFile(manifest));
  string line;
  while (std::getline(in, line)) {
    std::istringstream words(line);
    string first, program, word;
    if (!(words >> first >> program) || first[0] == '#' || first != name) continue;
    Case c;
    while (words >> word) {
      if (word.rfind("signal=", 0) == 0) {
        c.signal = std::stoi(word.substr(7));
      } else {
        if (word.rfind("GOMAXPROCS=", 0) == 0) c.env.clear();
        c.env.push_back(word);
      }
    }
    return c;
  }
  die(manifest + " has no case " + name);
}

// How the program ended, in a line, and its standard error.
string run(const Case& c, const string& program) {
  int out[2];
  if (pipe(out) != 0) die("pipe");
  pid_t pid = fork();
  if (pid == 0) {
    dup2(out[1], 2);
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(null, 1);
    close(out[0]);
    close(out[1]);
    for (const char* v : {"GOTRACEBACK", "GODEBUG", "GOMAXPROCS"}) unsetenv(v);
    for (const string& v : c.env) putenv(strdup(v.c_str()));
    execl(program.c_str(), program.c_str(), nullptr);
    _exit(127);
  }
  close(out[1]);
  string text;
  bool signalled = c.signal == 0;
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(120);
  for (;;) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    pollfd p{out[0], POLLIN, 0};
    if (left <= 0 || poll(&p, 1, static_cast<int>(left)) == 0) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
      return "hangs\n" + text;
    }
    char buf[4096];
    ssize_t n = read(out[0], buf, sizeof(buf));
    if (n <= 0) break;
    text.append(buf, static_cast<std::size_t>(n));
    if (!signalled && text.find("ready\n") != string::npos) {
      usleep(300 * 1000);  // until main sleeps, too
      kill(pid, c.signal);
      signalled = true;
    }
  }
  close(out[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  string how = WIFEXITED(status) ? "exit status " + std::to_string(WEXITSTATUS(status))
                                 : "killed by signal " + std::to_string(WTERMSIG(status));
  return how + "\n" + text;
}

std::vector<string> split(const string& text) {
  std::vector<string> lines;
  std::istringstream in(text);
  string line;
  while (std::getline(in, line)) lines.push_back(line);
  return lines;
}

bool starts(const string& s, const char* prefix) { return s.rfind(prefix, 0) == 0; }

// A function of the program, under the name that both languages share; "" for anybody else's.
string programFunction(string name) {
  static const std::regex goLiteral(R"(\.(func|gowrap)?\d+(\.\d+|\.func\d+|\.gowrap\d+)*$)");
  if (starts(name, "main.")) {
    // Go's arguments start at the first parenthesis that is not a receiver's.
    std::size_t paren = name.find('(', name.compare(0, 6, "main.(") == 0 ? name.find(')') : 0);
    if (paren != string::npos) name.resize(paren);
    name = name.substr(5);
    if (std::smatch m; std::regex_search(name, m, goLiteral)) name = m.prefix().str() + ".func";
    return name;
  }
  if (std::size_t dots = name.rfind("(...)"); dots != string::npos) name.resize(dots);
  if (std::size_t lambda = name.find("::{lambda"); lambda != string::npos) name = name.substr(0, lambda) + ".func";
  if (name.find("::") != string::npos || starts(name, "__") || name.find_first_of("/?") != string::npos) return "";
  // A function of Go's libraries, or the C library's below everything.
  if (std::size_t dot = name.find('.'); dot != string::npos && name.substr(dot) != ".func") return "";
  static const std::regex symbols("panic|goexit|mcall|systemstack.*|gogo|gosave_.*|mstart|rt0_go|_start|main|"
                                  "asyncPreempt|start_thread|clone3?|epoll_.*|syscall|raise|abort|pthread_kill|"
                                  "nanosleep|clock_nanosleep|_Unwind_.*|panic\\(.*");
  if (std::regex_match(name, symbols)) return "";
  return starts(name, "gort_main") ? name.substr(5) : name;
}

string mask(const string& text) {
  static const std::regex hexNumber("0x[0-9a-f]+");
  static const std::regex location(R"(^\t(?:.*/)?([A-Za-z0-9_]+)\.(?:go|cc|h):\d+(?: \+0x[0-9a-f]+)?(.*)$)");
  static const std::regex creator(R"(^created by (\S+)( in goroutine \d+)?$)");
  static const std::regex signalLine(R"((.*code=0x[0-9a-f]+ addr=0x[0-9a-f]{1,3}) pc=0x[0-9a-f]+\])");
  static const std::regex threadNumber(R"(\bm=\d+)");
  static const std::regex schedNumber(R"(-?\d+|nil)");
  static const std::regex schedLine(R"(^(SCHED |  [PMG]\d+: ).*)");
  static const std::regex schedReason(R"(\([^()]*\))");
  static const std::regex registerLine(R"(^(r[a-z0-9]+|[cfg]s) +0x[0-9a-f]+$)");
  static const std::regex stackLimit(R"(exceeds \d+-byte limit)");
  static const std::regex elided(R"(^\.\.\.\d+ frames elided\.\.\.$)");

  const bool overflow = text.find("stack overflow") != string::npos;
  std::vector<string> lines = split(text);
  std::vector<string> out;
  for (std::size_t i = 0; i < lines.size(); i++) {
    string line = lines[i];
    const bool words = starts(line, "panic: ") || starts(line, "\tpanic: ") || starts(line, "fatal error: ") ||
                       starts(line, "goroutine ") || starts(line, "\t") || line.empty() || i == 0;
    if (!words && i + 1 < lines.size() && starts(lines[i + 1], "\t")) {
      std::smatch m;
      string where;
      if (std::regex_match(lines[i + 1], m, location)) where = "\t" + m[1].str() + m[2].str();
      where = std::regex_replace(where, hexNumber, "0x?");
      if (string creatorLine = line; std::regex_match(creatorLine, m, creator)) {
        string name = programFunction(m[1].str());
        if (name.empty()) {
          out.push_back("created by the runtime" + m[2].str());
        } else {
          out.push_back("created by " + name + m[2].str());
          out.push_back(where);
        }
      } else if (string name = programFunction(line); !name.empty()) {
        const bool again = overflow && out.size() >= 2 && out[out.size() - 2] == name + "()" && out.back() == where;
        if (!again) {
          out.push_back(name + "()");
          out.push_back(where);
        }
      }
      i++;
      continue;
    }
    if (std::smatch m; std::regex_match(line, m, signalLine)) {
      line = m[1].str() + " pc=0x?]";
    } else if (std::regex_match(line, m, registerLine)) {
      line = m[1].str() + " 0x?";
    } else if (std::regex_match(line, schedLine)) {
      // The reason that a goroutine waits for is what matters of it.
      std::smatch reason;
      string keep = std::regex_search(line, reason, schedReason) ? reason.str() : "";
      string head = line.substr(0, line.find_first_of("0123456789"));
      string rest = std::regex_replace(line.substr(head.size()), schedReason, "(REASON)");
      line = head + std::regex_replace(rest, schedNumber, "N");
      if (std::size_t at = line.find("(REASON)"); at != string::npos) line.replace(at, 8, keep);
      if (starts(line, "SCHED ")) out.clear(), out.push_back(mask(lines[0]));
      if (!out.empty() && out.back() == line && !starts(line, "  G")) continue;
    }
    line = std::regex_replace(line, hexNumber, starts(line, "[signal") ? "$&" : "0x?");
    line = std::regex_replace(line, threadNumber, "m=N");
    line = std::regex_replace(line, stackLimit, "exceeds N-byte limit");
    if (overflow && starts(line, "runtime: for a larger one: gort::go(gort::StackSize{")) continue;
    if (overflow && std::regex_match(line, elided)) line = "...N frames elided...";
    out.push_back(line);
  }
  string result;
  for (const string& l : out) result += l + "\n";
  return result;
}

// The lines of both, in order, those that differ marked: what `diff` shows, without its cleverness.
void printDifference(const std::vector<string>& want, const std::vector<string>& got) {
  // The longest common subsequence; the texts are short.
  std::size_t n = want.size(), m = got.size();
  std::vector<std::vector<int>> common(n + 1, std::vector<int>(m + 1));
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;) {
      common[i][j] = want[i] == got[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  for (std::size_t i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && want[i] == got[j]) {
      std::cerr << "      " << want[i++] << "\n";
      j++;
    } else if (j >= m || (i < n && common[i + 1][j] >= common[i][j + 1])) {
      std::cerr << "go:   " << want[i++] << "\n";
    } else {
      std::cerr << "here: " << got[j++] << "\n";
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::vector<string> args(argv + 1, argv + argc);
  if (args.size() == 2 && args[0] == "--mask") {
    std::cout << mask(readFile(args[1]));
    return 0;
  }
  bool record = !args.empty() && args[0] == "--record";
  if (record) args.erase(args.begin());
  if (args.size() != 4) die("usage: compare [--record] MANIFEST CASE PROGRAM GOLDEN");
  string said = run(readCase(args[0], args[1]), args[2]);
  if (record) {
    std::ofstream(args[3], std::ios::binary) << said;
    return 0;
  }
  std::vector<string> want = split(mask(readFile(args[3])));
  std::vector<string> got = split(mask(said));
  if (want == got) return 0;
  std::cerr << args[1] << ": differs from Go\n";
  printDifference(want, got);
  std::cerr << "\nAll that it said:\n" << said;
  return 1;
}
