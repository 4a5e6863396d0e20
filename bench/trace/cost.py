"""What a trace costs: the workloads of gort bench live, on gort and in Go 1.24, each with its tracer on and off.

Each measurement is a process of its own; a round runs a workload in all four ways, in an order of chance. Kept is the
smallest of the rounds, by processor time for each operation: what other programs take of the machine does not count.
Traces go to files in the temporary folder: a slow disk shows.
"""
import json
import os
import random
import subprocess
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "..", ".."))
GORT = os.path.join(ROOT, "bazel-bin", "bench", "live", "live_gort")
# Workload, processors, operations: as many as make a trace of some tens of megabytes.
WORKLOADS = (
    ("yield", 1, 500000),
    ("spawn", 1, 300000),
    ("roundtrip", 1, 300000),
    ("roundtrip", 2, 300000),
    ("skynet", 2, 100000),
    ("prodcons", 2, 800000),
    ("mutex", 2, 400000),
    ("sleep", 2, 20000),
    ("park", 1, 50000),
    ("select-ready", 1, 400000),
    ("select-blocked", 1, 400000),
)


def cpu(program, workload, procs, n, env):
    """Processor time of one operation, in ns."""
    out = subprocess.run([program, workload, str(n)], capture_output=True, text=True, check=True,
                         env=dict(os.environ, GOMAXPROCS=str(procs), **env))
    said = json.loads(out.stdout)
    return said["cpu_ns"] / said["ops"]


def measure(go, rounds, progress):
    """Rows of workload, procs, and ns by (peer, whether traced); go is a Go 1.24."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="gort-bench-") as work:
        program = os.path.join(work, "live_go")
        subprocess.run([go, "build", "-o", program, "."], cwd=os.path.join(ROOT, "bench", "live", "go"), check=True,
                       env=dict(os.environ, GOTOOLCHAIN="local", GOFLAGS="-buildvcs=false"))
        trace = os.path.join(work, "trace")
        ways = {
            ("gort", False): (GORT, {}),
            ("gort", True): (GORT, {"GORT_TRACE": trace}),
            ("go", False): (program, {}),
            ("go", True): (program, {"LIVE_TRACE": trace}),
        }
        for workload, procs, n in WORKLOADS:
            progress("cost of a trace: " + workload)
            best = {}
            for _ in range(rounds):
                for way in random.sample(sorted(ways), len(ways)):
                    ns = cpu(ways[way][0], workload, procs, n, ways[way][1])
                    best[way] = min(ns, best.get(way, ns))
            row = {"workload": workload, "procs": procs}
            for peer in ("gort", "go"):
                plain, traced = best[peer, False], best[peer, True]
                row[peer] = {"plain_ns": plain, "traced_ns": traced, "factor": traced / plain}
            row["met"] = row["gort"]["factor"] <= row["go"]["factor"]
            row["added_ratio"] = ((row["gort"]["traced_ns"] - row["gort"]["plain_ns"]) /
                                  (row["go"]["traced_ns"] - row["go"]["plain_ns"]))
            rows.append(row)
    return rows


def table(rows):
    lines = ["| a live program, processor time an operation | Ps | gort | traced | factor | Go 1.24 | traced | factor "
             "| at most Go's | what a trace adds, gort/Go |", "|---|---|---|---|---|---|---|---|---|---|"]
    for row in rows:
        line = "| %s | %d |" % (row["workload"], row["procs"])
        for peer in ("gort", "go"):
            line += " %.0f ns | %.0f ns | %.2f |" % tuple(row[peer][k] for k in ("plain_ns", "traced_ns", "factor"))
        lines.append(line + " %s | %.2f |" % ("met" if row["met"] else "**missed**", row["added_ratio"]))
    return "\n".join(lines)
