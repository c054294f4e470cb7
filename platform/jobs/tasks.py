"""What workers do: look at the row, and act on what it says."""

from celery import shared_task

from jobs import actions


@shared_task
def work_on(*, job_id: int) -> None:
    """Carries the job out unless somebody else has it or had it."""
    if job := actions.claim(job_id):
        actions.carry_out(job)


@shared_task
def put_stale_jobs_back() -> None:
    actions.put_stale_back()
