"""What an application is told of requests as they come, and which of them learn of it."""

import socket
from collections.abc import Iterator

import pytest

from sloty_deploy.listening import free_port

from .server_process import Server, received, started

ASK = b"GET /lists?a=1 HTTP/1.1\r\nHost: a\r\n"
ANSWERED = b"HTTP/1.1 200 "


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with started(free_port(), "foreseeing_app:app") as server:
        server.wait_until_up()
        yield server


def bodies(answers: bytes) -> list[str]:
    return [each.partition(b"\r\n\r\n")[2].decode() for each in answers.split(ANSWERED)[1:]]


def test_request_is_told_of_as_it_comes(server: Server) -> None:
    [told] = bodies(server.exchange(ASK + b"\r\n"))
    assert told.startswith('"GET /lists?a=1 HTTP/1.1')


def test_head_in_parts_is_told_of_by_its_first(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        for _ in range(2):
            for part in (ASK, b"X-More: b\r\n", b"\r\n"):
                connection.sendall(part)
                answer = received(connection, silence=0.2)
            [told] = bodies(answer)
            assert told.startswith('"GET /lists')
            assert "X-More" not in told


def test_only_the_first_of_those_that_come_together_is_foreseen(server: Server) -> None:
    """The others are to see what the first one did."""
    first, second = bodies(server.exchange((ASK + b"\r\n") * 2))
    assert first.startswith('"GET /lists')
    assert second == "null"


def test_nothing_is_foreseen_before_the_last_answer_has_come(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(ASK.replace(b"a=1", b"seconds=0.6") + b"\r\n")
        assert received(connection, silence=0.2) == b""
        connection.sendall(ASK + b"\r\n")
        answers = b""
        while answers.count(ANSWERED) < 2:
            answers += received(connection, silence=0.2)
    first, second = bodies(answers)
    assert first.startswith('"GET /lists')
    assert second == "null"
