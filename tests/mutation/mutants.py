# SPDX-License-Identifier: MIT
"""The mutants of a C source, by a tokenizer and a parser of statements.

A site is a place where a mutation can be made; it has one or more mutants, of which a run uses one. Nothing is
mutated in comments, strings, assertions, attributes, the sizes of declared arrays and preprocessor lines other
than the constants that a #define gives.
"""
import bisect
import hashlib
import re

TOKEN = re.compile(r"""
    (?P<skip>   \s+ | /\*.*?\*/ | //[^\n]* )
  | (?P<line>   ^[ \t]*\#(?:\\\n|[^\n])* )
  | (?P<string> L?"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*' )
  | (?P<number> (?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?)[uUlLfF]* )
  | (?P<name>   [A-Za-z_]\w* )
  | (?P<op>     <<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|. )
""", re.S | re.M | re.X)
DEFINE = re.compile(r"^[ \t]*#[ \t]*define[ \t]+\w+(\([^)]*\))?")
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}
COMPARISON = {"==": ("!=", "<=", ">="), "!=": ("==", "<", ">"), "<": (">", "=="), ">": ("<", "=="),
              "<=": (">=", "=="), ">=": ("<=", "==")}
BOUNDARY = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}
ASSERTIONS = {"assert", "static_assert", "_Static_assert", "__attribute__", "offsetof"}
NOT_CALLED = ASSERTIONS | {"if", "while", "for", "switch", "return", "sizeof", "do", "else", "case"}
# What a call of these changes is not behaviour that a test could see: keys wiped, a line for the operator.
# Which of the first two arguments comes first makes no difference.
SYMMETRIC = re.compile(r"(memcmp|strcmp|strcasecmp|strncmp|strncasecmp|calloc|\w+_equal(_ct)?|\w+_is_same)$")
UNSEEN = {"OPENSSL_cleanse", "explicit_bzero", "log_error", "log_warn", "log_info", "log_debug"}


class Token:
    def __init__(self, kind, text, at):
        self.kind, self.text, self.at, self.end = kind, text, at, at + len(text)


class Mutant:
    """One mutation: source[at:end] becomes `new`."""

    def __init__(self, source, function, kind, at, end, new):
        self.path, self.function, self.kind, self.at, self.end = source.path, function, kind, at, end
        # Lines keep their numbers.
        self.new = new + "\n" * (source.text.count("\n", at, end) - new.count("\n"))
        self.line = bisect.bisect(source.lines, at)
        self.last_line = bisect.bisect(source.lines, end - 1)
        first, last = source.lines[self.line - 1], source.text.find("\n", end)
        last = len(source.text) if last < 0 else last
        self.before = squeeze(source.plain[first:last])
        self.after = squeeze(source.plain[first:at] + new + source.plain[end:last])
        self.id = ""
        named = re.search(r"(\w+)(?:\s*=|\s)[^,{;=]*$", source.plain[first:at])
        alone = not re.match(r"[^,}]*,\s*\w+\s*[,}]", source.plain[end:])  # the next enumerator counts on from it
        self.defines = named.group(1) if named and alone and not function else ""  # whose value this is

    def text(self, source):
        return source.text[:self.at] + self.new + source.text[self.end:]

    def key(self):
        return self.path, self.function, self.before, self.after


def squeeze(text):
    return " ".join(text.split())


