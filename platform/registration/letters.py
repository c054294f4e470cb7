"""What an applicant is told by mail when their application comes to another status."""

from conferences.letters import send_letter
from registration.models import Application, Status

# An application that is only kept, and one that somebody takes back by themselves without ever having sent it.
UNTOLD = (Status.DRAFT,)


def tell(application: Application) -> None:
    """Posts the letter of its status in the caller's transaction. Nobody is told of a draft, or without an address."""
    if application.status in UNTOLD or application.user is None:
        return
    send_letter(
        application.user,
        application.conference,
        f"registration/mail/{application.status}",
        leads_to=application.conference.get_absolute_url(),
        application=application,
    )
