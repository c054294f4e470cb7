"""What the floor tells the apps that stand on it."""

from django.dispatch import Signal

# A turn has just moved. Sent inside the transaction, under the floor's lock, with `turn`, `was` (its State before) and
# `at` (the server's time of the move): what a receiver changes is committed and announced with it.
turn_moved = Signal()
