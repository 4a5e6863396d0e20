// A chat: every line that somebody writes is shown to all the others.
//
//   ./gort run examples/chat.cc 127.0.0.1:7008 &
//   nc 127.0.0.1 7008
//
// Who is there is known to one goroutine only, the room. The others tell it by channels who comes, who goes and what
// was said, so there is no lock. Each guest has two goroutines, one that reads and one that writes: a guest who does
// not read holds up nobody but himself, and is shown the door when he is a hundred lines behind.
#include <cstdio>
#include <map>
#include <string>

#include "examples/listen.h"
#include "io/bufio.h"

using gort::Chan;

namespace {

struct Guest {
  std::string name;
  Chan<std::string> lines{100};  // to be shown to the guest; closed by the room
};

struct Room {
  Chan<Guest> comes{0};
  Chan<std::string> goes{0};  // a name
  Chan<std::pair<std::string, std::string>> says{0};

  // On one goroutine, for ever.
  void run() const {
    std::map<std::string, Chan<std::string>> guests;
    auto tell = [&](const std::string& line, const std::string& except) {
      for (auto it = guests.begin(); it != guests.end();) {
        auto& [name, lines] = *it;
        if (name == except || lines.try_send(line)) {
          ++it;
        } else {
          lines.close();
          it = guests.erase(it);
        }
      }
    };
    for (;;) {
      gort::select(gort::recv(comes,
                              [&](std::optional<Guest> g) {
                                guests.emplace(g->name, g->lines);
                                std::string n = std::to_string(guests.size());
                                tell("* " + g->name + " is here, " + n + " in the room", "");
                              }),
                   gort::recv(goes,
                              [&](std::optional<std::string> name) {
                                auto it = guests.find(*name);
                                if (it == guests.end()) return;
                                it->second.close();
                                guests.erase(it);
                                tell("* " + *name + " has left", "");
                              }),
                   gort::recv(says, [&](std::optional<std::pair<std::string, std::string>> said) {
                     tell(said->first + ": " + said->second, said->first);
                   }));
    }
  }
};

void serve(const Room& room, gort::net::Conn& c) {
  Guest guest{"guest" + std::to_string(c.RemoteAddr().Port())};
  gort::go([c, lines = guest.lines] {
    for (std::string line : lines) {
      (void)c.SetWriteDeadline(gort::time::Now() + 10 * gort::time::Second);
      if (!c.Write(line + "\n")) break;
    }
    (void)c.Close();
    for (std::string ignored : lines) {
    }
  });
  room.comes << guest;
  gort::bufio::Reader in(c);
  for (;;) {
    auto line = in.ReadLine();
    if (!line) break;
    if (!line->empty()) room.says << std::pair(guest.name, *line);
  }
  room.goes << guest.name;
}

}  // namespace

int gort_main(int argc, char** argv) {
  Room room;
  gort::go([room] { room.run(); });
  serveEach(listenFrom(argc, argv), [room](gort::net::Conn& c) { serve(room, c); });
  return 0;
}
