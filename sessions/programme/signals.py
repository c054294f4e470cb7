"""What the programme tells the apps that stand on it."""

from django.dispatch import Signal

# A session has just moved from one state to another. Sent as `session_ended` is, with `session` and `was`.
session_moved = Signal()

# A session has just ended. Sent inside the transaction, under the session's lock, with `session`: what a receiver
# changes is committed and announced with the end, and what it raises undoes it.
session_ended = Signal()

# A session that never began is about to be taken out of the programme. Sent inside the transaction, under the session's
# lock, with `session` and `by`: a receiver takes away what is its own, or refuses by raising.
session_removed = Signal()
