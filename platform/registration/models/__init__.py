"""Who takes part in a conference and as what, and what it takes to have them there."""

from registration.models.applications import (
    ACTIVE,
    EDITABLE,
    MOVES,
    OF_A_DELEGATION,
    Answer,
    Application,
    Attendance,
    Capacity,
    Category,
    Field,
    FieldKind,
    Quota,
    Status,
    Step,
)
from registration.models.delegations import Credential, CredentialState, FocalPoint, Phases
from registration.models.door import Badge, Device, Direction, Gate, Outcome, Scan
from registration.models.help import Message, Ticket, TicketState
from registration.models.imports import Import, Likeness
from registration.models.letters import Delivery, LetterTemplate, Mailing, MailingState, Unsubscribed
from registration.models.posts import Post, Work
from registration.models.printing import CertificateFor, Design, PrintKind, Printout
from registration.models.privacy import Look
from registration.models.wordings import Wording

__all__ = [
    "ACTIVE",
    "EDITABLE",
    "MOVES",
    "OF_A_DELEGATION",
    "Answer",
    "Application",
    "Attendance",
    "Badge",
    "Capacity",
    "Category",
    "CertificateFor",
    "Credential",
    "CredentialState",
    "Delivery",
    "Design",
    "Device",
    "Direction",
    "Field",
    "FieldKind",
    "FocalPoint",
    "Gate",
    "Import",
    "LetterTemplate",
    "Likeness",
    "Look",
    "Mailing",
    "MailingState",
    "Message",
    "Outcome",
    "Phases",
    "Post",
    "PrintKind",
    "Printout",
    "Quota",
    "Scan",
    "Status",
    "Step",
    "Ticket",
    "TicketState",
    "Unsubscribed",
    "Wording",
    "Work",
]
