"""A test target for each log, so that they cache, shard and run elsewhere one by one."""

def replay_tests(logs, ports = []):
    """Makes replay_NAME for every NAME.slog in logs, files of the calling package. `ports`: the programs that gort replay
    runs for logs of other releases of Go (//versions)."""
    for log in logs:
        name = log[:-len(".slog")]
        native.sh_test(
            name = "replay_" + name,
            size = "medium",
            srcs = ["//conformance:replay_log.sh"],
            args = [
                "$(location //conformance:gort)",
                "$(location %s)" % log,
            ],
            data = [
                log,
                "//conformance:gort",
            ] + ports,
        )
