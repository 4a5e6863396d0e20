"""Goroutines in gdb: Go's runtime-gdb.py, for programs of gort, alive or as a core.

Every program has this in its section .debug_gdb_scripts, so gdb finds it by itself, if it trusts the program:

    gdb -iex 'set auto-load safe-path /' PROGRAM [CORE]
    (gdb) info goroutines               number, status, why and since when it waits, in which queue it lies, where
    (gdb) goroutine 7 bt                its stack
    (gdb) goroutine all bt              everybody's
    (gdb) goroutine 7 info locals       any other command, at the innermost frame of it

A goroutine that runs, or is in a system call, has a thread, whose frames gdb knows. One that is parked has left its
callee-saved registers on its stack, as PUSH_FRAME in asm_amd64.S or asm_arm64.S lays them. To show it, frame 0 of some
thread is said to have been called from there: no register is written, so that a core serves as well as a process.
"""

import time

import gdb
import gdb.unwinder

STATUSES = {0: "idle", 1: "runnable", 2: "running", 3: "syscall", 4: "waiting", 6: "dead", 9: "preempted"}
SCAN = 0x1000
WAITING = (4, 9)


def number(v):
    """The number in a word of the runtime, whatever its type is dressed in."""
    while v.type.strip_typedefs().code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
        fields = [f for f in v.type.strip_typedefs().fields() if not hasattr(f, "enumval") and not is_static(f)]
        named = [f for f in fields if f.name in ("value", "v")]
        v = v[(named or fields)[0]]
    return int(v)


def is_static(field):
    return not hasattr(field, "bitpos")


def pointer(v, to):
    """The runtime's object that a word points to, or None."""
    address = number(v)
    return gdb.Value(address).cast(gdb.lookup_type("runtime::" + to).pointer()) if address else None


def variable(name):
    return gdb.parse_and_eval("'runtime::%s'" % name)


def goroutines():
    """All gs that are not dead."""
    for i in range(number(variable("allglen"))):
        gp = variable("allgs")["array"][i]
        if status(gp) not in (0, 6):
            yield gp


def status(gp):
    return number(gp["atomicstatus"]) & ~SCAN


def status_text(gp):
    s = status(gp)
    if s == 3 and int(gp["syscallsp"]) == int(gp["stack"]["hi"]):
        return "running without a P"
    return STATUSES.get(s, str(s))


def follow(g):
    while g is not None:
        yield g
        g = pointer(g["schedlink"], "g")


def queues():
    """goid: where it lies, for all that are in a queue of the scheduler's."""
    where = {}
    for i in range(number(variable("gomaxprocs"))):
        pp = variable("allp")["array"][i]
        after = pointer(pp["runnext"], "g")
        if after is not None:
            where[number(after["goid"])] = "next on P%d" % i
        head, tail = number(pp["runqhead"]), number(pp["runqtail"])
        for k in range(head, head + ((tail - head) & 0xFFFFFFFF)):
            gp = pointer(pp["runq"][k % 256], "g")
            if gp is not None:
                where[number(gp["goid"])] = "place %d of P%d's queue" % (k - head, i)
    for k, gp in enumerate(follow(pointer(variable("sched")["runq"]["head"], "g"))):
        where[number(gp["goid"])] = "place %d of the global queue" % k
    return where


def reason(gp):
    """As in Go's dumps: waitReasonChanReceive is "chan receive"."""
    name = str(gp["waitreason"]).split("waitReason")[-1]
    words = ""
    for i, c in enumerate(name):
        new = c.isupper() and i > 0 and not (name[i - 1].isupper() and (i + 1 == len(name) or name[i + 1].isupper()))
        words += (" " if new else "") + c
    return " ".join(w if w.isupper() else w.lower() for w in words.split())


def since(gp):
    """For how long it has waited, if a collection has noted it."""
    start = number(gp["waitsince"])
    if start == 0:
        return ""
    if gdb.selected_inferior().pid != 0 and not is_core():
        return ", for %.1f s" % ((time.clock_gettime_ns(time.CLOCK_MONOTONIC) - start) / 1e9)
    return ", since %.1f s of the machine's clock" % (start / 1e9)


def is_core():
    return "core" in gdb.execute("info inferiors", to_string=True).lower() or \
        "core file" in gdb.execute("info target", to_string=True)


def channel(gp):
    sg = gp["waiting"]
    return " on %#x" % int(sg["c"]) if int(sg) != 0 and int(sg["c"]) != 0 else ""


def function_at(pc):
    """The function's name, not that of one which the compiler put into it."""
    block, name = None, None
    try:
        block = gdb.block_for_pc(pc)
    except RuntimeError:
        pass
    while block is not None:
        if block.function is not None:
            name = block.function.print_name
        block = block.superblock
    if name is not None:
        return name
    symbol = gdb.execute("info symbol %d" % pc, to_string=True)
    return symbol.split(" + ")[0].split(" in section")[0] if "No symbol" not in symbol else "?"


