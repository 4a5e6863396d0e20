"""Makes mutants of a C++ source by rule, all in one text.

Clang's parser says what is a statement, a condition, an operand. Each place that can be changed gets a switch around it
(switch.h), so that one build has every mutant; the sources themselves stay as they are. The rules:

  drop       a statement is left out (a jump, too; not the last return of a function)
  true       a condition, or a bool that is returned, stored or passed on, is taken to be true, though it is evaluated
  false      the same, false
  negate     the same, the opposite
  operand    an operand of && or || that is evaluated and does not count; of + or - one that is left out
  compare    < becomes <=, > becomes >=, and the other way round (== and != are moved by `negate`)
  constant   a number one larger, or one smaller if it is at least 2; an enumerator's next value
  swap       a statement and the next one change places

What would say the same twice is left out: the only statement of an if without else is not dropped, for the condition
can be false; statements that only assign to different things, and do not read what the other writes, are not swapped.
"""
import bisect
import re

import clang.cindex
from clang.cindex import CursorKind as K, TypeKind


class Mutant:
    """One change. `number` is known once the source is written."""

    def __init__(self, rule, change, place, text):
        self.rule = rule
        self.change = change      # in words
        self.place = place        # offset in the original
        self.text = text          # of what is changed, on one line
        self.part = ""            # "check": of an if that only throws, or changes place with one; "report": what it
                                  # says; "event": behind trace.ok()
        self.within = ""          # the if or the loop that it is the condition of
        self.function = ""
        self.file = ""
        self.line = 0
        self.number = -1
        self.first = -1           # the number of its place

    def record(self):
        return {"number": self.number, "place": self.first, "file": self.file, "line": self.line,
                "function": self.function, "rule": self.rule, "change": self.change, "text": self.text,
                "part": self.part, "within": self.within}


class Place:
    """A range of the original with text in front of it and behind it. {0}, {1} ... in these stand for the numbers of
    its mutants."""

    def __init__(self, start, end, before, after, mutants, function):
        self.start = start
        self.end = end
        self.before = before
        self.after = after
        self.mutants = mutants
        self.function = function
        self.partner = None  # what is dropped when this one is


INCLUDE = b'#include "conformance/mutants/systematic/switch.h"\n'


def words(text):
    return re.sub(r"\s+", " ", re.sub(r"//[^\n]*", "", text)).strip()


EXPRESSIONS = {K.CALL_EXPR, K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.UNARY_OPERATOR, K.UNEXPOSED_EXPR,
               K.PAREN_EXPR, K.CONDITIONAL_OPERATOR, K.CXX_DELETE_EXPR, K.CXX_THROW_EXPR}
LOOPS = {K.FOR_STMT, K.WHILE_STMT, K.DO_STMT, K.CXX_FOR_RANGE_STMT}
JUMPS = {K.RETURN_STMT, K.BREAK_STMT, K.CONTINUE_STMT, K.GOTO_STMT}
LABELS = {K.LABEL_STMT, K.CASE_STMT, K.DEFAULT_STMT}
FUNCTIONS = {K.FUNCTION_DECL, K.CXX_METHOD, K.CONSTRUCTOR, K.DESTRUCTOR, K.FUNCTION_TEMPLATE, K.CONVERSION_FUNCTION}
COMPARISONS = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
# What is said of a failure: the words are not looked into.
SAID = {"print", "throw_", "fatal", "panic_", "writeErrStr"}
# Calls that only look, at what belongs to the caller.
QUIET = {"ptr", "plain", "getg", "empty", "ok", "size", "get", "operator==", "operator!=", "operator[]",
         "operator bool", "operator->", "operator*"}
# What a check may do besides to throw.
BEFORE_A_THROW = SAID | {"unlock", "dumpgstatus"}
LITERALS = {K.INTEGER_LITERAL, K.CXX_BOOL_LITERAL_EXPR, K.CXX_NULL_PTR_LITERAL_EXPR, K.STRING_LITERAL,
            K.CHARACTER_LITERAL, K.FLOATING_LITERAL}
