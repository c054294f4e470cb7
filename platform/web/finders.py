"""Front-end packages as static files: only the files that settings name, under their short names."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage


class NodePackageStorage(FileSystemStorage):
    """`node_modules/` seen through `settings.NODE_FILES`: {name under static/vendor/: path in node_modules/}."""

    prefix = "vendor"

    def __init__(self) -> None:
        super().__init__(location=settings.ROOT / "node_modules")

    def path(self, name: str) -> str:
        return super().path(settings.NODE_FILES[name])

    def _open(self, name: str, mode: str = "rb") -> File:
        return File(open(self.path(name), mode))  # noqa: PTH123  Django closes it


class NodePackageFinder(BaseFinder):
    """Finds the files of front-end packages that pages use, and no other of the thousands beside them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = NodePackageStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        prefix, _, name = path.partition("/")
        found = [self.storage.path(name)] if prefix == "vendor" and name in settings.NODE_FILES else []
        if find_all:
            return found
        return found[0] if found else None

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterable[tuple[str, Storage]]:
        return ((name, self.storage) for name in settings.NODE_FILES)
