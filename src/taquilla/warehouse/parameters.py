"""`$name` parameters, as every query here has them, told in the way that psycopg wants: `%(name)s`.

What stands in quotes, in comments and between dollar quotes is text and stays as it is, but for `%`, which psycopg
wants doubled wherever it stands.
"""

import re
from functools import lru_cache

# The first that matches at a place wins; what matches none is copied.
_PARTS = re.compile(
    r"""
      (?P<escapes>  \b[eE]'(?:[^'\\]|''|\\.)*'            )   # E'it\'s'
    | (?P<text>     '(?:[^']|'')*'                        )
    | (?P<quoted>   "(?:[^"]|"")*"                        )
    | (?P<line>     --[^\n]*                              )
    | (?P<block>    /\*                                   )
    | (?P<dollars>  (?<![\w$])\$(?P<tag>[A-Za-z_]\w*)?\$.*?\$(?(tag)(?P=tag))\$ )
    | (?P<word>     [^\W\d][\w$]*                         )   # a$b is a name of its own
    | (?P<name>     \$(?P<parameter>[A-Za-z_]\w*)         )
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCK = re.compile(r"/\*|\*/")


@lru_cache(maxsize=256)
def named_parameters(sql: str) -> str:
    """The same query with `%(name)s` for each `$name`."""
    parts: list[str] = []
    at = 0
    while found := _PARTS.search(sql, at):
        end = _block_end(sql, found.end()) if found["block"] else found.end()
        told = f"%({found['parameter']})s" if found["name"] else _plain(sql[found.start() : end])
        parts += [_plain(sql[at : found.start()]), told]
        at = end
    return "".join([*parts, _plain(sql[at:])])


def _plain(text: str) -> str:
    return text.replace("%", "%%")


def _block_end(sql: str, at: int) -> int:
    """Where the comment that began before `at` ends: PostgreSQL's may hold others."""
    depth = 1
    while depth and (mark := _BLOCK.search(sql, at)):
        depth, at = depth + (1 if mark[0] == "/*" else -1), mark.end()
    return len(sql) if depth else at
