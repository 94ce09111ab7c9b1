"""The house: the tools are content with all code, and its own rules hold."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from sloty_deploy.house import CHECKOUT, CHECKS, MEMBERS, Check

LONGEST_FILE_LINES = 300
LONGEST_FUNCTION_LINES = 40
# Names that say nothing, and `service`, which already means two other things here.
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "manager", "service"}
# The model of what can be booked.
ALLOWED_FILES = {"shared/sloty_shared/models/service.py"}


def sources() -> Iterator[Path]:
    for folder in (*MEMBERS, "tests"):
        yield from (CHECKOUT / folder).rglob("*.py")


def relative(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.name)
def test_tools_are_content(check: Check) -> None:
    finished = check.run()
    assert finished.returncode == 0, finished.stdout


def test_files_stay_short() -> None:
    lengths = {relative(path): len(path.read_text("utf-8").splitlines()) for path in sources()}
    assert {name for name, lines in lengths.items() if lines > LONGEST_FILE_LINES} == set()


def test_functions_stay_short() -> None:
    long = {
        f"{relative(path)}:{function.name}"
        for path in sources()
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= LONGEST_FUNCTION_LINES
    }
    assert long == set()


def test_files_have_names_that_say_something() -> None:
    named = {relative(path) for path in sources() if path.stem in BANNED_NAMES}
    assert named - ALLOWED_FILES == set()


def test_files_open_with_what_they_hold() -> None:
    silent = {
        relative(path)
        for path in sources()
        if not (path.stem == "__init__" and not path.read_text("utf-8"))
        and ast.get_docstring(ast.parse(path.read_text("utf-8"))) is None
    }
    assert silent == set()
