# SPDX-License-Identifier: MIT
"""A blank line follows the declarations that open a function.

By the house's form, which clang-format keeps: a function's body begins and ends with a brace in the first column, its
statements are indented by one tab. Declarations further down are not looked at.
"""
import re

STATEMENTS = {"return", "goto", "if", "else", "for", "while", "do", "switch", "case", "default", "break", "continue",
              "sizeof", "asm", "__asm__"}
# A type (words, with or without qualifiers, struct tags and pointers) and then a name, or a pointer to a function.
DECLARATION = re.compile(r"""
    (?:(?:const|static|volatile|register|extern|struct|union|enum|unsigned|signed|long|short|_Alignas\([^)]*\)|
          _Thread_local|__attribute__\(\(.*?\)\)) \s+)*
    (?P<type>\w+) (?:\s+const\b)?
    (?: \s* \*+ \s* (?:const\s+)? | \s+ )
    (?: (?P<name>\w+) \s* (?: = | ; | , | \[ | __attribute__ ) | \(\*\s*\w+ (?:\[\w*\])? \)\( )
    """, re.VERBOSE)


TEXT = re.compile(r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.DOTALL)


def code_of(text):
    """The text with comments, strings and characters made blank, so that their brackets don't count."""
    return TEXT.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)) if m.group(0)[0] == "/" else "0" * len(m.group(0)), text)


# A type that is defined right here, with or without something of it; and macros of the tests that declare.
DEFINITION = re.compile(r"(?:(?:const|static|typedef) +)*(?:struct|union|enum)(?: +\w+)? *\{|SCENE(?:_\w+)?\(|typedef ")


def is_declaration(statement):
    if DEFINITION.match(statement):
        return True
    found = DECLARATION.match(statement)
    return bool(found) and found.group("type") not in STATEMENTS and found.group("name") not in STATEMENTS


def bodies(lines):
    """(first, end) of each function's body: lines[first:end] are inside its braces."""
    start = None
    for n, line in enumerate(lines):
        if line.startswith("{"):
            start = n + 1
        elif line.startswith("}") and start is not None:
            yield start, n
            start = None


def statement_end(code, at, end):
    """The line after the statement that begins at code[at]: its brackets are closed and a semicolon follows."""
    depth = 0
    for n in range(at, end):
        depth += sum(code[n].count(c) for c in "([{") - sum(code[n].count(c) for c in ")]}")
        if depth <= 0 and code[n].rstrip().endswith(";"):
            return n + 1
    return end


def missing_blank(lines, code, first, end):
    """The number of the line before which a blank line is missing in one body, or None."""
    at, after = first, None         # after: where the declarations read so far end
    while at < end:
        if not lines[at].strip() or lines[at].startswith("#"):
            if after is not None:
                return None
            at += 1
        elif not code[at].strip():  # of a comment
            starts = lines[at].lstrip().startswith("/")
            at += 1
            if after is not None and not starts and at == after + 1:
                after = at          # one that began behind the declaration
        else:
            done = statement_end(code, at, end)
            if not is_declaration(" ".join(line.strip() for line in code[at:done])):
                return after
            at = after = done
    return None


def places(text):
    """Indices of the lines of a file before which a blank line is missing."""
    lines, code = text.split("\n"), code_of(text).split("\n")
    found = (missing_blank(lines, code, first, end) for first, end in bodies(lines))
    return [n for n in found if n is not None]


def fixed(text):
    lines = text.split("\n")
    for n in reversed(places(text)):
        lines.insert(n, "")
    return "\n".join(lines)
