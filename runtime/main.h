// How a program hands its main function to the runtime.
#pragma once

namespace runtime {

// fn is what runtime.main calls as main.main, on the first goroutine. Before rt0_go, on the first thread.
void setMain(void (*fn)());

// Go's os.Exit: flushes the streams of C and C++ and ends the process. On a goroutine.
[[noreturn]] void os_Exit(int code);

}  // namespace runtime