class Source:
    """A C file and its sites, each a list of mutants."""

    def __init__(self, path, text):
        self.path, self.text, self.sites = path, text, []
        self.lines = [0] + [m.end() for m in re.finditer("\n", text)]
        self.tokens, self.plain = [], ""  # plain: comments are blank
        defines = []
        for m in TOKEN.finditer(text):
            if m.lastgroup == "line":
                defines.append(m)
            elif m.lastgroup != "skip":
                self.tokens.append(Token(m.lastgroup, m.group(), m.start()))
            self.plain += re.sub(r"[^\n]", " ", m.group()) if m.lastgroup == "skip" else m.group()
        self.pairs = self.match_brackets()
        self.sizes = set()  # tokens in the brackets of declared arrays
        self.untouched = self.find_untouched()
        self.find_sites()
        for m in defines:
            self.define(m)
        self.name_sites()

    def match_brackets(self):
        pairs, stack = {}, []
        for i, t in enumerate(self.tokens):
            if t.kind == "op" and t.text in OPEN:
                stack.append(i)
            elif t.kind == "op" and t.text in CLOSE:
                pairs[stack.pop()] = i
        return pairs

    def find_untouched(self):
        """The tokens within assertions, attributes and what compiles to nothing that a test could see."""
        inside = set()
        for i, t in enumerate(self.tokens[:-1]):
            if t.text in ASSERTIONS | UNSEEN and self.tokens[i + 1].text == "(":
                inside.update(range(i, self.pairs[i + 1] + 1))
        return inside

    def site(self, function, kind, at, end, *texts):
        self.sites.append([Mutant(self, function, kind, at, end, new) for new in texts])

    def name_sites(self):
        """A mutant's name stays the same when other lines of the file change."""
        seen = {}
        for mutant in (m for site in self.sites for m in site):
            key = mutant.key()
            seen[key] = seen.get(key, 0) + 1
            named = "\0".join((*key, str(seen[key])))
            mutant.id = hashlib.sha256(named.encode()).hexdigest()[:10]

    # What is outside functions, and where functions begin.

    def find_sites(self):
        i = 0
        while i < len(self.tokens):
            start, i = i, self.end_of_declaration(i)
            head = self.body_of(start, i)
            if head:
                name, brace = head
                self.block(name, brace + 1, self.pairs[brace])
                self.expressions(name, brace, self.pairs[brace])
            else:
                self.array_sizes(start, i)
                self.constants("", start, i)

    def end_of_declaration(self, i):
        """The index after the declaration or function that begins at i."""
        function = False
        while i < len(self.tokens):
            t = self.tokens[i].text
            if t == "{" and function:
                return self.pairs[i] + 1
            function = t == "("
            if i in self.pairs:
                i = self.pairs[i]
            i += 1
            if t == ";":
                break
        return i

    def body_of(self, start, end):
        """(name, index of the brace) if this is a function."""
        brace = next((i for i, j in self.pairs.items() if j == end - 1 and self.tokens[i].text == "{"), None)
        if brace is None or brace <= start or self.tokens[brace - 1].text != ")":
            return None
        opening = next(i for i, j in self.pairs.items() if j == brace - 1)
        return self.tokens[opening - 1].text, brace

    # Statements.

    def block(self, function, i, end):
        while i < end:
            i = self.statement(function, i)

    def statement(self, function, i):
        """Parses one statement; returns the index after it."""
        t, following = self.tokens[i].text, self.tokens[i + 1].text
        if t == "{":
            self.block(function, i + 1, self.pairs[i])
            return self.pairs[i] + 1
        if t in ("if", "while", "switch"):
            if t != "switch":
                self.condition(function, i + 2, self.pairs[i + 1])
            i = self.statement(function, self.pairs[i + 1] + 1)
            if t == "if" and self.tokens[i].text == "else":
                i = self.statement(function, i + 1)
            return i
        if t == "for":
            first = self.find(";", i + 2)
            self.condition(function, first + 1, self.find(";", first + 1))
            return self.statement(function, self.pairs[i + 1] + 1)
        if t == "do":
            i = self.statement(function, i + 1)
            self.condition(function, i + 2, self.pairs[i + 1])
            return self.pairs[i + 1] + 2
        if t in ("case", "default") or (following == ":" and self.tokens[i].kind == "name"):
            return self.find(":", i) + 1
        if t in ("return", "break", "continue", "goto"):
            return self.find(";", i) + 1
        if following == "(" and self.tokens[self.pairs[i + 1] + 1].text == "{":  # a macro that loops
            return self.statement(function, self.pairs[i + 1] + 1)
        end = self.find(";", i)
        if self.can_be_deleted(i, end):
            self.site(function, "deletion", self.tokens[i].at, self.tokens[end].at, "")
        elif self.tokens[i].kind == "name" and (self.tokens[i + 1].kind == "name" or following == "*"):
            self.array_sizes(i, end)
        return end + 1

    def array_sizes(self, i, end):
        """Notes the sizes of the arrays that this declares, those of a structure's members included."""
        value = False
        while i < end:
            t = self.tokens[i].text
            if t == "{" and not value:
                self.array_sizes(i + 1, self.pairs[i])
            elif t == "[" and not value:
                self.sizes.update(range(i, self.pairs[i]))
            value = t == "=" or (value and t not in (",", ";"))
            i = self.pairs.get(i, i) + 1

    def find(self, text, i):
        """The next such token that is not within brackets."""
        while self.tokens[i].text != text:
            i = self.pairs.get(i, i) + 1
        return i

    def condition(self, function, i, end):
        if i < end and not (end == i + 1 and self.tokens[i].kind == "number"):
            at, after = self.tokens[i].at, self.tokens[end - 1].end
            self.site(function, "condition", at, after, f"!({self.plain[at:after]})")

    def can_be_deleted(self, i, end):
        """A call, or an assignment to what was declared before."""
        if i in self.untouched or i == end:
            return False
        if self.tokens[i].text == "(" and self.tokens[self.pairs[i] - 1].text == "void":  # (void)f()
            i = self.pairs[i] + 1
        if self.tokens[i].text in ("++", "--"):
            return True
        while self.tokens[i].text == "*":
            i += 1
        if self.tokens[i].kind != "name":
            return False
        i += 1
        while i < end:
            t = self.tokens[i].text
            if t in ASSIGN or t in ("++", "--"):
                return True
            if t in (".", "->"):
                i += 2
            elif t in ("(", "["):
                i = self.pairs[i] + 1
            else:
                return False
        return self.tokens[end - 1].text == ")"

    # Expressions.

    def expressions(self, function, start, end):
        self.constants(function, start, end)
        for i in range(start, end):
            t = self.tokens[i]
            if i in self.untouched or t.kind == "string":
                continue
            if t.text in COMPARISON:
                boundary = [BOUNDARY[t.text]] if t.text in BOUNDARY else []
                self.site(function, "boundary" if boundary else "comparison", t.at, t.end,
                          *boundary, *COMPARISON[t.text])
            elif t.kind == "name" and t.text not in NOT_CALLED and self.tokens[i + 1].text == "(":
                self.swaps(function, i + 1)

    def swaps(self, function, opening):
        args, start = [], opening + 1
        for i in range(opening + 1, self.pairs[opening] + 1):
            if self.depth_is(opening, i) and (self.tokens[i].text == "," or i == self.pairs[opening]):
                if start < i:
                    args.append((self.tokens[start].at, self.tokens[i - 1].end))
                start = i + 1
        texts = [self.plain[a:b] for a, b in args]
        swapped = []
        for n in range(1 if SYMMETRIC.match(self.tokens[opening - 1].text) else 0, len(args) - 1):
            if squeeze(texts[n]) != squeeze(texts[n + 1]):
                swapped.append((args[n][0], args[n + 1][1],
                                texts[n + 1] + self.plain[args[n][1]:args[n + 1][0]] + texts[n]))
        if swapped:
            self.sites.append([Mutant(self, function, "swap", *s) for s in swapped])

    def depth_is(self, opening, i):
        """Whether token i lies directly within the bracket at `opening`."""
        j = opening + 1
        while j < i:
            j = self.pairs.get(j, j) + 1
        return j == i

    def constants(self, function, start, end):
        for i in range(start, end):
            if self.tokens[i].kind == "number" and i not in self.untouched and i not in self.sizes:
                self.constant(function, self.tokens[i].at, self.tokens[i].text)

    def constant(self, function, at, text):
        digits = text.rstrip("uUlLfF") if not text.lower().startswith("0x") else text.rstrip("uUlL")
        suffix = text[len(digits):]
        if "." in digits:
            values = [repr(float(digits) * 10), repr(float(digits) / 10)]
        elif digits.lower().startswith("0x"):
            values = [f"{v:#x}" for v in (int(digits, 16) * 10, int(digits, 16) // 10)]
        else:
            value = int(digits, 8 if digits.startswith("0") else 10)
            values = [str(value * 10), str(value // 10)]
        values = [v + suffix for v in values if v != digits]
        if values:
            self.site(function, "constant", at, at + len(text), *values)

    def define(self, match):
        body = DEFINE.match(match.group())
        if not body:
            return
        for m in TOKEN.finditer(match.group(), body.end()):
            if m.lastgroup == "number":
                self.constant("", match.start() + m.start(), m.group())
