"""A program built for a sanitizer with all that it is made of, beside the ordinary build of the same targets."""

_flags = {
    # GCC warns of what is not there when it has rewritten a function for it.
    "address": ["-fsanitize=address", "-O1", "-Wno-maybe-uninitialized"],
    "thread": ["-fsanitize=thread", "-O1", "-Wno-tsan"],
}

def _string_flag_impl(ctx):
    return []

string_flag = rule(
    implementation = _string_flag_impl,
    build_setting = config.string(flag = True),
)

def _others(flags):
    return [f for f in flags if not f.startswith("-fsanitize=")]

def _sanitized_impl(settings, attr):
    copt, linkopt = "//command_line_option:copt", "//command_line_option:linkopt"
    return {
        copt: _others(settings[copt]) + _flags[attr.sanitizer],
        linkopt: _others(settings[linkopt]) + ["-fsanitize=" + attr.sanitizer],
        "//:sanitizer": attr.sanitizer,
    }

_sanitized = transition(
    implementation = _sanitized_impl,
    inputs = ["//command_line_option:copt", "//command_line_option:linkopt"],
    outputs = ["//command_line_option:copt", "//command_line_option:linkopt", "//:sanitizer"],
)

def _sanitized_binary_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    ctx.actions.symlink(output = program, target_file = ctx.executable.binary, is_executable = True)
    return DefaultInfo(executable = program, files = depset([program]), runfiles = ctx.runfiles([program]))

# A copy of the binary, built for `sanitizer`: "address" or "thread".
sanitized_binary = rule(
    implementation = _sanitized_binary_impl,
    attrs = {
        "binary": attr.label(executable = True, cfg = "target"),
        "sanitizer": attr.string(values = ["address", "thread"]),
        "_whitelist_function_transition": attr.label(
            default = "@bazel_tools//tools/whitelists/function_transition_whitelist",
        ),
    },
    cfg = _sanitized,
    executable = True,
)
