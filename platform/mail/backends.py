"""Where Django's `send()` ends: in a row. And where a row ends on a laptop: on the console."""

from collections.abc import Sequence

from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.backends.console import EmailBackend as StockConsoleBackend

from mail.actions import post, posts_nothing
from mail.models import OutgoingMail


class OutboxBackend(BaseEmailBackend):
    """Settings name it EMAIL_BACKEND, so that everybody who sends a mail gets a row and a worker for it.

    The row belongs to the caller's transaction: what is rolled back is not told, what is committed is.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        if posts_nothing():
            return 0
        posted = [post(_as_row(message)) for message in email_messages if message.recipients()]
        return len(posted)


class ConsoleBackend(StockConsoleBackend):
    """Prints mails as a person reads them, not as they cross the wire."""

    def write_message(self, message: EmailMessage) -> None:
        self.stream.write(f"\nTo: {', '.join(message.to)}\nSubject: {message.subject}\n\n{message.body}\n")
        self.stream.write("-" * 72 + "\n")


def _as_row(message: EmailMessage) -> OutgoingMail:
    attachments = [_as_text(attachment) for attachment in message.attachments]
    text, html = str(message.body), ""
    if message.content_subtype == "html":
        text, html = "", text
    if isinstance(message, EmailMultiAlternatives):
        for content, kind in message.alternatives:
            if kind != "text/html":
                raise ValueError(f"a mail is text and perhaps HTML, not {kind}")
            html = str(content)
    headers = {name: str(value) for name, value in message.extra_headers.items()}
    if message.cc:
        headers["Cc"] = ", ".join(map(str, message.cc))
    if message.reply_to:
        headers["Reply-To"] = ", ".join(map(str, message.reply_to))
    return OutgoingMail(
        to=[str(address) for address in message.to],
        bcc=[str(address) for address in (*message.cc, *message.bcc)],
        from_address=message.from_email,
        subject=" ".join(str(message.subject).split())[:500],
        text=text,
        html=html,
        headers=headers,
        attachments=attachments,
    )


def _as_text(attachment: object) -> dict[str, str]:
    """Raises ValueError for what is no text with a name: a person's papers are not sent around."""
    match attachment:
        case (str(name), str(text), str(kind)) if name and kind.startswith("text/"):
            return {"name": name, "type": kind, "text": text}
    raise ValueError("a mail carries no files: put a link, which asks for permission when it is opened")
