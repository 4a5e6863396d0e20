"""Compilers for arm64 on another machine: Debian's g++-aarch64-linux-gnu, and libraries that ./gort has put into a folder."""

load("@bazel_tools//tools/build_defs/cc:action_names.bzl", "ACTION_NAMES")
load("@bazel_tools//tools/cpp:cc_toolchain_config_lib.bzl", "feature", "flag_group", "flag_set", "tool_path")

SysrootInfo = provider(fields = ["path"])

def _sysroot_impl(ctx):
    return SysrootInfo(path = ctx.build_setting_value)

# Where the libraries of the distribution are for arm64: a folder with usr/include and usr/lib in it.
sysroot = rule(
    implementation = _sysroot_impl,
    build_setting = config.string(flag = True),
)

_COMPILE = [
    ACTION_NAMES.assemble,
    ACTION_NAMES.c_compile,
    ACTION_NAMES.cpp_compile,
    ACTION_NAMES.preprocess_assemble,
]

_LINK = [
    ACTION_NAMES.cpp_link_executable,
    ACTION_NAMES.cpp_link_dynamic_library,
    ACTION_NAMES.cpp_link_nodeps_dynamic_library,
]

def _flags(name, actions, flags):
    return feature(
        name = name,
        enabled = True,
        flag_sets = [flag_set(actions = actions, flag_groups = [flag_group(flags = flags)])],
    )

def _toolchain_config_impl(ctx):
    path = ctx.attr.sysroot[SysrootInfo].path
    names = {
        "ar": "ar",
        "cpp": "cpp",
        "gcc": "g++",
        "gcov": "gcov",
        "ld": "ld",
        "nm": "nm",
        "objcopy": "objcopy",
        "objdump": "objdump",
        "strip": "strip",
    }
    return cc_common.create_cc_toolchain_config_info(
        ctx = ctx,
        toolchain_identifier = "arm64",
        host_system_name = "local",
        target_system_name = "aarch64-linux-gnu",
        target_cpu = "aarch64",
        target_libc = "glibc",
        compiler = "gcc",
        abi_version = "gcc",
        abi_libc_version = "glibc",
        cxx_builtin_include_directories = [
            "/usr/lib/gcc-cross/aarch64-linux-gnu",
            "/usr/aarch64-linux-gnu/include",
            "/usr/include",
            path + "/usr/include",
        ],
        tool_paths = [
            tool_path(name = name, path = "/usr/bin/aarch64-linux-gnu-" + program)
            for name, program in names.items()
        ],
        features = [
            _flags("sysroot_includes", _COMPILE, [
                "-fno-canonical-system-headers",
                # Behind the compiler's own: libunwind has an unwind.h, too.
                "-idirafter",
                path + "/usr/include/aarch64-linux-gnu",
                "-idirafter",
                path + "/usr/include",
            ]),
            _flags("sysroot_libraries", _LINK, [
                "-L" + path + "/usr/lib/aarch64-linux-gnu",
                "-Wl,-rpath-link," + path + "/usr/lib/aarch64-linux-gnu",
            ]),
        ],
    )

toolchain_config = rule(
    implementation = _toolchain_config_impl,
    attrs = {"sysroot": attr.label(providers = [SysrootInfo])},
    provides = [CcToolchainConfigInfo],
)
