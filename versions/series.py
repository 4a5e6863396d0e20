#!/usr/bin/env python3
"""The port as later releases of Go have it: one series of patches a release, each series on top of the one before.

    series.py source RELEASE DIR      writes the patched files, as a git repository with a commit for each patch
    series.py back RELEASE DIR        writes the release's patches again, from the commits of such a repository
    series.py check RELEASE           applies them all and says what does not fit
    series.py bazel RELEASE OUT ...   what versions/port.bzl calls

A patch is a head of a few sentences, each line with "# " in front, and a unified diff. Exit status: 0, or 2 with one
line that says which patch does not fit, and where.
"""
import argparse
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap

ROOT = os.path.abspath(os.environ.get("GORT_ROOT") or os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
HERE = os.path.join(ROOT, "versions")

# What a port for replays is made of, and what patches may change: the rest is the same for all releases.
FILES = ["runtime/*.cc", "runtime/*.h", "runtime/*.S", "worlds/lockstep/*.cc", "worlds/lockstep/*.h",
         "worlds/lockstep/seam/*.h", "worlds/facts/collector.*", "conformance/layout_table.*",
         "tools/capture/state_table.inc"]


class Broken(Exception):
    """Exit status 2."""


def releases():
    """The releases that have a series, oldest first."""
    names = [os.path.basename(d) for d in glob.glob(os.path.join(HERE, "go1.*")) if os.path.isdir(d)]
    return sorted(names, key=lambda name: int(name.split(".")[1]))


def series(release):
    """The folders whose patches make that release, in order."""
    known = releases()
    release = release if release.startswith("go") else "go" + release
    if release not in known:
        raise Broken("no series of patches for %s; there are %s" % (release, ", ".join(known)))
    return known[:known.index(release) + 1]


def patches(release):
    """(name, path) of its patches, in order."""
    found = sorted(glob.glob(os.path.join(HERE, release, "*.patch")))
    return [("versions/%s/%s" % (release, os.path.basename(path)), path) for path in found]


def head(path):
    """The sentences at the head of a patch."""
    lines = []
    with open(path, encoding="utf-8") as text:
        for line in text:
            if not line.startswith("#"):
                break
            lines.append(line[1:].strip())
    if not lines:
        raise Broken("%s: a patch begins with a line that says what it changes" % path)
    return "\n".join(lines)


def git(folder, *words, **more):
    # Never the repository that we happen to stand in.
    env = dict(os.environ, GIT_CEILING_DIRECTORIES=os.path.dirname(os.path.abspath(folder)), GIT_CONFIG_GLOBAL=os.devnull)
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        env.pop(name, None)
    words = ["-c", "user.name=gort", "-c", "user.email=gort@localhost", "-c", "commit.gpgsign=false", *words]
    return subprocess.run(["git", *words], cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, universal_newlines=True, **more)


def apply(name, path, folder):
    done = git(folder, "apply", "--whitespace=nowarn", path)
    if done.returncode == 0:
        return
    where = re.findall(r"error: patch failed: (.*)", done.stderr) or [done.stderr.strip().split("\n")[0]]
    raise Broken("%s no longer applies: its lines are not at %s" % (name, ", ".join(where)))


def copy(folder):
    """The files of the port as they are, below folder."""
    for pattern in FILES:
        for path in glob.glob(os.path.join(ROOT, pattern)):
            target = os.path.join(folder, os.path.relpath(path, ROOT))
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(path, target)


def source(release, folder, commits=True):
    """Writes the patched files below folder, which must be new or empty."""
    if os.path.isdir(folder) and os.listdir(folder):
        raise Broken("%s: is not empty" % folder)
    copy(folder)
    if commits:
        git(folder, "init", "-q", check=True)
        git(folder, "add", "-A", check=True)
        git(folder, "commit", "-q", "-m", "go1.24", check=True)
        git(folder, "tag", "go1.24", check=True)
    for step in series(release):
        for name, path in patches(step):
            apply(name, path, folder)
            if commits:
                git(folder, "add", "-A", check=True)
                title = os.path.basename(path)[:-len(".patch")].split("-", 1)[1]
                git(folder, "commit", "-q", "-m", title + "\n\n" + head(path), check=True)
        if commits:
            git(folder, "tag", step, check=True)


def back(release, folder):
    """The commits of folder behind the release before become the patches of this one."""
    before = (["go1.24"] + series(release))[-2]
    release = series(release)[-1]
    listed = git(folder, "rev-list", "--reverse", before + "..HEAD", check=True).stdout.split()
    target = os.path.join(HERE, release)
    for path in glob.glob(os.path.join(target, "*.patch")):
        os.unlink(path)
    for number, commit in enumerate(listed, 1):
        title, _, text = git(folder, "log", "-1", "--format=%B", commit, check=True).stdout.strip().partition("\n")
        if not re.fullmatch(r"[a-z0-9-]+", title):
            raise Broken("%s: the first line of a commit is the patch's name, not %r" % (folder, title))
        diff = git(folder, "diff", "--no-renames", "--no-color", commit + "~", commit, check=True).stdout
        diff = re.sub(r"(?m)^(diff --git|index|new file mode) .*\n", "", diff)
        with open(os.path.join(target, "%02d-%s.patch" % (number, title)), "w", encoding="utf-8") as patch:
            patch.write("".join("# %s\n" % line for line in textwrap.wrap(text.strip(), 118)) + diff)


def bazel(release, out, files):
    """Writes each file of `files` (its path in the workspace) to out/PATH, patched, and with what it includes of the
    others found in out: an include of the plain port would be found first otherwise."""
    with tempfile.TemporaryDirectory() as folder:
        source(release, folder, commits=False)
        ours = set(files)
        seam = "worlds/lockstep/"

        def included(match):
            path = match.group(2)
            path = seam + path if path.startswith("seam/") else path
            return '%s"%s/%s"' % (match.group(1), out.split("/bin/", 1)[-1], path) if path in ours else match.group(0)

        for path in files:
            try:
                with open(os.path.join(folder, path), encoding="utf-8") as text:
                    lines = re.sub(r'(?m)^(\s*#\s*include\s+)"([^"]*)"', included, text.read())
            except FileNotFoundError:
                raise Broken("no patch of %s makes %s" % (release, path)) from None
            with open(os.path.join(out, path), "w", encoding="utf-8") as text:
                text.write(lines)


def main():
    parser = argparse.ArgumentParser(prog="series.py", description=__doc__.split("\n\n")[0])
    parser.add_argument("what", choices=("source", "back", "check", "bazel"))
    parser.add_argument("release", metavar="RELEASE", help="go1.25 ...")
    parser.add_argument("words", nargs="*", metavar="DIR")
    options = parser.parse_args()
    if options.what == "bazel":
        bazel(options.release, options.words[0], options.words[1:])
        return
    if options.what == "check":
        with tempfile.TemporaryDirectory() as folder:
            source(options.release, folder, commits=False)
        return
    if len(options.words) != 1:
        raise Broken("usage: %s RELEASE DIR" % options.what)
    if options.what == "source":
        source(options.release, options.words[0])
    else:
        back(options.release, options.words[0])


if __name__ == "__main__":
    try:
        main()
    except Broken as error:
        print("gort: %s" % error, file=sys.stderr)
        sys.exit(2)
