"""Front-end packages as static files: only the files that settings name, under their short names."""

from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage

# Where flags stand among the static files: FI.svg and so on, by ISO 3166 code.
FLAGS = "vendor/flags/"
WEEK = 7 * 24 * 3600


@cache
def files() -> dict[str, str]:
    """{name under static/vendor/: path in node_modules/}; a folder in settings, ending in /, brings its pictures."""
    found: dict[str, str] = {}
    for name, path in settings.NODE_FILES.items():
        if name.endswith("/"):
            for picture in sorted((settings.ROOT / "node_modules" / path).glob("*.svg")):
                found[f"{name}{picture.name}"] = f"{path}{picture.name}"
        else:
            found[name] = path
    return found


def flag_exists(country: str) -> bool:
    """Whether there is a picture for this ISO 3166 code (upper case)."""
    return f"{FLAGS.removeprefix('vendor/')}{country}.svg" in files()


def keep_flags_longer(headers: Any, path: str, url: str) -> None:
    """Flags are asked for by country code, so their names hold no hash; a browser may still keep them for a week."""
    if f"/{FLAGS}" in url:
        headers["Cache-Control"] = f"max-age={WEEK}, public"


class NodePackageStorage(FileSystemStorage):
    """`node_modules/` seen through `files()`."""

    prefix = "vendor"

    def __init__(self) -> None:
        super().__init__(location=settings.ROOT / "node_modules")

    def path(self, name: str) -> str:
        return super().path(files()[name])

    def _open(self, name: str, mode: str = "rb") -> File:
        return File(Path(self.path(name)).open(mode))


class NodePackageFinder(BaseFinder):
    """Finds the files of front-end packages that pages use, and no other of the thousands beside them."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = NodePackageStorage()

    def check(self, **kwargs: Any) -> list[Any]:
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        prefix, _, name = path.partition("/")
        found = [self.storage.path(name)] if prefix == "vendor" and name in files() else []
        if find_all:
            return found
        return found[0] if found else []

    def list(self, ignore_patterns: Iterable[str] | None) -> Iterator[tuple[str, Storage]]:
        return ((name, self.storage) for name in files())
