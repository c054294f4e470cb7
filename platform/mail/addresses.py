"""Addresses of mailboxes: as they are kept and shown, and as mail servers know them.

Domains are written in any script (ana@例え.jp); mail servers know them in ASCII (ana@xn--r8jz45g.jp), and some browsers
send what was typed in one way as the other. Kept is what people read; so a mailbox is one, whichever way it was typed.
"""

import idna
from django.core.validators import EmailValidator


def as_kept(address: str) -> str:
    """In small letters, its domain in its own script. What is no address comes back as it is, to be refused."""
    local, at, domain = address.strip().lower().rpartition("@")
    if domain.isascii() and "xn--" not in domain:
        return f"{local}{at}{domain}"
    try:
        return f"{local}{at}{idna.decode(domain, uts46=True)}"
    except UnicodeError:
        return f"{local}{at}{domain}"


def as_sent(address: str) -> str:
    """Its domain in ASCII, by the rules that registries keep today: Django's own turn ß into ss, another's domain."""
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{_in_ascii(domain)}"
    except UnicodeError:
        return address


def _in_ascii(domain: str) -> str:
    """Raises UnicodeError for what is no name of a domain."""
    return domain if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")


class MailboxValidator(EmailValidator):
    """As Django's, but for mailboxes of a named domain only: what stands in brackets, as in a@[127.0.0.1], is a
    machine, and the mail server may be one that others cannot reach."""

    def validate_domain_part(self, domain_part: str) -> bool:
        try:
            return bool(self.domain_regex.match(_in_ascii(domain_part)))
        except UnicodeError:
            return False


check_mailbox = MailboxValidator()
