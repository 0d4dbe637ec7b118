"""Symbols and highlighting of source files."""

import ast
import html
import io
import keyword
import pathlib
import re
import tokenize

_GO = re.compile(r"^(?:func (?:\([^)]*\) )?(?P<func>\w+)|type (?P<type>\w+)|(?:var|const) (?P<value>\w+))", re.M)


def symbols(path):
    """The definitions in a Python or Go file: kind, name and line of each."""
    text = _read(path)
    if path.endswith(".py"):
        return _python_symbols(text, path)
    if path.endswith(".go"):
        return _go_symbols(text)
    raise ValueError(f"{path}: symbols are known for .py and .go files")


def highlight(text):
    """Python source as HTML, keywords, strings, numbers and comments marked."""
    out, row, column = [], 1, 0
    lines = text.splitlines(keepends=True)
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        out.append(html.escape(_between(lines, (row, column), token.start)))
        style = _style(token)
        body = html.escape(token.string)
        out.append(f'<span class="{style}">{body}</span>' if style and body else body)
        row, column = token.end
    return "".join(out)


def _read(path):
    root = pathlib.Path.cwd().resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root):
        raise PermissionError(f"{path} is outside the repository")
    return file.read_text(encoding="utf-8")


def _python_symbols(text, path):
    kinds = {ast.FunctionDef: "function", ast.AsyncFunctionDef: "function", ast.ClassDef: "class"}
    tree = ast.parse(text, path)
    found = [n for n in ast.walk(tree) if type(n) in kinds]
    return [{"kind": kinds[type(n)], "name": n.name, "line": n.lineno} for n in found]


def _go_symbols(text):
    found = []
    for match in _GO.finditer(text):
        kind = match.lastgroup
        found.append({"kind": kind, "name": match[kind], "line": text.count("\n", 0, match.start()) + 1})
    return found


def _style(token):
    if token.type == tokenize.NAME and keyword.iskeyword(token.string):
        return "keyword"
    return {tokenize.STRING: "string", tokenize.NUMBER: "number", tokenize.COMMENT: "comment"}.get(token.type)


def _between(lines, start, end):
    """The text between two positions (row from 1, column from 0)."""
    if start[0] == end[0]:
        return lines[start[0] - 1][start[1]:end[1]] if start[0] <= len(lines) else ""
    middle = lines[start[0]:end[0] - 1]
    tail = lines[end[0] - 1][:end[1]] if end[0] <= len(lines) else ""
    return lines[start[0] - 1][start[1]:] + "".join(middle) + tail
