"""What a newcomer's browser reads: the page, and the mails that the worker prints."""

import asyncio

from arrival import Letterbox, codes_in, what_a_page_follows

PAGE = """
<body data-live-url="/live/" data-live-ticket="eyJ:1a&amp;b">
<div class="session" data-session-page="7" data-topic="conference.1.programme" data-access="registered">
<section class="stage" data-topic="session.7.picture" data-at="3f.0:2"
  data-hls="/static/hls.js"></section>
<section data-floor data-topic="session.7.floor" data-at="3f.0:41" data-tallies="96" data-own-topic="user.5"
  data-own-at="3f.0:3" data-title="A &lt;b&gt; title"></section>
"""
MAIL = "\nTo: {to}\nSubject: Your sign-in code\n\nHello,\n\n{code}\n\nIt is good for 15 minutes.\n" + "-" * 72 + "\n"


def test_a_page_says_what_it_follows_from_where():
    ticket, stands = what_a_page_follows(PAGE)
    assert ticket == "eyJ:1a&b"
    assert stands == {
        "conference.1.programme": ("", 0),
        "session.7.picture": ("3f.0:2", 0),
        "session.7.floor": ("3f.0:41", 96),
        "user.5": ("3f.0:3", 0),
    }


def test_a_page_of_something_else_follows_nothing():
    assert what_a_page_follows("<body data-live-ticket=''><p>No</p></body>") == ("", {})


def test_codes_are_read_from_whole_mails_only():
    mails = MAIL.format(to="a@example.org", code="1234-5678") + MAIL.format(to="b@example.org", code="8765-4321")
    assert codes_in(mails) == {"a@example.org": "1234-5678", "b@example.org": "8765-4321"}
    assert codes_in(mails[:-20]) == {"a@example.org": "1234-5678"}


def test_the_last_of_several_codes_is_the_one_that_works():
    mails = MAIL.format(to="a@example.org", code="1111-1111") + MAIL.format(to="a@example.org", code="2222-2222")
    assert codes_in(mails) == {"a@example.org": "2222-2222"}


def test_a_mail_without_a_code_is_none():
    assert codes_in(MAIL.format(to="a@example.org", code="Welcome")) == {}


async def test_a_code_is_handed_over_once_its_mail_is_there_whole(tmp_path):
    file = tmp_path / "worker.log"
    mail = MAIL.format(to="a@example.org", code="1234-5678").encode() + "Grüße\n".encode()
    file.write_bytes(mail[:60])
    letterbox = Letterbox(file)
    code = letterbox.expect("a@example.org")
    letterbox.look()
    await asyncio.sleep(0)
    assert not code.done()
    # Also where a letter of two bytes is torn apart.
    for until in (len(mail) - 5, len(mail)):
        file.write_bytes(mail[:until])
        letterbox.look()
    assert await code == "1234-5678"
