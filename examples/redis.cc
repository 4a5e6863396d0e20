// A small server that speaks Redis's protocol: redis-cli and redis-benchmark talk to it.
//
//   redis 127.0.0.1:6380
//   redis-cli -p 6380 set answer 42
//
// PING ECHO SET (EX, PX) GET DEL EXISTS INCR INCRBY MSET TTL EXPIRE DBSIZE FLUSHALL. A goroutine for each connection;
// one map under one lock, which is held for the moment of an access only. Commands may come in a row: answers are
// gathered as long as there is another one in the buffer, and go out together.
#include <charconv>
#include <cstdio>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "examples/listen.h"
#include "io/bufio.h"

using gort::net::Conn;
using Words = std::vector<std::string>;

namespace {

std::string lower(std::string s) {
  for (char& c : s) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return s;
}

std::optional<long long> number(std::string_view s) {
  long long n = 0;
  auto [end, ec] = std::from_chars(s.data(), s.data() + s.size(), n);
  if (ec != std::errc() || end != s.data() + s.size()) return std::nullopt;
  return n;
}

// ---- The protocol.

std::string simple(std::string_view s) { return "+" + std::string(s) + "\r\n"; }
std::string wrong(std::string_view s) { return "-ERR " + std::string(s) + "\r\n"; }
std::string integer(long long n) { return ":" + std::to_string(n) + "\r\n"; }
std::string bulk(std::string_view s) { return "$" + std::to_string(s.size()) + "\r\n" + std::string(s) + "\r\n"; }
const std::string nil = "$-1\r\n";

// The next command: an array of strings, or words in a line as somebody types them. false: the end, or nonsense.
bool readCommand(gort::bufio::Reader<Conn>& in, Words& words) {
  words.clear();
  auto line = in.ReadLine();
  if (!line) return false;
  if (!line->starts_with('*')) {
    for (size_t at = 0; at < line->size();) {
      size_t end = std::min(line->find(' ', at), line->size());
      if (end > at) words.push_back(line->substr(at, end - at));
      at = end + 1;
    }
    return true;
  }
  auto n = number(std::string_view(*line).substr(1));
  if (!n || *n > 1024 * 1024) return false;
  for (long long i = 0; i < *n; i++) {
    auto head = in.ReadLine();
    if (!head || !head->starts_with('$')) return false;
    auto size = number(std::string_view(*head).substr(1));
    if (!size || *size < 0 || *size > (512 << 20)) return false;
    std::string word(static_cast<size_t>(*size) + 2, '\0');
    if (!gort::io::ReadFull(in, {reinterpret_cast<std::byte*>(word.data()), word.size()})) return false;
    word.resize(static_cast<size_t>(*size));
    words.push_back(std::move(word));
  }
  return true;
}

// ---- The data.

class Store {
 public:
  // Answers a command that is not empty.
  std::string call(const Words& w) {
    const std::string name = lower(w[0]);
    struct Command {
      size_t least, most;
      std::string (Store::*call)(const Words&);
    };
    constexpr size_t any = SIZE_MAX;
    static const std::map<std::string, Command, std::less<>> commands = {
        {"ping", {1, 2, &Store::ping}},       {"echo", {2, 2, &Store::echo}},      {"set", {3, 5, &Store::set}},
        {"get", {2, 2, &Store::get}},         {"del", {2, any, &Store::del}},      {"exists", {2, any, &Store::exists}},
        {"incr", {2, 2, &Store::incr}},       {"incrby", {3, 3, &Store::incr}},    {"mset", {3, any, &Store::mset}},
        {"expire", {3, 3, &Store::expire}},   {"ttl", {2, 2, &Store::ttl}},        {"dbsize", {1, 1, &Store::dbsize}},
        {"flushall", {1, 2, &Store::flush}},  {"command", {1, any, &Store::none}}, {"config", {1, any, &Store::none}},
    };
    auto it = commands.find(name);
    if (it == commands.end()) return wrong("unknown command '" + w[0] + "'");
    if (w.size() < it->second.least || w.size() > it->second.most) {
      return wrong("wrong number of arguments for '" + name + "' command");
    }
    return (this->*it->second.call)(w);
  }

 private:
  struct Entry {
    std::string value;
    gort::time::Time until;  // default: for ever
  };

