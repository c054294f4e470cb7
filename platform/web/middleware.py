"""What is looked at in every request before its page."""

from collections.abc import Callable, Mapping, Sequence

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.deprecation import MiddlewareMixin

# A column for numbers of rows holds no more, and SQLite breaks off where it is asked for more.
LARGEST_NUMBER = 2**63 - 1


class NumbersMiddleware(MiddlewareMixin):
    """A number in an address that no row can have leads nowhere, whichever page it is of."""

    def process_view(
        self,
        request: HttpRequest,
        view: Callable[..., HttpResponse],
        args: Sequence[object],
        kwargs: Mapping[str, object],
    ) -> None:
        if any(isinstance(value, int) and value > LARGEST_NUMBER for value in kwargs.values()):
            raise Http404
