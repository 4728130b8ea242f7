"""How large classes are: their methods and, with all their sources, their lines.

A parser of this repository's own formatting, not of C++: clang-format puts each class and each
definition at the start of a line and indents what is inside.
"""
import re
from dataclasses import dataclass, field

COMMENT_OR_TEXT = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'', re.S)
CLASS = re.compile(r"^[ \t]*(?:template <[^;{]*>\s*)?(class|struct) (?:\[\[\w+\]\] )?([\w:]+)(?: final)?\s*(?::[^;{]*)?\{", re.M)
DEFINITION = re.compile(r"^(?![ \t#}/]).*?\b([A-Z]\w*)(?:<\w+>)?::(?:[A-Z]\w*::)*(?:~?\w+|operator\S+)\(", re.M)
NO_METHOD = re.compile(r"^(?:using|friend|typedef|static_assert|enum|class|struct|union|template <[^;]*> (?:class|struct))\b")


@dataclass
class Class:
    name: str
    public: int = 0
    private: int = 0  # protected ones, too
    lines: int = 0
    files: set = field(default_factory=set)


def plain(text):
    """The code alone: comments and texts become blanks, line breaks stay."""
    def blank(match):
        kept = "\n" * match[0].count("\n")
        return kept if match[0].startswith("/") else '""' + kept
    return COMMENT_OR_TEXT.sub(blank, text)


def body_end(code, start):
    """Where the brace closes that opens right before `start`."""
    depth = 1
    for at in range(start, len(code)):
        depth += {"{": 1, "}": -1}.get(code[at], 0)
        if depth == 0:
            return at
    return len(code)


def statements(body):
    """The members of a class body, without what is in their braces; ("public", None) for labels."""
    at, text = 0, ""
    while at < len(body):
        c = body[at]
        if c == "{":
            at = body_end(body, at + 1)
            # An initializer list goes on: `int x{1};`, `: a{1}, b{2} {}`.
            if not re.match(r"\s*[;,{]", body[at + 1:]):
                yield text.strip()
                text = ""
        elif c == ";":
            yield text.strip()
            text = ""
        elif c == ":" and text.strip() in ("public", "protected", "private"):
            yield text.strip() + ":"
            text = ""
        else:
            text += c
        at += 1


def method_of(statement, owner):
    """The name of the method that a member declares; None for data, types and special members."""
    text = re.sub(r"\[\[\w+\]\]\s*", "", statement)
    text = re.sub(r"^template\s*<.*?>\s*(?:requires [^\n]*\s)?", "", text, flags=re.S)
    if not text or NO_METHOD.match(text) or re.search(r"=\s*delete$", text):
        return None
    while re.search(r"<[^<>()]*(?:\([^()]*\)[^<>()]*)*>", text) and "operator" not in text:
        text = re.sub(r"<[^<>()]*(?:\([^()]*\)[^<>()]*)*>", "", text)
    match = re.match(r"[^=({]*?(~?\b\w+|operator\s*[^\s(]+|operator\(\))\s*\(", text, re.S)
    if not match or match[1] in (owner, "~" + owner, "operator=", "alignas", "decltype"):
        return None
    return match[1]


def classes_of(text):
    """All classes of a header, each with its methods and the lines of its own body."""
    code = plain(text)
    found = []
    for match in CLASS.finditer(code):
        end = body_end(code, match.end())
        one = Class(match[2], lines=code.count("\n", match.start(2), end) + 1)
        public = match[1] == "struct"
        for statement in statements(code[match.end():end]):
            if statement in ("public:", "protected:", "private:"):
                public = statement == "public:"
            elif method_of(statement, one.name.split("::")[-1]):
                one.public += public
                one.private += not public
        found.append(one)
    return found


def main_class(text):
    """The class, outermost, to which most of a source's definitions belong; None if there is none."""
    owners = [match[1] for match in DEFINITION.finditer(plain(text))]
    return max(sorted(set(owners)), key=owners.count) if owners else None


def measure(folder):
    """The classes of a folder's headers by (header's name, class's name). A source counts for its main class."""
    found = {}
    for header in sorted(folder.glob("*.hpp")):
        for one in classes_of(header.read_text()):
            one.files.add(header.name)
            found[header.name, one.name] = one
    for source in sorted(folder.glob("*.cpp")):
        text = source.read_text()
        owner = main_class(text)
        for (_, name), one in found.items():
            if name == owner:
                one.lines += text.count("\n")
                one.files.add(source.name)
    return found
