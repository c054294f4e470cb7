"""What accounts tells the apps above it."""

from django.dispatch import Signal

# A person has shown their address to be theirs, by a code or a link that was mailed there, or to a help desk who they
# are: `user`. Sent each time, not only the first.
address_shown = Signal()

# Somebody leaves for good: `user`. In the transaction that ends the account, which a receiver's Refusal undoes; what a
# receiver keeps must not say any more whose it was. The person's name and address are there still, and go after it.
leaving = Signal()

# Somebody asks for all that is kept of them: `user`. A receiver returns (name, data), the data fit for JSON.
asked_for_data = Signal()
