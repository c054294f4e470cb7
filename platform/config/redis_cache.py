"""Django's cache on Redis, with connections that outlive a request.

Django makes a cache for each request, and each of its caches a pool of connections for itself, so every request would
dial Redis anew; and each operation would make a client. Redis's own client is one for all threads.
"""

from functools import cached_property, lru_cache
from typing import Any

from django.core.cache.backends import redis


class SharedClient(redis.RedisCacheClient):
    def __init__(self, server: str) -> None:
        super().__init__([server])
        self._shared = super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        return self._shared


_client_of = lru_cache(SharedClient)


class RedisCache(redis.RedisCache):
    """For one server, without options: as the settings of an installation name it."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._server = server

    @cached_property
    def _cache(self) -> SharedClient:
        return _client_of(self._server)
