"""What a program outside of Bazel needs to be compiled and linked against some libraries."""

load("//runtime:sanitizers.bzl", "sanitized", "sanitized_attrs")

def _link_inputs_impl(ctx):
    cc = cc_common.merge_cc_infos(cc_infos = [dep[CcInfo] for dep in ctx.attr.deps])
    compile = cc.compilation_context
    includes = compile.includes.to_list() + compile.system_includes.to_list()

    # Those of the distribution's packages are where every compiler looks.
    flags = ["-isystem%s" % d for d in includes if not "external/" in d]
    flags += ["-D%s" % d for d in compile.defines.to_list()]
    archives = []
    libs = []
    for unit in cc.linking_context.linker_inputs.to_list():
        for library in unit.libraries:
            archive = library.pic_static_library or library.static_library
            if archive == None:
                fail("%s: no archive" % library)
            archives.append(archive)
            if library.alwayslink:
                libs += ["-Wl,--whole-archive", archive.path, "-Wl,--no-whole-archive"]
            else:
                libs.append(archive.path)
        libs += unit.user_link_flags
    compile_file = ctx.outputs.compile
    link_file = ctx.outputs.link
    ctx.actions.write(compile_file, "".join([f + "\n" for f in flags]))
    ctx.actions.write(link_file, "".join([f + "\n" for f in libs]))
    files = depset([compile_file, link_file] + archives, transitive = [compile.headers])
    return DefaultInfo(files = files, runfiles = ctx.runfiles(transitive_files = files))

_outputs = {"compile": "%{name}.compile", "link": "%{name}.link"}

# NAME.compile and NAME.link: flags for the compiler, a line each. Paths of files are as Bazel's own actions see them.
link_inputs = rule(
    implementation = _link_inputs_impl,
    attrs = {"deps": attr.label_list(providers = [CcInfo])},
    outputs = _outputs,
)

# The same of libraries that are built for `sanitizer`.
sanitized_link_inputs = rule(
    implementation = _link_inputs_impl,
    attrs = dict(sanitized_attrs, deps = attr.label_list(providers = [CcInfo], cfg = sanitized)),
    outputs = _outputs,
)
