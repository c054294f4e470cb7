"""The line between the clients' process and the one that keeps the servers: a question a line, an answer a line."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from comparison import as_json

# The clients' side


def tell(words: object) -> None:
    sys.stdout.buffer.write(as_json(words) + b"\n")
    sys.stdout.flush()


class Outside:
    """Has things done to the servers, one after the other."""

    def __init__(self) -> None:
        self._turn = asyncio.Lock()

    async def do(self, deed: str) -> dict[str, Any]:
        """Returns what is told of it when it is done. Raises EOFError where nobody is there to do it."""
        async with self._turn:
            tell({"do": deed})
            line = await asyncio.to_thread(sys.stdin.buffer.readline)
        if not line:
            raise EOFError(deed)
        answer: dict[str, Any] = json.loads(line)
        return answer


# The servers' side


def attend(
    clients: "subprocess.Popen[bytes]", plan: bytes, do: Callable[[str], dict[str, Any]]
) -> dict[str, Any] | None:
    """Gives the clients their plan and does what they ask for, until they tell what they found: None if they do not."""
    assert clients.stdin is not None  # noqa: S101  both are pipes
    assert clients.stdout is not None  # noqa: S101
    try:
        _say(clients.stdin, plan)
        for line in clients.stdout:
            told = json.loads(line)
            if "found" in told:
                found: dict[str, Any] = told["found"]
                return found
            _say(clients.stdin, as_json(do(told["do"])))
    except BrokenPipeError:
        pass  # they ended early; their exit code says so
    return None


def _say(line: Any, words: bytes) -> None:
    line.write(words + b"\n")
    line.flush()
