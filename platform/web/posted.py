"""What pages with forms share: how they are asked for, how they answer, and how a row's number is read from them."""

from django.forms import BaseForm
from django.views.decorators.http import require_http_methods

# The answer to a form that could not be taken: it comes back with what was typed.
UNPROCESSABLE = 422

form_page = require_http_methods(["GET", "HEAD", "POST"])


def status_of(form: BaseForm) -> int:
    """Of a page with a form: what was taken has led elsewhere, so a form that still holds what was sent was not."""
    return UNPROCESSABLE if form.is_bound else 200


def whole_number(text: str | None, *, otherwise: int = 0, digits: int = 18) -> int:
    """The number that a form or an address holds as ASCII digits, at most so many; `otherwise` for anything else.

    Eighteen are the most that a column for numbers of rows is sure to hold. No row has the number 0.
    """
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) <= digits else otherwise
