"""allauth's forms in our words, and our own. Every field has a label and no placeholder repeating it."""

from collections.abc import Mapping
from typing import Any, ClassVar

from allauth.account import forms as account
from allauth.mfa.base import forms as mfa
from allauth.mfa.totp.forms import ActivateTOTPForm as StockActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User, check_name
from mail.addresses import as_kept
from outbox.marking import Marking

ADDRESS = _("E-mail address")
PASSWORD = _("Password")
NEW_PASSWORD = _("New password")
NEW_PASSWORD_AGAIN = _("New password again")
NAME_HELP = _("Exactly as it is to be shown to others, in any script.")


class InOurWords(forms.Form):
    """Labels and helps from `words`: {field: (label, help)}; a help of None keeps the field's own."""

    words: ClassVar[Mapping[str, tuple[Any, Any]]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs.pop("placeholder", None)
            label, help_text = self.words.get(name, (None, None))
            if label is not None:
                field.label = label
            if help_text is not None:
                field.help_text = help_text


class TypedCode(InOurWords):
    """A code typed from a mail or an app, on whatever keyboard: ٤٢ is 42."""

    words = {"code": (_("Code"), None)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not a number field: a code may begin with 0 and holds a dash.
        self.fields["code"].widget.attrs.update(inputmode="numeric", dir="ltr", autocomplete="one-time-code")

    def clean_code(self) -> str:
        typed = self.cleaned_data["code"]
        self.cleaned_data["code"] = "".join(str(int(c)) if c.isdecimal() else c for c in typed).strip()
        # The next class says whether it is the right one.
        return super().clean_code()  # type: ignore[misc]


class LoginForm(InOurWords, account.LoginForm):
    words = {"login": (ADDRESS, None), "password": (PASSWORD, "")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # "webauthn" lets the browser offer a passkey where the address is typed.
        self.fields["login"].widget.attrs["autocomplete"] = "username webauthn"

    def clean_login(self) -> str:
        return as_kept(super().clean_login())


class SignupForm(InOurWords, account.SignupForm):
    """Name, address and password. Whether the address is known already is told by mail only."""

    name = forms.CharField(max_length=200, validators=[check_name])
    account_already_exists: bool

    field_order = ["name", "email", "password1"]
    words = {"name": (_("Your name"), NAME_HELP), "email": (ADDRESS, None), "password1": (PASSWORD, None)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].widget.attrs["autocomplete"] = "name"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "password1" in data and "password1" not in self.errors:
            # allauth compared the password with the address only.
            person = User(email=data.get("email", ""), name=data.get("name", ""))
            try:
                validate_password(data["password1"], person)
            except forms.ValidationError as error:
                self.add_error("password1", error)
        return data

    def try_save(self, request: HttpRequest) -> Any:
        if self.account_already_exists:
            # Hashing takes long enough to be measured: without it, the time of the answer would tell.
            User().set_password(self.cleaned_data["password1"])
        try:
            with transaction.atomic():
                return super().try_save(request)
        except IntegrityError:
            # The same address signed up at the same moment: it hears by mail, as if it had come later.
            self.account_already_exists = True
            return super().try_save(request)


class RequestLoginCodeForm(InOurWords, account.RequestLoginCodeForm):
    words = {"email": (ADDRESS, None)}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].widget.attrs["autocomplete"] = "username"

    def clean_email(self) -> str:
        self.cleaned_data["email"] = as_kept(self.cleaned_data["email"])
        return str(super().clean_email())


class ConfirmLoginCodeForm(TypedCode, account.ConfirmLoginCodeForm):
    pass


class ConfirmEmailVerificationCodeForm(TypedCode, account.ConfirmEmailVerificationCodeForm):
    pass


class ConfirmPasswordResetCodeForm(TypedCode, account.ConfirmPasswordResetCodeForm):
    pass


class ResetPasswordForm(InOurWords, account.ResetPasswordForm):
    words = {"email": (ADDRESS, None)}


class ResetPasswordKeyForm(InOurWords, account.ResetPasswordKeyForm):
    words = {"password1": (NEW_PASSWORD, None), "password2": (NEW_PASSWORD_AGAIN, None)}


class ChangePasswordForm(InOurWords, account.ChangePasswordForm):
    words = {
        "oldpassword": (_("Current password"), ""),
        "password1": (NEW_PASSWORD, None),
        "password2": (NEW_PASSWORD_AGAIN, None),
    }


class SetPasswordForm(InOurWords, account.SetPasswordForm):
    words = {"password1": (NEW_PASSWORD, None), "password2": (NEW_PASSWORD_AGAIN, None)}


class PasswordAgainForm(InOurWords, account.ReauthenticateForm):
    words = {"password": (PASSWORD, "")}


class AddEmailForm(InOurWords, account.AddEmailForm):
    words = {"email": (_("New e-mail address"), _("A code goes there. Until you enter it, nothing changes."))}


class AuthenticateForm(TypedCode, mfa.AuthenticateForm):
    words = {"code": (_("Code from your app, or a recovery code"), None)}


class ReauthenticateForm(TypedCode, mfa.ReauthenticateForm):
    words = {"code": (_("Code from your app, or a recovery code"), None)}


class ActivateTOTPForm(TypedCode, StockActivateTOTPForm):
    words = {"code": (_("Six digits that your app shows now"), None)}


class AddPasskeyForm(InOurWords, AddWebAuthnForm):
    words = {
        "name": (_("Name of this passkey"), _("To tell it from others: “My phone”.")),
        "passwordless": (
            _("Sign in with it alone"),
            _("No password and no code: the device asks for your finger, face or PIN."),
        ),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("passwordless", True)


class RenamePasskeyForm(InOurWords, EditWebAuthnForm):
    words = {"name": (_("Name of this passkey"), None)}


class ProfileForm(Marking, forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "language"]
        labels = {"name": _("Your name"), "language": _("Language")}
        help_texts = {"name": NAME_HELP, "language": _("Of pages and mails.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        language = self.fields["language"]
        assert isinstance(language, forms.TypedChoiceField)  # noqa: S101  for the type checker
        language.choices = [("", _("As my browser asks")), *settings.LANGUAGES]


class SetupForm(Marking, forms.Form):
    """The first organiser."""

    name = forms.CharField(label=_("Your name"), max_length=200, help_text=NAME_HELP, validators=[check_name])
    email = forms.EmailField(label=ADDRESS, max_length=254)
    password = forms.CharField(
        label=PASSWORD, strip=False, widget=forms.PasswordInput, help_text=password_validators_help_text_html
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, autocomplete in (("name", "name"), ("email", "username"), ("password", "new-password")):
            self.fields[name].widget.attrs["autocomplete"] = autocomplete


class CodeForm(Marking, forms.Form):
    """A mailed code, of whoever is signed in."""

    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        widget=forms.TextInput({"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code"}),
    )


class EntryForm(Marking, forms.Form):
    """The code of a mail or a help desk, typed on whatever device."""

    email = forms.EmailField(label=ADDRESS, widget=forms.EmailInput({"autocomplete": "email", "dir": "ltr"}))
    code = forms.CharField(
        label=_("Code"),
        max_length=40,
        # Not a number field: a code may begin with 0 and holds a dash.
        widget=forms.TextInput({"inputmode": "numeric", "dir": "ltr", "autocomplete": "one-time-code"}),
    )
