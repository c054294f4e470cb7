"""The HTTP edge of a refusal: a page that says what to do next, or JSON for a script."""

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.deprecation import MiddlewareMixin

from outbox.errors import NotThere, Refusal, SignInFirst


class RefusalMiddleware(MiddlewareMixin):
    """Views raise a Refusal like every action does; one that a view did not place in its form ends here."""

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.accepts("text/html"):
            if isinstance(exception, SignInFirst):
                return redirect_to_login(request.get_full_path())
            template = "404.html" if isinstance(exception, NotThere) else "outbox/refused.html"
            return render(request, template, {"refusal": exception}, status=exception.status)
        return JsonResponse({"refused": exception.as_answer()}, status=exception.status)
