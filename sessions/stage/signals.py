"""What the stage tells the apps above it."""

from django.dispatch import Signal

# A worker is through with a film: `session_id`, `upload_id` and `outcome` (clip_jobs.Outcome), outside a transaction.
# It may come more than once, since a job may be repeated: a receiver that finds its work done returns quietly.
clip_examined = Signal()
