"""Database work of the live edge, in a few threads: a storm of joins queues here and not in PostgreSQL."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.db import close_old_connections
from django.utils import translation

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8
_pool = ThreadPoolExecutor(THREADS, thread_name_prefix="live")
# For the heartbeat's look at the log, which must not stand in line behind a storm of joins.
_ahead = ThreadPoolExecutor(1, thread_name_prefix="live-ahead")


async def in_thread(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs `work` where it may use the database, and gives the connection back afterwards."""
    call = functools.partial(_with_connection, work, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_pool, call)


async def in_thread_ahead(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The same, ahead of everybody else."""
    call = functools.partial(_with_connection, work, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_ahead, call)


def _with_connection(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    close_old_connections()
    try:
        return work(*args, **kwargs)
    finally:
        close_old_connections()


def in_language(language: str, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Runs `work` with the texts of `language`: threads know nothing of whose page asked."""
    with translation.override(language):
        return work(*args, **kwargs)
