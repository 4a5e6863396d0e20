"""Tests for arm64 on another machine: cross-compiled, run in an emulator.

The compiler is Debian's g++-aarch64-linux-gnu; the libraries are those of its sysroot and
GoogleTest's source, so such a test may use nothing else. The emulator is qemu-user.
"""

def arm64_test(name, srcs, hdrs, copts = [], **kwargs):
    """A GoogleTest for arm64.

    Args:
      name: of the test.
      srcs: .cc and .S files.
      hdrs: files and filegroups that srcs include, from the root of the tree.
      copts: further options of the compiler.
      **kwargs: of the test rule.
    """
    native.genrule(
        name = name + "_build",
        testonly = True,
        srcs = srcs + hdrs + ["@googletest_source//:headers", "@googletest_source//:arm64"],
        outs = [name + ".bin"],
        cmd = " ".join([
            "aarch64-linux-gnu-g++ -static -std=c++20 -O2 -g -Wall -Wextra -Werror",
            "-fno-omit-frame-pointer -I. -I$(GENDIR) -isystem external/googletest_source/googletest/include",
        ] + copts + ["$(locations %s)" % src for src in srcs] + [
            "$(location @googletest_source//:arm64) -o $@",
            # The emulated program resolves no host names; the linker warns of GoogleTest's code for it.
            "2>$@.log || (cat $@.log >&2; rm $@.log; exit 1); rm $@.log",
        ]),
    )
    native.sh_test(
        name = name,
        srcs = ["//third_party:emulate_arm64.sh"],
        args = ["$(location %s_build)" % name],
        data = [name + "_build"],
        **kwargs
    )
