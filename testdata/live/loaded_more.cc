// The library that the one of loaded.cc loads.
extern "C" int loadedMore() { return 1; }
