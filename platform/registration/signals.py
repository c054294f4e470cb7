"""What registration tells the apps above it."""

from django.dispatch import Signal

# A badge was read: `application`, `gate`, `direction`, `at` (aware, UTC); in the transaction that wrote the scan.
passed = Signal()

# Somebody left for good: `user`, the account that is nobody's from now on, and `delegations`, the numbers of those that
# they were of by the conference's number. In the transaction that ends the account, when their roles have ended.
forgotten = Signal()
