"""Programs with a twin in Go, and a test of each."""

def twins(names):
    """Makes NAME and twin_NAME for files NAME.cc, NAME.events and NAME.out of the calling package."""
    for name in names:
        native.cc_binary(
            name = name,
            testonly = True,
            srcs = [name + ".cc"],
            deps = [
                "//:gort",
                "//conformance/twins:recorder",
            ],
        )
        native.sh_test(
            name = "twin_" + name,
            size = "medium",
            srcs = ["//conformance/twins:twin_test.sh"],
            args = [
                "$(location //conformance/twins)",
                "$(location %s)" % name,
                "$(location %s.events)" % name,
                "$(location %s.out)" % name,
            ],
            data = [
                name,
                name + ".events",
                name + ".out",
                "//conformance/twins",
            ],
        )
