"""The broker in a folder: what is sent while workers look is taken whole, and once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError

MESSAGES = 400


@pytest.fixture
def channel(tmp_path):
    """Makes a channel of its own to one broker, as each process has."""
    folders = {name: tmp_path / name for name in ("in", "control")}
    for folder in folders.values():
        folder.mkdir()
    options = {
        "data_folder_in": str(folders["in"]),
        "data_folder_out": str(folders["in"]),
        "control_folder": str(folders["control"]),
    }
    connections = []

    def made():
        connection = Connection("filesystem://", transport="config.file_broker:Transport", transport_options=options)
        connections.append(connection)
        return connection.channel()

    yield made
    for connection in connections:
        connection.release()


def test_a_message_is_never_taken_before_it_is_written(channel):
    all_sent = threading.Event()

    def take() -> list[int]:
        mine, taken = channel(), []
        while True:
            last_look = all_sent.is_set()
            try:
                taken.append(mine._get("celery")["number"])
            except Empty:
                if last_look:
                    return taken

    with ThreadPoolExecutor(2) as workers:
        takers = [workers.submit(take) for _ in range(2)]
        sender = channel()
        for number in range(MESSAGES):
            sender._put("celery", {"number": number})
        all_sent.set()
        taken = [number for taker in takers for number in taker.result(30)]
    assert sorted(taken) == list(range(MESSAGES))


def test_queues_bound_at_once_are_all_bound(channel):
    names = [f"queue-{number}" for number in range(20)]
    with ThreadPoolExecutor(4) as starting:
        list(starting.map(lambda name: channel()._queue_bind("mails", name, "", name), names))
    bound = channel().get_table("mails")
    assert sorted(row.queue for row in bound) == sorted(names)
    channel()._queue_bind("mails", names[0], "", names[0])
    assert len(channel().get_table("mails")) == len(names)


def test_a_full_disk_is_the_senders_to_hear_and_leaves_nothing(channel, tmp_path, monkeypatch):
    def full(path, words, **_):
        path.touch()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(ChannelError):
        channel()._put("celery", {"number": 1})
    assert list((tmp_path / "in").iterdir()) == []
