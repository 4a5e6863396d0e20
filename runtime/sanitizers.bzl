"""Targets that are built for a sanitizer with all that they are made of, beside the ordinary build of the same."""

# GCC warns of what is not there when it has rewritten a function; clang does not know these warnings.
_copts = {
    "address": ["-fsanitize=address", "-O1", "-Wno-unknown-warning-option", "-Wno-maybe-uninitialized"],
    "thread": ["-fsanitize=thread", "-O1", "-Wno-unknown-warning-option", "-Wno-tsan"],
    "undefined": ["-fsanitize=undefined", "-fno-sanitize-recover=undefined", "-O1"],
}

def _string_flag_impl(ctx):
    return []

string_flag = rule(
    implementation = _string_flag_impl,
    build_setting = config.string(flag = True),
)

def _others(flags):
    return [f for f in flags if not f.startswith("-fsanitize=") and not f.startswith("-fno-sanitize")]

def _sanitized_impl(settings, attr):
    copt, linkopt = "//command_line_option:copt", "//command_line_option:linkopt"
    return {
        copt: _others(settings[copt]) + _copts[attr.sanitizer],
        linkopt: _others(settings[linkopt]) + ["-fsanitize=" + attr.sanitizer] + attr.sanitizer_linkopts,
        "//:sanitizer": attr.sanitizer,
    }

_options = ["//command_line_option:copt", "//command_line_option:linkopt"]

# For dependencies of rules that have these attributes.
sanitized = transition(
    implementation = _sanitized_impl,
    inputs = _options,
    outputs = _options + ["//:sanitizer"],
)

sanitized_attrs = {
    "sanitizer": attr.string(values = _copts.keys()),
    "sanitizer_linkopts": attr.string_list(),
    "_whitelist_function_transition": attr.label(
        default = "@bazel_tools//tools/whitelists/function_transition_whitelist",
    ),
}

def _sanitized_binary_impl(ctx):
    program = ctx.actions.declare_file(ctx.label.name)
    binary = ctx.attr.binary[0][DefaultInfo].files_to_run.executable
    ctx.actions.symlink(output = program, target_file = binary, is_executable = True)
    return DefaultInfo(executable = program, files = depset([program]), runfiles = ctx.runfiles([program, binary]))

# The binary, built for `sanitizer`.
sanitized_binary = rule(
    implementation = _sanitized_binary_impl,
    attrs = dict(sanitized_attrs, binary = attr.label(executable = True, cfg = sanitized)),
    executable = True,
)
