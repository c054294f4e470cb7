"""What one process is let to hold: sockets, and rubbish."""

import gc
import resource
import sys

# A hall of 4,300 with two pages each, and room for files and the database.
ENOUGH_OPEN_FILES = 10_000
# Objects made before the youngest are looked through for rubbish. Python's own 700 is a few sockets' worth: a hall that
# comes in would be looked through again for each of them.
LOOKED_THROUGH_AFTER = 50_000


# Seconds a thread may go on while another waits; Python's own are 0.005.
SWITCHED_AFTER = 0.002


def raise_open_files() -> int:
    """Raises this process's limit of open files to the hard limit; returns the limit it has then."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS calls its hard limit endless and then refuses numbers above one of its own.
    for wanted in (hard, 65_536, 10_240):
        if wanted == resource.RLIM_INFINITY:
            continue
        if hard != resource.RLIM_INFINITY and wanted > hard:
            continue
        if soft != resource.RLIM_INFINITY and wanted > soft:
            try:
                resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            except (ValueError, OSError):
                continue
            return wanted
    return soft if soft != resource.RLIM_INFINITY else 2**31


def share_the_interpreter() -> None:
    """Lets the loop that writes to a hall have its turn sooner while threads work: it asks for it at every write."""
    sys.setswitchinterval(SWITCHED_AFTER)


def calm_garbage_collection() -> None:
    """For a process that has loaded what it needs: that is looked through no more, and the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(LOOKED_THROUGH_AFTER, 20, 50)


def advice(limit: int) -> str | None:
    """What to tell the person who runs the server, when `limit` is too low for a hall."""
    if limit >= ENOUGH_OPEN_FILES:
        return None
    return (
        f"This process may hold only {limit} files and sockets open; a hall needs {ENOUGH_OPEN_FILES}. "
        "Raise the hard limit (ulimit -Hn, or LimitNOFILE= in systemd)."
    )
