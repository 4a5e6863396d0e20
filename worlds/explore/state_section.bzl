"""An archive with all of its variables in one section, which a search saves and restores (arena.h)."""

def state_section(name, library, out):
    """`library`: a cc_library with linkstatic."""
    native.genrule(
        name = name,
        srcs = [library],
        outs = [out],
        cmd = "for a in $(locations %s); do case $$a in *.a) in=$$a;; esac; done; " % library +
              "$(location //worlds/explore:state_section.sh) $(OBJCOPY) $$in $@",
        toolchains = ["@bazel_tools//tools/cpp:current_cc_toolchain"],
        tools = ["//worlds/explore:state_section.sh"],
    )
