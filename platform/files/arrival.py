"""The bytes of one request on their way into a file, under a lock that a dead process cannot keep."""

import fcntl
import hashlib
import os
import threading
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from files.actions import WRONG_KIND
from files.contents import HEAD, may_become
from files.models import PartialUpload
from files.registry import resumable_for
from files.resumable import GONE, Refused, kept_until, path_on_disk

# A long request says so often what is on the disk for certain: a server that is killed loses no more than this.
KEPT_EVERY = 4 * 1024 * 1024  # bytes

ALGORITHMS = ("sha1", "sha256")
MISMATCH = 460  # tus, checksum extension


@dataclass(frozen=True, slots=True)
class Checksum:
    """Of one request's bytes, as the client says it is."""

    algorithm: str
    digest: bytes


class Arrival:
    """Writes one request's bytes behind those that are there already.

    `open`, then `write` as often as need be, then `end`, whatever happened; each from any thread. The lock is the
    kernel's, on the open file: it goes with the process, and also keeps apart two requests of one process.
    """

    def __init__(self, begun: PartialUpload, *, at: int, checksum: Checksum | None = None) -> None:
        self.begun = begun
        self.at = at
        self._kept = at
        self._checksum = checksum
        self._digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
        self._file: int | None = None
        # A request that its server gave up may still be writing when it is ended.
        self._turn = threading.Lock()

    def open(self) -> None:
        """Raises Refused: 423 while another request writes, 409 where the file goes on elsewhere, 410 if it is lost."""
        with self._turn:
            path = path_on_disk(self.begun)
            path.parent.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                self._begin(file, path)
            except BaseException:
                os.close(file)
                raise
            self._file = file

    def write(self, chunk: bytes) -> None:
        """Raises Refused: 413 beyond the size that was declared, 415 for what cannot become what is accepted.

        Nothing of such a chunk stays.
        """
        with self._turn:
            if self._file is None:
                return
            if self.at + len(chunk) > self.begun.size:
                raise Refused(413, _("More arrived than this file was said to have."))
            before = self.at
            _write_all(self._file, chunk, before)
            self.at += len(chunk)
            if before < HEAD and (self.at >= HEAD or self.at == self.begun.size):
                self._look_at_the_head(self._file, before)
            if self._digest is not None:
                self._digest.update(chunk)
            elif self.at - self._kept >= KEPT_EVERY:
                self._keep(self._file)

    def end(self, *, whole: bool) -> None:
        """Keeps what arrived; `whole` says that it was all that was sent. `at` is then where the next request begins.

        With a checksum nothing is kept that does not fit it, and so nothing that broke off. Raises Refused: 460 for a
        checksum that does not fit, 410 where the upload was given up meanwhile.
        """
        with self._turn:
            if self._file is None:
                return
            try:
                fits = self._fits(whole)
                if fits:
                    self._keep(self._file)
                else:
                    self.at = self._kept
                    os.ftruncate(self._file, self._kept)
            finally:
                os.close(self._file)
                self._file = None
            if whole and not fits:
                raise Refused(MISMATCH, _("A part of the file was changed on its way. It is sent again."))

    def _begin(self, file: int, path: Path) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(423, _("This file is arriving already, in another window perhaps.")) from None
        # Read under the lock: whoever had it before may have moved on.
        offset = PartialUpload.objects.filter(pk=self.begun.pk).values_list("offset", flat=True).first()
        if offset is None:
            # Given up between the look at the row and the lock: the file that was made anew belongs to nobody.
            path.unlink(missing_ok=True)
            raise Refused(410, GONE)
        if offset != self.at:
            raise Refused(409, _("The file goes on at another place than this part."))
        if os.fstat(file).st_size < offset:
            raise Refused(410, GONE)
        # What a killed server wrote and did not vouch for.
        os.ftruncate(file, offset)

    def _look_at_the_head(self, file: int, before: int) -> None:
        if may_become(os.pread(file, HEAD, 0), resumable_for(self.begun.purpose).accepts):
            return
        os.ftruncate(file, before)
        self.at = before
        raise Refused(415, WRONG_KIND)

    def _fits(self, whole: bool) -> bool:
        if self._checksum is None or self._digest is None:
            return True
        return whole and self._digest.digest() == self._checksum.digest

    def _keep(self, file: int) -> None:
        """The bytes first, to the disk; then the word that they are there."""
        if self.at == self._kept:
            return
        os.fsync(file)
        if self._kept == 0:
            _sync_folder(path_on_disk(self.begun).parent)
        moved = PartialUpload.objects.filter(pk=self.begun.pk, offset=self._kept, upload=None)
        self.begun.expires_at = kept_until()
        if not moved.update(offset=self.at, expires_at=self.begun.expires_at):
            raise Refused(410, GONE)
        self._kept = self.at


def _write_all(file: int, chunk: bytes, at: int) -> None:
    left = memoryview(chunk)
    while left:
        written = os.pwrite(file, left, at)
        left, at = left[written:], at + written


def _sync_folder(folder: Path) -> None:
    """A new file's name is on the disk as well."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
