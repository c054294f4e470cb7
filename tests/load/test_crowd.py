"""What a client does when the server does not do as it should."""

import asyncio

import pytest
from crowd import Crowd, Plain


async def test_a_server_that_hangs_up_during_the_handshake_has_not_let_anybody_in():
    async def hang_up(reader, writer):
        await reader.read(10)
        writer.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        guest = Plain(Crowd(f"http://127.0.0.1:{port}"), 0, f"ws://127.0.0.1:{port}/")
        with pytest.raises(ConnectionResetError):
            await guest._connect()
    assert not guest.synced.is_set()
