"""Mails that other mail servers send back (RFC 3464), read as they come."""

from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import Message
from email.utils import parseaddr


@dataclass(frozen=True, slots=True)
class Bounce:
    """One address that a mail did not reach: which mail, if the server says, and the server's words."""

    address: str
    message_id: str
    words: str


def bounces_in(raw: bytes) -> list[Bounce]:
    """What a mail says about mails that will not arrive.

    Empty for any other mail, and for a report of a delay or of success: then the mail server still tries, or is done.
    """
    # The older policy reads what is malformed as well as it can, in place of refusing a header when it is asked for.
    message = message_from_bytes(raw, policy=policy.compat32)
    reports = [part for part in message.walk() if part.get_content_type() == "message/delivery-status"]
    message_id = _message_id_of_the_original(message)
    return [
        Bounce(address=address, message_id=message_id, words=_words(block))
        for report in reports
        for block in _blocks(report)
        if _word(block, "Action").lower() == "failed" and (address := _address(block))
    ]


def _blocks(report: Message) -> Iterator[Message]:
    """The groups of fields of a report: one about the mail as a whole, then one for each address."""
    payload = report.get_payload()
    if isinstance(payload, list):
        yield from (block for block in payload if isinstance(block, Message))


def _message_id_of_the_original(message: Message) -> str:
    for part in message.walk():
        if part.get_content_type() == "message/rfc822":
            inner = part.get_payload()
            if isinstance(inner, list) and inner and isinstance(inner[0], Message):
                return _word(inner[0], "Message-ID").strip("<>")
        if part.get_content_type() == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            if isinstance(payload, bytes):
                return _word(message_from_bytes(payload, policy=policy.compat32), "Message-ID").strip("<>")
    return ""


def _address(block: Message) -> str:
    """Without its type, as in `rfc822; ben@example.org`: whom we wrote to, if that was passed on to another."""
    for field in ("Original-Recipient", "Final-Recipient"):
        address = parseaddr(_word(block, field).rpartition(";")[2])[1]
        if "@" in address:
            return address
    return ""


def _words(block: Message) -> str:
    said = _word(block, "Diagnostic-Code").partition(";")[2].strip()
    return " ".join(words for words in (_word(block, "Status"), said) if words)


def _word(message: Message, field: str) -> str:
    return " ".join(str(message.get(field, "")).split())