class Parked(gdb.unwinder.Unwinder):
    """Says of frame 0 that it was called from where a goroutine is parked."""

    def __init__(self):
        super().__init__("gort goroutine")
        self.registers = None  # name: value; None: does nothing
        self.innermost = None

    def __call__(self, pending):
        if self.registers is None:
            return None
        pc, sp = int(pending.read_register("pc")), int(pending.read_register("sp"))
        if (pc, sp) != self.innermost:
            return None
        info = pending.create_unwind_info(FrameId(pending.read_register("sp"), pending.read_register("pc")))
        for name, value in self.registers.items():
            like = pending.read_register(name)
            info.add_saved_register(name, gdb.Value(value & 0xFFFFFFFFFFFFFFFF).cast(unsigned()).cast(like.type))
        return info


class FrameId:
    def __init__(self, sp, pc):
        self.sp, self.pc = sp, pc


def unsigned():
    return gdb.lookup_type("unsigned long")


def word(address):
    return int(gdb.Value(address).cast(unsigned().pointer()).dereference())


def saved_registers(gp):
    """Of a goroutine that is parked: the registers of mcall's caller. None: it has not begun."""
    sp, pc = int(gp["sched"]["sp"]), int(gp["sched"]["pc"])
    if sp == 0 or pc == int(gp["startpc"]):
        return None
    arm = "aarch64" in gdb.selected_inferior().architecture().name()
    layout, size, caller = ARM64 if arm else AMD64
    registers = {name: word(sp + offset) for name, offset in layout.items()}
    registers[caller] = sp + size
    return registers


# Offsets from sched.sp, what the frame takes, and the name of the stack pointer.
AMD64 = ({"r15": 24, "r14": 32, "r13": 40, "r12": 48, "rbx": 56, "rbp": 64, "rip": 72}, 80, "rsp")
ARM64 = ({"x29": 0, "pc": 8, **{"x%d" % (19 + i): 16 + 8 * i for i in range(10)}}, 176, "sp")

parked = Parked()
gdb.unwinder.register_unwinder(None, parked, replace=True)


def thread_of(gp):
    """The thread that runs gp, if there is one."""
    mp = gp["m"]
    if int(mp) == 0 or status(gp) in WAITING:
        return None
    tid = number(mp["procid"])
    return next((t for t in gdb.selected_inferior().threads() if t.ptid[1] == tid), None)


def frames(gp, command):
    """Runs command, or prints the stack, in gp."""
    before = gdb.selected_thread()
    thread = thread_of(gp)
    try:
        if thread is not None:
            thread.switch()
            gdb.newest_frame().select()
            gdb.execute(command)
            return
        registers = saved_registers(gp)
        if registers is None:
            print("#0  %s, which has not begun" % function_at(int(gp["startpc"])))
            return
        top = gdb.newest_frame()
        parked.innermost = (top.pc(), int(top.read_register("sp")))
        parked.registers = registers
        gdb.invalidate_cached_frames()
        frame = gdb.newest_frame()
        while frame.type() == gdb.INLINE_FRAME:  # a part of frame 0
            frame = frame.older()
        frame = frame.older()
        if command in ("bt", "backtrace", "where"):
            show(frame)
        elif frame is not None:
            frame.select()
            gdb.execute(command)
    finally:
        parked.registers = None
        gdb.invalidate_cached_frames()
        if before is not None and before.is_valid():
            before.switch()


def show(frame):
    n = 0
    while frame is not None and frame.is_valid():
        place = frame.find_sal()
        at = " at %s:%d" % (place.symtab.filename, place.line) if place.symtab is not None else ""
        print("#%-2d %#018x in %s ()%s" % (n, frame.pc(), frame.name() or "??", at))
        frame, n = frame.older(), n + 1


class InfoGoroutines(gdb.Command):
    """All goroutines: number, status, why and since when, in which queue, and the function it began with."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STACK, gdb.COMPLETE_NONE)

    def invoke(self, _argument, _from_tty):
        where = queues()
        for gp in goroutines():
            goid, s = number(gp["goid"]), status(gp)
            text = status_text(gp)
            if s in WAITING:
                text += ": " + reason(gp) + channel(gp) + since(gp)
            elif s == 1:
                text += ", " + where.get(goid, "in no queue")
            elif int(gp["m"]) != 0:
                text += " on thread %d" % number(gp["m"]["procid"])
            mark = "*" if s == 2 else " "
            start = function_at(int(gp["startpc"])) if int(gp["startpc"]) != 0 else "a thread that gort did not start"
            print("%s %d %s, %s" % (mark, goid, text, start))


class Goroutine(gdb.Command):
    """goroutine N|all COMMAND: runs a command of gdb's at the innermost frame of a goroutine. bt: its stack."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK, gdb.COMPLETE_NONE)

    def invoke(self, argument, _from_tty):
        who, _, command = argument.strip().partition(" ")
        if not command or not (who == "all" or who.isdigit()):
            raise gdb.GdbError("usage: goroutine N|all COMMAND")
        found = [gp for gp in goroutines() if who in ("all", str(number(gp["goid"])))]
        if not found:
            raise gdb.GdbError("no goroutine %s" % who)
        for gp in found:
            if who == "all":
                print("goroutine %d [%s]:" % (number(gp["goid"]),
                                              reason(gp) if status(gp) in WAITING else status_text(gp)))
            frames(gp, command.strip())


InfoGoroutines()
Goroutine()
