"""What registration tells the apps above it."""

from django.dispatch import Signal

# A badge was read: `application`, `gate`, `direction`, `at` (aware, UTC); in the transaction that wrote the scan.
passed = Signal()
