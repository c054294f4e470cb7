"""What conferences tell the apps above them."""

from django.dispatch import Signal

# Invented people were added: `conference`. Sent by the job that adds them, outside of any transaction.
populated = Signal()
