"""Who may see a job."""

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser

from jobs.models import Job


def may_see(user: AbstractBaseUser | AnonymousUser, job: Job) -> bool:
    """Who started it, and whoever runs the installation."""
    if not user.is_authenticated or not user.is_active:
        return False
    return job.started_by_id == user.pk or bool(getattr(user, "is_staff", False))
