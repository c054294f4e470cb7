"""Celery's broker in a folder, for an installation without Redis.

Kombu's own writes into files that are there for readers already, so that a worker may take a message of which nothing
is written yet, and ends of it. Here every file appears whole or not at all.
"""

import fcntl
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Writes beside and renames; readers are kombu's own."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:  # type: ignore[override]
        # (The two classes above it differ in the names.) Time first: messages are read in the order of their names.
        name = f"{filesystem.monotonic() * 1000:.0f}_{uuid.uuid4()}.{queue}.msg"
        _write_whole(Path(self.data_folder_out, name), dumps(payload))

    def _queue_bind(self, exchange: str, routing_key: str, pattern: str, queue: str) -> None:
        wanted = filesystem.exchange_queue_t(routing_key or "", pattern or "", queue or "")
        self.control_folder.mkdir(exist_ok=True)
        with self._alone():
            bound = self.get_table(exchange)
            if wanted not in bound:
                _write_whole(self._exchange_file(exchange), dumps([wanted, *bound]))

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time changes what is bound; the system lets go of the lock of one that died."""
        with Path(self.control_folder, "lock").open("a") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            yield


class Transport(filesystem.Transport):
    Channel = Channel


def _write_whole(path: Path, words: str) -> None:
    beside = path.with_name(f"{path.name}.{os.getpid()}-{uuid.uuid4().hex}.part")
    try:
        beside.write_text(words, encoding="utf-8")
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise ChannelError(f"Cannot write {path}") from error
