"""The port with smaller numbers (small.txt): its files, copied, with a few texts changed."""

def _small_impl(ctx):
    out = ctx.label.name
    files = []
    made = []
    for path in [f.short_path for f in ctx.files.srcs]:
        if path not in files:
            files.append(path)
            made.append(ctx.actions.declare_file(out + "/" + path))
    root = made[0].path[:-len(files[0]) - 1]
    ctx.actions.run_shell(
        inputs = ctx.files.srcs + [ctx.file._tool, ctx.file._table],
        outputs = made,
        command = 'exec python3 "$@"',
        arguments = [ctx.file._tool.path, ".", root, ctx.label.package + "/" + out] + files,
        mnemonic = "ShrinkPort",
        progress_message = "Making the numbers of the port smaller",
    )
    return [DefaultInfo(files = depset(made))]

small = rule(
    implementation = _small_impl,
    attrs = {
        "srcs": attr.label_list(allow_files = True),  # what is to be compiled, headers included
        "_tool": attr.label(default = "//worlds/explore:small.py", allow_single_file = True),
        "_table": attr.label(default = "//worlds/explore:small.txt", allow_single_file = True),
    },
)
