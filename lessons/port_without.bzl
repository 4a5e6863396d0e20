"""The live port without some of its rules."""

def port_without(name, patches):
    """The runtime as a library, its proc.cc with the patches applied and everything else as it is.

    A program that depends on this one, and on //:gort for the headers, is linked with this runtime: alwayslink lets it
    come before the ordinary one, which then has nothing left to give.
    """
    native.genrule(
        name = name + "_source",
        srcs = ["//runtime:proc.cc"] + patches,
        outs = [name + "/proc.cc"],
        cmd = "$(location //conformance/mutants:patched.py) $(SRCS) > $@",
        tools = ["//conformance/mutants:patched.py"],
    )
    native.cc_library(
        name = name + "_code",
        srcs = [name + "/proc.cc"],
        # As //runtime:runtime_code.
        copts = ["-fno-semantic-interposition"],
        linkstatic = True,
        deps = ["//runtime"],
    )

    # Of the runtime's objects one is exchanged; they have names by their sources.
    native.genrule(
        name = name + "_archive",
        srcs = [
            ":" + name + "_code",
            "//runtime:runtime_code",
        ],
        outs = ["lib" + name + ".lo"],
        cmd = "$(location exchange.sh) $(location //runtime:separate_text.sh) $(AR) $(OBJCOPY) $@ -- " +
              "$(locations //runtime:runtime_code) -- $(locations :" + name + "_code)",
        toolchains = ["@bazel_tools//tools/cpp:current_cc_toolchain"],
        tools = [
            "exchange.sh",
            "//runtime:separate_text.sh",
        ],
    )
    native.cc_library(
        name = name,
        srcs = ["lib" + name + ".lo"],
        deps = ["//runtime"],
    )
