"""What the floor tells the apps that stand on it."""

from django.dispatch import Signal

# A turn has just moved. Sent inside the transaction, under the floor's lock, with `turn`, `was` (its State before) and
# `at` (the server's time of the move): what a receiver changes is committed and announced with it.
turn_moved = Signal()

# The desk has changed how a turn will be given: what was recorded is said live, say. Sent as `turn_moved` is, with
# `turn`.
mode_changed = Signal()

# The desk has put the list into another order, by hand and for a reason. Sent as `turn_moved` is, with `floor`.
reordered_by_hand = Signal()

# The rules of a floor were changed. Sent as `turn_moved` is, with `floor`, `changed` (names of its fields) and `by`.
rules_changed = Signal()