CASTS = {K.CXX_STATIC_CAST_EXPR, K.CXX_REINTERPRET_CAST_EXPR, K.CXX_FUNCTIONAL_CAST_EXPR, K.CSTYLE_CAST_EXPR,
         K.CXX_CONST_CAST_EXPR}
INTEGERS = {TypeKind.INT, TypeKind.UINT, TypeKind.LONG, TypeKind.ULONG, TypeKind.SHORT, TypeKind.USHORT,
            TypeKind.UCHAR, TypeKind.SCHAR, TypeKind.LONGLONG, TypeKind.ULONGLONG}


class Source:
    """One file and the places in it."""

    def __init__(self, path, name, arguments, noreturn=()):
        self.path = path
        self.name = name
        self.arguments = [*arguments, "-ferror-limit=0", "-w"]
        self.noreturn = set(noreturn)
        self.index = clang.cindex.Index.create()
        with open(path, "rb") as original:
            self.bytes = original.read()
        self.lines = [0] + [m.end() for m in re.finditer(b"\n", self.bytes)]
        self.places = []
        self.traps = []  # ends of functions that must not be reached
        self.part = ""
        self.function = ""
        self.within = ""
        unit = self.parse(self.bytes)
        wrong = [d for d in unit.diagnostics if d.severity >= clang.cindex.Diagnostic.Error]
        if wrong:
            raise ValueError("%s: clang does not read it: %s" % (path, wrong[0]))
        self.declarations(unit.cursor)
        self.refused = []

    def parse(self, text):
        return self.index.parse(self.path, args=self.arguments,
                                unsaved_files=[(self.path, text.decode("utf-8"))])

    # ---- finding places

    def mine(self, cursor):
        location = cursor.location
        return location.file is not None and location.file.name == self.path

    def declarations(self, cursor):
        for child in cursor.get_children():
            if not self.mine(child):
                continue
            if child.kind in FUNCTIONS:
                self.definition(child)
            elif child.kind in (K.NAMESPACE, K.CLASS_DECL, K.STRUCT_DECL, K.CLASS_TEMPLATE, K.UNION_DECL,
                                K.LINKAGE_SPEC, K.UNEXPOSED_DECL):
                self.declarations(child)

    def definition(self, cursor):
        children = list(cursor.get_children())
        if not children or children[-1].kind != K.COMPOUND_STMT:
            return
        start = cursor.extent.start.offset
        body = children[-1]
        head = self.bytes[start:body.extent.start.offset]
        if re.search(rb"\b(constexpr|consteval)\b", head):
            return
        parent = cursor.semantic_parent
        name = cursor.spelling
        if parent is not None and parent.kind in (K.CLASS_DECL, K.STRUCT_DECL, K.CLASS_TEMPLATE):
            name = parent.spelling + "::" + name
        self.function = name
        void = cursor.result_type.spelling == "void" or cursor.kind in (K.CONSTRUCTOR, K.DESTRUCTOR)
        if not void or name in self.noreturn or b"noreturn" in head:
            self.traps.append(body.extent.end.offset - 1)
        self.block(body, last=True)

    def text(self, cursor):
        return self.bytes[cursor.extent.start.offset:cursor.extent.end.offset].decode("utf-8")

    def add(self, start, end, before, after, *mutants):
        """A place; each mutant is (rule, change, text)."""
        made = [Mutant(rule, change, start, words(text)) for rule, change, text in mutants]
        for mutant in made:
            mutant.part = self.part
            mutant.within = self.within
        place = Place(start, end, before, after, made, self.function)
        self.places.append(place)
        return place

    def statement_end(self, cursor):
        """Behind the semicolon of an expression or a jump."""
        end = cursor.extent.end.offset
        if cursor.kind in EXPRESSIONS or cursor.kind in JUMPS or cursor.kind in (K.DO_STMT, K.DECL_STMT):
            while self.bytes[end:end + 1] in (b" ", b"\n", b"\t"):
                end += 1
            if self.bytes[end:end + 1] == b";":
                end += 1
        elif cursor.kind in LOOPS or cursor.kind in (K.IF_STMT, K.SWITCH_STMT, K.UNEXPOSED_STMT):
            # Ends with its last part, whose semicolon clang leaves out.
            children = list(cursor.get_children())
            if children and children[-1].kind != K.COMPOUND_STMT:
                end = max(end, self.statement_end(children[-1]))
        return end

    # ---- statements

    def block(self, cursor, last=False):
        children = list(cursor.get_children())
        for i, child in enumerate(children):
            self.statement(child, last=last and i == len(children) - 1)
        for one, two in zip(children, children[1:]):
            self.swap(one, two)

    def statement(self, cursor, only=False, last=False):
        """only: it is all that an if without else has. last: the function ends behind it."""
        kind = cursor.kind
        start, end = cursor.extent.start.offset, self.statement_end(cursor)
        if kind == K.COMPOUND_STMT:
            inner = list(cursor.get_children())
            if only and len(inner) == 1:
                self.statement(inner[0], only=True)
            else:
                self.block(cursor)
        elif kind in EXPRESSIONS:
            if not only:
                self.drop(start, end, cursor)
            self.expression(cursor)
        elif kind == K.IF_STMT:
            self.if_statement(cursor, start, end, only)
        elif kind in LOOPS:
            if not only:
                self.drop(start, end, cursor)
            self.loop(cursor)
        elif kind == K.SWITCH_STMT:
            if not only:
                self.drop(start, end, cursor)
            children = list(cursor.get_children())
            self.block(children[-1])
        elif kind in LABELS:
            children = list(cursor.get_children())
            if children and children[-1].kind != K.INTEGER_LITERAL:
                self.statement(children[-1], last=last)
        elif kind == K.RETURN_STMT:
            children = list(cursor.get_children())
            if not only and not (last and children):
                self.drop(start, end, cursor)
            for child in children:
                self.value(child, kept=True)
        elif kind == K.UNEXPOSED_STMT:
            # With an attribute in front.
            self.statement(list(cursor.get_children())[-1], only, last)
        elif kind in (K.BREAK_STMT, K.CONTINUE_STMT, K.GOTO_STMT):
            if not only:
                self.drop(start, end, cursor)
        elif kind == K.DECL_STMT:
            for child in cursor.get_children():
                self.variable(child)

    def drop(self, start, end, cursor):
        text = self.bytes[start:end].decode("utf-8")
        kind = {K.RETURN_STMT: "return", K.BREAK_STMT: "break", K.CONTINUE_STMT: "continue", K.GOTO_STMT: "goto",
                K.IF_STMT: "if"}.get(cursor.kind, "loop" if cursor.kind in LOOPS else "statement")
        self.add(start, end, "{ if (!::mutants::at({0})) ", " }", ("drop", kind + " dropped", text))

    def if_statement(self, cursor, start, end, only):
        children = list(cursor.get_children())
        condition = None
        while children:
            child = children.pop(0)
            if child.kind == K.DECL_STMT:
                for variable in child.get_children():
                    self.variable(variable)
            elif child.kind == K.VAR_DECL:
                return  # its variable is the condition
            else:
                condition = child
                break
        other = len(children) > 1
        head = self.bytes[start:condition.extent.start.offset]
        if b"constexpr" in head:
            return
        outside = self.part
        if self.throws(children[0]) and not other:
            self.part = self.part or "check"
        if not only and (other or self.calls(condition) or b";" in head):
            self.drop(start, end, cursor)
        self.within = words(self.bytes[start:end].decode("utf-8"))
        self.condition(condition)
        self.within = ""
        if self.part == "check":
            self.part = "report"
        elif re.fullmatch(r"trace\d?\.ok\(\)", self.text(condition)):
            self.part = self.part or "event"
        self.statement(children[0], only=not other)
        self.part = outside
        if other:
            self.statement(children[1])

    def throws(self, cursor):
        """Whether a statement ends by throw_, of states that cannot be."""
        if cursor.kind in (K.COMPOUND_STMT, K.UNEXPOSED_STMT):
            children = list(cursor.get_children())
            return bool(children) and self.throws(children[-1]) and all(
                self.inner(c).kind == K.CALL_EXPR and self.inner(c).spelling in BEFORE_A_THROW for c in children[:-1])
        cursor = self.inner(cursor)
        if cursor.kind != K.CALL_EXPR:
            return False
        if cursor.spelling == "systemstack":
            return re.search(r"throw_\([^;]*\);\s*\}\s*\)$", self.text(cursor)) is not None
        return cursor.spelling in ("throw_", "badctxt")

    def checked(self, cursor):
        """What a check looks at, as text; None when it is none, or when looking is seen."""
        if cursor.kind != K.IF_STMT:
            return None
        children = list(cursor.get_children())
        if len(children) != 2 or not self.throws(children[1]) or self.calls(children[0]):
            return None
        return words(self.text(children[0]))

    def beside_a_check(self, one, two):
        """Whether one of them is a check that finds the same before and behind the other."""
        for check, other in ((one, two), (two, one)):
            looked = self.checked(check)
            if looked is None:
                continue
            if self.checked(other) is not None:
                return True
            other = self.inner(other)
            text = words(self.text(other))
            written = re.split(r" [-+]?= |\+\+|--|\.set\(", text)[0]
            if other.kind in EXPRESSIONS and "systemstack" not in text and written not in looked:
                return True
        return False

    def loop(self, cursor):
        children = list(cursor.get_children())
        body = children.pop() if cursor.kind != K.DO_STMT else children.pop(0)
        if cursor.kind in (K.WHILE_STMT, K.DO_STMT):
            if children and children[-1].kind != K.VAR_DECL:
                self.condition(children[-1])
        elif cursor.kind == K.FOR_STMT:
            # Which of the three parts there are, clang does not say: by the semicolons of the head.
            depth, parts = 0, []
            at = self.bytes.index(b"(", cursor.extent.start.offset)
            for i in range(at, body.extent.start.offset):
                c = self.bytes[i:i + 1]
                depth += c in (b"(", b"{", b"[")
                depth -= c in (b")", b"}", b"]")
                if c == b";" and depth == 1:
                    parts.append(i)
            for child in children:
                where = bisect.bisect(parts, child.extent.start.offset)
                if child.kind == K.DECL_STMT:
                    for variable in child.get_children():
                        self.variable(variable)
                elif where == 1:
                    self.condition(child)
                else:
                    self.expression(child)
        self.statement(body)

    def variable(self, cursor):
        """A local variable: what it begins with."""
        if cursor.kind not in (K.VAR_DECL, K.UNEXPOSED_DECL):
            return
        start = cursor.extent.start.offset
        head = self.bytes[start:cursor.extent.end.offset]
        if re.match(rb"\s*(static|constexpr|static constexpr|thread_local)\b", head):
            return
        children = [c for c in cursor.get_children() if c.kind.is_expression()]
        if not children:
            return
        begin = children[-1]
        if cursor.kind == K.VAR_DECL:
            between = self.bytes[cursor.location.offset:begin.extent.start.offset]
            if b"[" in between or not (b"=" in between or self.bytes[begin.extent.start.offset:][:1] == b"{" or
                                       b"(" in between or b"{" in between):
                return
        self.value(begin, kept=True)

    # Whether evaluating it can do, or read, anything that others see.
    def calls(self, cursor):
        if cursor.kind == K.CALL_EXPR and cursor.spelling not in QUIET:
            return True
        if cursor.kind in (K.LAMBDA_EXPR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.CXX_NEW_EXPR):
            return True
        if cursor.kind == K.UNARY_OPERATOR and ("++" in self.text(cursor) or "--" in self.text(cursor)):
            return True
        if cursor.kind == K.BINARY_OPERATOR and self.operator(cursor) == "=":
            return True
        return any(self.calls(child) for child in cursor.get_children())

    def contains(self, cursor, kinds, into_lambdas=False):
        for child in cursor.get_children():
            if child.kind in kinds:
                return True
            if (into_lambdas or child.kind != K.LAMBDA_EXPR) and self.contains(child, kinds, into_lambdas):
                return True
        return False

    def swap(self, one, two):
        for each in (one, two):
            if each.kind in JUMPS or each.kind in LABELS or each.kind in (K.DECL_STMT, K.NULL_STMT, K.COMPOUND_STMT):
                return
            if each.kind not in EXPRESSIONS and each.kind not in LOOPS and each.kind not in (K.IF_STMT, K.SWITCH_STMT):
                return
            if self.contains(each, {K.LABEL_STMT}):
                return
        if self.commute(one, two) or all(self.inner(each).spelling == "print" for each in (one, two)):
            return
        start, end = one.extent.start.offset, self.statement_end(one)
        start2, end2 = two.extent.start.offset, self.statement_end(two)
        text = self.bytes[start:end].decode("utf-8")
        text2 = self.bytes[start2:end2].decode("utf-8")
        if words(text) == words(text2):
            return
        # The second one first, as it stands in the original; then the first; and the second not again.
        first = self.add(start, end, "{ if (::mutants::at({0})) { " + text2.replace("{", "{{").replace("}", "}}") +
                         " } ", " }", ("swap", "swapped with the next statement",
                                       shorten(text) + " <-> " + shorten(text2)))
        if self.beside_a_check(one, two):
            first.mutants[0].part = "check"
        second = self.add(start2, end2, "{ if (!::mutants::on({0})) ", " }")
        second.borrows = first
        first.partner = second

    def commute(self, one, two):
        """Whether both are plain assignments without calls that do not touch what the other writes."""
        sides = []
        for each in (one, two):
            while each.kind == K.UNEXPOSED_EXPR:
                children = list(each.get_children())
                if len(children) != 1:
                    break
                each = children[0]
            text = words(self.text(each))
            if each.kind in (K.BINARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR) or (
                    each.kind == K.CALL_EXPR and each.spelling == "operator="):
                children = list(each.get_children())
                left = words(self.text(children[0]))
                if re.search(r"[()]", left.replace("getg()", "g").replace(".ptr()", "")):
                    return False
                right = text[len(left):]
                if re.search(r"\w\(", re.sub(r"static_cast<[^>]*>\(|getg\(\)|\.ptr\(\)", "", right)):
                    return False
                sides.append((left, right))
            elif each.kind == K.UNARY_OPERATOR and ("++" in text or "--" in text):
                left = text.replace("++", "").replace("--", "")
                if "(" in left:
                    return False
                sides.append((left, ""))
            elif each.kind == K.CALL_EXPR and re.fullmatch(r"[\w.>-]+\.set\([\w&.>-]*\)", text):
                sides.append((text[:text.index(".set(")], text[text.index(".set("):]))
            else:
                return False
        (left1, right1), (left2, right2) = sides

        def touches(left, text):
            return re.search(r"(?<![\w.>])" + re.escape(left) + r"(?!\w)", text) is not None
        return not (left1 == left2 or touches(left1, left2) or touches(left2, left1) or
                    touches(left1, right2) or touches(left2, right1))

    # ---- expressions

    def inner(self, cursor):
        """Without the parentheses and conversions around it."""
        while cursor.kind in (K.UNEXPOSED_EXPR, K.PAREN_EXPR):
            children = list(cursor.get_children())
            if len(children) != 1 or not children[0].kind.is_expression():
                break
            cursor = children[0]
        return cursor

    def operator(self, cursor):
        children = list(cursor.get_children())
        if len(children) != 2:
            return ""
        between = self.bytes[children[0].extent.end.offset:children[1].extent.start.offset]
        return words(between.decode("utf-8"))

    def around(self, cursor):
        return cursor.extent.start.offset, cursor.extent.end.offset

    def condition(self, cursor):
        inner = self.inner(cursor)
        if inner.kind in LITERALS:
            return self.expression(inner)
        text = self.text(cursor)
        start, end = self.around(cursor)
        self.add(start, end, "::mutants::condition({0}, static_cast<bool>(", "))",
                 ("true", "forced to be true", text), ("false", "forced to be false", text),
                 ("negate", "negated", text))
        self.logic(inner)
        return None

    def logic(self, cursor):
        """What is inside a condition."""
        inner = self.inner(cursor)
        if inner.kind == K.BINARY_OPERATOR and self.operator(inner) in ("&&", "||"):
            op = self.operator(inner)
            for operand in self.operands(inner, op):
                start, end = self.around(operand)
                text = self.text(operand)
                if self.inner(operand).kind not in LITERALS:
                    self.add(start, end, "::mutants::operand({0}, %s, static_cast<bool>(" % (
                        "true" if op == "&&" else "false"), "))",
                        ("operand", "operand of %s dropped" % op, text), ("negate", "operand negated", text))
                self.logic(operand)
        elif inner.kind == K.UNARY_OPERATOR and self.text(inner).startswith("!"):
            for child in inner.get_children():
                self.logic(child)
        else:
            self.expression(inner)

    def operands(self, cursor, op):
        for child in cursor.get_children():
            inner = self.inner(child)
            # As it stands, without parentheses.
            if child.kind == K.BINARY_OPERATOR and inner.kind == K.BINARY_OPERATOR and self.operator(child) == op:
                yield from self.operands(child, op)
            else:
                yield child

    def value(self, cursor, kept=False):
        """A value that is used. kept: returned or stored, not an argument."""
        inner = self.inner(cursor)
        if inner.type.get_canonical().kind == TypeKind.BOOL and inner.kind not in LITERALS and \
                inner.kind != K.LAMBDA_EXPR and cursor.type.get_canonical().kind == TypeKind.BOOL:
            if kept:
                return self.condition(cursor)
            start, end = self.around(cursor)
            self.add(start, end, "::mutants::negated({0}, static_cast<bool>(", "))",
                     ("negate", "argument negated", self.text(cursor)))
            return self.logic(inner)
        return self.expression(cursor)

    def expression(self, cursor):
        kind = cursor.kind
        if kind in (K.UNEXPOSED_EXPR, K.PAREN_EXPR):
            children = [c for c in cursor.get_children() if c.kind.is_expression()]
            for child in children:
                self.expression(child)
        elif kind == K.INTEGER_LITERAL:
            self.number(cursor)
        elif kind == K.CXX_BOOL_LITERAL_EXPR:
            text = self.text(cursor)
            start, end = self.around(cursor)
            self.add(start, end, "::mutants::negated({0}, ", ")", ("negate", text + " negated", self.line_of(start)))
        elif kind == K.DECL_REF_EXPR:
            to = cursor.referenced
            if to is not None and to.kind == K.ENUM_CONSTANT_DECL:
                start, end = self.around(cursor)
                name = self.text(cursor)
                self.add(start, end, "(::mutants::at({0}) ? static_cast<decltype(%s)>(static_cast<long>(%s) + 1) : " %
                         (name, name), ")", ("constant", name + " + 1", self.line_of(start)))
        elif kind == K.BINARY_OPERATOR:
            self.binary(cursor)
        elif kind == K.CONDITIONAL_OPERATOR:
            children = list(cursor.get_children())
            self.condition(children[0])
            for child in children[1:]:
                self.expression(child)
        elif kind == K.LAMBDA_EXPR:
            body = list(cursor.get_children())[-1]
            if body.kind == K.COMPOUND_STMT:
                if self.returns_value(body):
                    self.traps.append(body.extent.end.offset - 1)
                self.block(body, last=True)
        elif kind == K.CALL_EXPR:
            if cursor.spelling in SAID or cursor.spelling.startswith("__builtin"):
                return None
            arguments = {(a.extent.start.offset, a.extent.end.offset) for a in cursor.get_arguments()
                         if a is not None}
            for child in cursor.get_children():
                if self.around(child) in arguments:
                    self.value(child)
                elif child.kind.is_expression():
                    self.expression(child)
        elif kind in CASTS or kind in (K.UNARY_OPERATOR, K.COMPOUND_ASSIGNMENT_OPERATOR, K.MEMBER_REF_EXPR,
                                       K.ARRAY_SUBSCRIPT_EXPR, K.INIT_LIST_EXPR):
            if kind == K.UNARY_OPERATOR and re.match("-[^-]", self.text(cursor)):
                if self.inner(list(cursor.get_children())[0]).kind == K.INTEGER_LITERAL:
                    return self.number(cursor)
            for child in cursor.get_children():
                if child.kind.is_expression():
                    self.value(child) if kind == K.INIT_LIST_EXPR else self.expression(child)
        return None

    def returns_value(self, body):
        for child in body.get_children():
            if child.kind == K.RETURN_STMT and list(child.get_children()):
                return True
            if child.kind != K.LAMBDA_EXPR and self.returns_value(child):
                return True
        return False

    def line_of(self, offset):
        line = bisect.bisect(self.lines, offset)
        return self.bytes[self.lines[line - 1]:(self.lines + [len(self.bytes) + 1])[line] - 1].decode("utf-8")

    def number(self, cursor):
        start, end = self.around(cursor)
        text = self.text(cursor)
        line = self.line_of(start)
        mutants = [("constant", "%s + 1" % text, line)]
        digits = re.fullmatch(r"(0[xX][0-9a-fA-F']+|[0-9']+)[uUlL]*", text)
        before = "(::mutants::at({0}) ? (%s) + 1 : " % text
        if digits and int(digits.group(1).replace("'", ""), 0) >= 2:
            mutants.append(("constant", "%s - 1" % text, line))
            before += "::mutants::differs({1}) ? (%s) - 1 : " % text
        self.add(start, end, before, ")", *mutants)

    def binary(self, cursor):
        op = self.operator(cursor)
        left, right = list(cursor.get_children())
        start, end = self.around(cursor)
        if op == "=":
            self.expression(left)
            return self.value(right, kept=True)
        if op in ("&&", "||"):
            return self.logic(cursor)
        if op in COMPARISONS:
            changed = "%s %s %s" % (self.text(left), COMPARISONS[op], self.text(right))
            mutant = ("compare", "%s becomes %s" % (op, COMPARISONS[op]), self.text(cursor))
            if self.calls(left) or self.calls(right):
                self.add(start, end, "(::mutants::at({0}) ? (%s) : (" % escaped(changed), "))", mutant)
            else:
                self.add(start, end, "::mutants::moved({0}, (%s), (" % escaped(changed), "))", mutant)
        elif op in ("+", "-") and cursor.type.get_canonical().kind in INTEGERS:
            cast = "static_cast<%s>(%%s)" % cursor.type.get_canonical().spelling
            text = self.text(cursor)
            self.add(start, end, "(::mutants::at({0}) ? %s : ::mutants::differs({1}) ? %s : (" % (
                escaped(cast % self.text(left)), escaped(cast % self.text(right))), "))",
                ("operand", "right operand of %s dropped" % op, text),
                ("operand", "left operand of %s dropped" % op, text))
        self.expression(left)
        return self.expression(right)

    # ---- writing

    def number_from(self, first):
        """Numbers the mutants; the next free number."""
        for place in self.places:
            if not place.mutants:
                continue
            base = first
            for mutant in place.mutants:
                mutant.number = first
                mutant.first = base
                mutant.function = place.function
                mutant.file = self.name
                mutant.line = bisect.bisect(self.lines, mutant.place)
                first += 1
        return first

    def written(self):
        """The changed text, and for each place its range there."""
        opens, closes = {}, {}
        for order, place in enumerate(self.places):
            numbers = [m.number for m in (place.mutants or place.borrows.mutants)]
            before, after = fill(place.before, numbers), fill(place.after, numbers)
            opens.setdefault(place.start, []).append((-place.end, order, before, place))
            closes.setdefault(place.end, []).append((-place.start, -order, after, place))
        for end in self.traps:
            closes.setdefault(end, []).append((1, 0, "::mutants::fellOff(); ", None))
        out, begins, ranges = bytearray(INCLUDE), {}, []
        at = 0
        for offset in sorted(set(opens) | set(closes)):
            out += self.bytes[at:offset]
            at = offset
            # What ends here ends before anything begins; the inner one first.
            for _, _, text, place in sorted(closes.get(offset, ()), key=lambda c: (c[0], c[1])):
                out += text.encode("utf-8")
                if place is not None:
                    ranges.append((begins[id(place)], len(out), place))
            for _, _, text, place in sorted(opens.get(offset, ()), key=lambda o: (o[0], o[1])):
                begins[id(place)] = len(out)
                out += text.encode("utf-8")
        out += self.bytes[at:]
        return bytes(out), ranges

    def settle(self):
        """Takes out places that do not compile when they are changed, such as a null pointer that is written 0."""
        for _ in range(60):
            self.number_from(1)
            text, ranges = self.written()
            unit = self.parse(text)
            wrong = [d for d in unit.diagnostics if d.severity >= clang.cindex.Diagnostic.Error]
            if not wrong:
                return
            bad = []
            for diagnostic in wrong:
                where = diagnostic.location
                if where.file is None or where.file.name != self.path:
                    raise ValueError("%s: a mutant breaks another file: %s" % (self.path, diagnostic))
                inside = [r for r in ranges if r[0] <= where.offset < r[1]]
                if not inside:
                    # Said of the variable, or of the function, that gets the value: the next place on the line.
                    end = text.index(b"\n", where.offset)
                    inside = sorted((r for r in ranges if where.offset <= r[0] < end), key=lambda r: r[0])[:1]
                if not inside:
                    raise ValueError("%s: no place for %s" % (self.path, diagnostic))
                place = min(inside, key=lambda r: r[1] - r[0])[2]
                place = place if place.mutants else place.borrows
                if place not in bad:
                    bad.append(place)
                    self.refused.append((bisect.bisect(self.lines, place.start), place.mutants[0].change,
                                         diagnostic.spelling))
            # The first error may have made the others.
            for place in bad:
                self.places.remove(place)
                if place.partner is not None:
                    self.places.remove(place.partner)
        raise ValueError(self.path + ": clang does not read what was made of it")

    def mutants(self):
        return [m for place in self.places for m in place.mutants]


def escaped(text):
    return text.replace("{", "{{").replace("}", "}}")


def fill(template, numbers):
    """{0} and {1} by the numbers; {{ and }} by one brace. A single brace stays."""
    return re.sub(r"\{\{|\}\}|\{([0-9])\}", lambda m: m[0][0] if m[1] is None else str(numbers[int(m[1])]), template)


def shorten(text, most=60):
    text = words(text)
    return text if len(text) <= most else text[:most - 3] + "..."
