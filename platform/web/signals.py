"""What `web` tells to the apps above it."""

from django.dispatch import Signal

# Somebody who is signed in chose a language in the head of a page: `user`, `language` (a code of settings.LANGUAGES).
language_chosen = Signal()
