"""What accounts tells the apps above it."""

from django.dispatch import Signal

# A person has shown their address to be theirs, by a code or a link that was mailed there, or to a help desk who they
# are: `user`. Sent each time, not only the first.
address_shown = Signal()
