"""What happens by itself on the floor."""

from celery import shared_task

from sessions.floor.actions.course import cut_what_ran_over


# A run that a busy worker comes to late has nothing left to do: the next one is due.
@shared_task(expires=10)
def cut_what_runs_over() -> int:
    """Cuts the turns whose time and grace are over, on floors that cut by themselves. Returns how many."""
    return cut_what_ran_over()
