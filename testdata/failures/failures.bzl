"""A test target for each row of manifest.txt."""

def failure_programs(programs):
    """Makes NAME, the C++ program, of every NAME.cc in programs."""
    for source in programs:
        native.cc_binary(
            name = source[:-len(".cc")],
            testonly = True,
            srcs = [source],
            # Every function that waits stands on the stack, as it does in Go.
            copts = ["-fno-optimize-sibling-calls"],
            deps = [
                "//:gort",
                "//api:gort_main",
            ],
        )

def failure_tests(cases):
    """Makes CASE_test for every case: program, of the dictionary cases; its golden file is CASE.golden."""
    for case, program in cases.items():
        native.sh_test(
            name = case + "_test",
            size = "small",
            srcs = ["run_compare.sh"],
            args = [
                "$(location :compare)",
                "$(location manifest.txt)",
                case,
                "$(location :%s)" % program,
                "$(location %s.golden)" % case,
            ],
            data = [
                ":compare",
                ":" + program,
                "manifest.txt",
                case + ".golden",
            ],
        )
