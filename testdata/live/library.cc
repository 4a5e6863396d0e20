// Library code as any program uses it: deep, with state of its own, with locks inside.
#include <algorithm>
#include <filesystem>
#include <iomanip>
#include <iostream>
#include <locale>
#include <regex>
#include <sstream>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "check.h"

static thread_local std::string scratch;

int gort_main(int, char**) {
  rounds(8, [](int i) {
    CHECK(std::regex_match(std::string(400, 'a'), std::regex("(a|b)*c?")));

    std::ostringstream out;
    out.imbue(std::locale::classic());
    out << std::setprecision(4) << 1.0 / 3 << ' ' << i << ' ' << std::hex << 255;
    CHECK(out.str() == "0.3333 " + std::to_string(i) + " ff");

    CHECK(std::stoi("123") == 123);
    CHECK(std::stod("2.5") == 2.5);
    bool thrown = false;
    try {
      (void)std::stoi("99999999999999999999");
    } catch (const std::out_of_range&) {
      thrown = true;
    }
    CHECK(thrown);

    std::vector<int> v(3000);
    for (int k = 0; k < 3000; k++) v[static_cast<std::size_t>(k)] = (k * 7919) % 3001;
    std::sort(v.begin(), v.end());
    CHECK(std::is_sorted(v.begin(), v.end()));

    std::unordered_map<std::string, int> counts;
    for (int k = 0; k < 300; k++) counts["key" + std::to_string(k % 37)]++;
    CHECK(counts.size() == 37);

    // A string of the thread's, used between two calls of the runtime.
    scratch.clear();
    for (int k = 0; k < 2000; k++) scratch += static_cast<char>('a' + i);
    CHECK(scratch == std::string(2000, static_cast<char>('a' + i)));

    CHECK(std::filesystem::exists("/"));
    gort::Gosched();
  });
  return verdict();
}