  std::string ping(const Words& w) { return w.size() > 1 ? bulk(w[1]) : simple("PONG"); }
  std::string echo(const Words& w) { return bulk(w[1]); }
  std::string none(const Words&) { return "*0\r\n"; }

  std::string set(const Words& w) {
    Entry e{w[2], {}};
    if (w.size() > 3) {
      auto n = number(w.size() == 5 ? w[4] : "");
      std::string unit = lower(w[3]);
      if (!n.has_value() || *n <= 0 || (unit != "ex" && unit != "px")) return wrong("syntax error");
      e.until = gort::time::Now() + *n * (unit == "ex" ? gort::time::Second : gort::time::Millisecond);
    }
    std::lock_guard hold(mu_);
    entries_.insert_or_assign(w[1], std::move(e));
    return simple("OK");
  }

  std::string mset(const Words& w) {
    if (w.size() % 2 == 0) return wrong("wrong number of arguments for 'mset' command");
    std::lock_guard hold(mu_);
    for (size_t i = 1; i < w.size(); i += 2) entries_.insert_or_assign(w[i], Entry{w[i + 1], {}});
    return simple("OK");
  }

  std::string get(const Words& w) {
    std::lock_guard hold(mu_);
    Entry* e = find(w[1]);
    return e != nullptr ? bulk(e->value) : nil;
  }

  std::string del(const Words& w) {
    std::lock_guard hold(mu_);
    long long n = 0;
    for (size_t i = 1; i < w.size(); i++) n += find(w[i]) != nullptr && entries_.erase(w[i]) != 0;
    return integer(n);
  }

  std::string exists(const Words& w) {
    std::lock_guard hold(mu_);
    long long n = 0;
    for (size_t i = 1; i < w.size(); i++) n += find(w[i]) != nullptr;
    return integer(n);
  }

  std::string incr(const Words& w) {
    auto by = w.size() > 2 ? number(w[2]) : 1;
    std::lock_guard hold(mu_);
    Entry* e = find(w[1]);
    auto old = e != nullptr ? number(e->value) : 0;
    long long sum;
    if (!by || !old || __builtin_add_overflow(*by, *old, &sum)) return wrong("value is not an integer or out of range");
    (e != nullptr ? e : &entries_[w[1]])->value = std::to_string(sum);
    return integer(sum);
  }

  std::string expire(const Words& w) {
    auto n = number(w[2]);
    if (!n) return wrong("value is not an integer or out of range");
    std::lock_guard hold(mu_);
    Entry* e = find(w[1]);
    if (e != nullptr) e->until = gort::time::Now() + *n * gort::time::Second;
    return integer(e != nullptr);
  }

  std::string ttl(const Words& w) {
    std::lock_guard hold(mu_);
    Entry* e = find(w[1]);
    if (e == nullptr) return integer(-2);
    if (e->until == gort::time::Time()) return integer(-1);
    return integer((gort::time::Until(e->until) + gort::time::Second / 2) / gort::time::Second);
  }

  std::string dbsize(const Words&) {
    std::lock_guard hold(mu_);
    return integer(static_cast<long long>(entries_.size()));
  }

  std::string flush(const Words&) {
    std::lock_guard hold(mu_);
    entries_.clear();
    return simple("OK");
  }

  // What is there and not too old, under the lock. What is too old goes when somebody asks for it.
  Entry* find(const std::string& key) {
    auto it = entries_.find(key);
    if (it == entries_.end()) return nullptr;
    if (it->second.until != gort::time::Time() && it->second.until <= gort::time::Now()) {
      entries_.erase(it);
      return nullptr;
    }
    return &it->second;
  }

  gort::sync::Mutex mu_;
  std::unordered_map<std::string, Entry> entries_;  // under mu_
};

void serve(Store& store, Conn& c) {
  gort::bufio::Reader in(c, 16384);
  gort::bufio::Writer out(c, 16384);
  Words words;
  while (readCommand(in, words)) {
    if (words.empty()) continue;
    if (lower(words[0]) == "quit") {
      (void)out.WriteString(simple("OK"));
      break;
    }
    (void)out.WriteString(store.call(words));
    if (in.Buffered().empty() && out.Flush()) return;
  }
  (void)out.Flush();
}

}  // namespace

int gort_main(int argc, char** argv) {
  Store store;
  serveEach(listenFrom(argc, argv), [&store](Conn& c) { serve(store, c); });
  return 0;
}
