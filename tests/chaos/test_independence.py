"""The judge shares nothing with the judged, and sees what it is there to see."""

import ast
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from chaos.checker import Checked, check_tables, checksum
from chaos.expected import Produced, expect
from chaos.messages import Mixture, generated

HERE = Path(__file__).parent
JUDGES = ("messages", "expected", "delta_log", "checker")


@pytest.mark.parametrize("module", JUDGES)
def test_a_judge_imports_nothing_of_the_pipeline(module: str) -> None:
    tree = ast.parse((HERE / f"{module}.py").read_text("utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= {"chaos", *_of_the_language(), *_of_others()}
    assert {name for name in imported if name.startswith("chaos")} <= {f"chaos.{judge}" for judge in JUDGES} | {"chaos"}


def _of_the_language() -> set[str]:
    return set(sys.stdlib_module_names)


def _of_others() -> set[str]:
    return {"duckdb", "psycopg", "pyarrow"}


def produced(seed: int = 1, count: int = 300) -> list[Produced]:
    sent = generated(Mixture(count, films=40, seed=seed, window=50, big=0))
    stored = time.time_ns() // 10**6
    return [
        Produced(0, offset, stored + offset, message.key, message.value, message.headers, message.what)
        for offset, message in enumerate(sent)
    ]


def test_every_kind_of_poison_is_refused_and_nothing_else() -> None:
    messages = produced()
    refused = expect(messages).poison
    good = {"film", "flat film", "removal"}
    assert {(m.partition, m.offset) for m in messages if m.what not in good} == refused
    assert len({m.what for m in messages} - good) == 15


def test_the_order_of_arrival_changes_nothing_but_who_comes_first_in_a_moment() -> None:
    messages = [message for message in produced() if message.what != "flat film"]
    backwards = [replace(message, offset=len(messages) - message.offset) for message in messages]
    tables, others = expect(messages).tables, expect(backwards).tables
    for name in ("movies", "movie_people", "genres", "people"):
        assert checksum(tables[name]) == checksum(others[name]), name


def test_a_row_that_is_missing_doubled_or_altered_is_seen() -> None:
    expected = expect(produced())
    for spoil in (lambda rows: rows[1:], lambda rows: [*rows, rows[0]], lambda rows: [(*rows[0][:-1], 7), *rows[1:]]):
        spoilt = expected.tables | {"movie_people": spoil(expected.tables["movie_people"])}
        with pytest.raises(AssertionError, match=r"movie_people: \d of \d+ rows are missing, \d of \d+ are too many"):
            check_tables(spoilt, expected, "here", Checked())
    check_tables(expected.tables, expected, "here", Checked())
