"""A form says what it wants, what is wrong, and where."""

import re

from django import forms


class Asked(forms.Form):
    text = forms.CharField(label="Question", help_text="One at a time.", min_length=10)
    language = forms.CharField(label="Language", required=False)
    public = forms.BooleanField(label="In public", required=False)
    who = forms.ChoiceField(label="As whom", choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect)
    secret = forms.CharField(widget=forms.HiddenInput)


def test_every_field_has_a_label_that_is_bound_to_it():
    html = str(Asked())
    for field in ("text", "language", "public"):
        assert f'<label for="id_{field}">' in html
    assert "<legend>As whom</legend>" in html


def test_what_may_be_left_out_is_marked():
    label = re.search(r'<label for="id_language">.*?</label>', str(Asked()))
    assert label
    assert "optional" in label[0]


def test_help_and_error_belong_to_their_field():
    html = str(Asked({"text": "short"}))
    field = re.search(r"<input[^>]*name=\"text\"[^>]*>", html)
    assert field
    assert 'aria-describedby="id_text_helptext id_text_error"' in field[0]
    assert 'aria-invalid="true"' in field[0]
    assert 'id="id_text_helptext"' in html
    assert 'id="id_text_error"' in html


def test_the_summary_leads_to_each_error():
    html = str(Asked({"text": "short"}))
    assert html.index("error-summary") < html.index('name="text"')
    assert '<a href="#id_text">Question</a>' in html
    assert "3 things need correcting" in html


def test_a_form_without_errors_has_no_summary():
    assert "error-summary" not in str(Asked())


def test_what_was_typed_is_still_there():
    assert 'value="short"' in str(Asked({"text": "short"}))
