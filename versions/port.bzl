"""The port of a later release of Go: the plain port's files, patched, and a program that replays logs with them."""

def _patched_impl(ctx):
    out = ctx.label.name
    files = []
    made = []
    for path in [f.short_path for f in ctx.files.srcs] + ctx.attr.adds:
        if path not in files:
            files.append(path)
            made.append(ctx.actions.declare_file(out + "/" + path))
    root = made[0].path[:-len(files[0]) - 1]
    ctx.actions.run_shell(
        inputs = ctx.files.srcs + ctx.files.tree + ctx.files.patches + [ctx.file._series],
        outputs = made,
        command = 'exec python3 "$@"',
        arguments = [ctx.file._series.path, "bazel", ctx.attr.release, root] + files,
        mnemonic = "PatchPort",
        progress_message = "Patching the port to %s" % ctx.attr.release,
    )
    return [DefaultInfo(files = depset(made), runfiles = ctx.runfiles(made))]

_patched = rule(
    implementation = _patched_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = True),  # what is to be compiled, headers included
        "adds": attr.string_list(),  # and what the patches add to it
        "tree": attr.label_list(allow_files = True),  # everything that patches may change
        "patches": attr.label_list(allow_files = [".patch"]),
        "release": attr.string(),
        "_series": attr.label(default = "//versions:series.py", allow_single_file = True),
    },
)

# What the port in the lockstep world is compiled of, as //runtime:lockstep is.
_SRCS = [
    "//conformance:layout_table_files",
    "//runtime:lockstep_files",
    "//tools/capture:state_table.inc",
    "//worlds/facts:collector_files",
    "//worlds/lockstep:seam_files",
    "//worlds/lockstep:world_files",
]

_TREE = [
    "//conformance:layout_table_files",
    "//runtime:source_files",
    "//tools/capture:state_table.inc",
    "//worlds/facts:source_files",
    "//worlds/lockstep:source_files",
]

_DEPS = [
    "//conformance/schedlog",
    "//runtime/internal",
    "//worlds/facts:hooks",
    "//worlds/lockstep:fiber",
    "//worlds/lockstep:replay",
    "@absl",
    "@libunwind",
]

def port(release, before = [], adds = []):
    """Makes :lockstep, the port of that release for replays; :replay, the program that `gort replay` runs for logs of
    it; a test that each patch applies; and two of its layouts. `before`: the folders of the releases between Go 1.24 and
    this one. `adds`: files that patches add."""
    patches = ["//versions/%s:patches" % step for step in before] + [":patches"]
    native.filegroup(
        name = "patches",
        srcs = native.glob(["*.patch"]),
    )
    _patched(
        name = "src",
        srcs = _SRCS,
        adds = adds,
        patches = patches,
        release = release,
        tree = _TREE,
    )
    native.cc_library(
        name = "lockstep",
        srcs = [":src"],
        copts = ["-fno-optimize-sibling-calls"],
        # It defines the same names as the ports of other releases.
        linkstatic = True,
        deps = _DEPS,
    )
    native.cc_binary(
        name = "replay",
        srcs = ["//versions:replay_main.cc"],
        deps = [
            ":lockstep",
            "//worlds/lockstep:replay",
        ],
    )
    native.sh_test(
        name = "applies_test",
        size = "small",
        srcs = ["//versions:series.py"],
        args = [
            "check",
            release,
        ],
        data = _TREE + patches,
        env = {"GORT_ROOT": "."},
    )
    native.cc_binary(
        name = "print_layout",
        testonly = True,
        srcs = [
            "//conformance:layout_table.h",
            "//conformance:print_layout_table.cc",
        ],
        deps = [":lockstep"],
    )
    # The same table laid out by a compiler for arm64, cut out of the object.
    native.genrule(
        name = "layout_arm64",
        testonly = True,
        srcs = [
            ":src",
            "//conformance/schedlog:source_files",
            "//runtime:header_files",
            "//runtime/internal:header_files",
            "//worlds/facts:source_files",
            "//worlds/lockstep:source_files",
        ],
        outs = ["layout_arm64.bin"],
        cmd = " && ".join([
            "src=$(RULEDIR)/src",
            "aarch64-linux-gnu-g++ -std=c++20 -Wall -Wextra -Werror -I$$src -I$$src/worlds/lockstep -I. -I$(BINDIR)" +
            " -Iworlds/lockstep -c $$src/conformance/layout_table.cc -o $@.o",
            "aarch64-linux-gnu-objcopy -O binary -j gort_layout $@.o $@",
            "rm $@.o",
        ]),
    )
    for machine, table in [("amd64", []), ("arm64", [":layout_arm64.bin"])]:
        stored = "//testdata/layout:%s-linux-%s.txt" % (release, machine)
        native.sh_test(
            name = "layout_test" if machine == "amd64" else "layout_%s_table_test" % machine,
            size = "small",
            srcs = ["//conformance:same_layout_test.sh"],
            args = [
                "$(location :print_layout)",
                "$(location %s)" % stored,
            ] + ["$(location %s)" % file for file in table],
            data = [
                stored,
                ":print_layout",
            ] + table,
        )
