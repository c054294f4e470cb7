"""Who may speak for a delegation: whoever verified credentials name, as long as they are its member."""

from collections.abc import Sequence

from conferences.actions import set_voice
from registration.models import Application, Credential, CredentialState


def give_voices(applications: Sequence[Application]) -> None:
    """Gives these members the voice that verified credentials say is theirs. Within the action that seated them."""
    of_delegations = [
        application
        for application in applications
        if application.delegation_id is not None and application.user_id is not None
    ]
    if not of_delegations:
        return
    verified = Credential.objects.filter(state=CredentialState.VERIFIED, names__in=of_delegations)
    named = set(verified.values_list("names", flat=True))
    for application in of_delegations:
        if application.pk in named:
            settle_voice(application, may_speak=True)


def settle_voice(application: Application, *, may_speak: bool) -> bool:
    """Gives or takes the voice of one member; says whether that changed anything."""
    if application.user is None or application.delegation_id is None:
        return False
    return set_voice(
        application.conference_id, application.user, delegation_id=application.delegation_id, may_speak=may_speak
    )


def speaks_by(application: Application) -> bool:
    """Whether verified credentials name this member."""
    return application.credentials.filter(state=CredentialState.VERIFIED).exists()
