"""A thread of mail becomes its messages, oldest first, whoever quoted whom."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.calls import Medium, Role, Transcript
from scoring.errors import TextError
from scoring.texts import is_conversation, read_conversation
from scoring.texts.mail import looks_mailed, read_eml, read_mail
from scoring.texts.markup import text_of_html

SUPPORT = "Lamp Shop Support <support@example.org>"
OLA = "Ola Vance <ola@example.org>"
WORDS = st.lists(st.text(st.characters(categories=("Ll", "Lo")), min_size=1, max_size=8), min_size=1, max_size=6)


def mail(body: str, *, sender: str = SUPPORT, subject: str = "Re: lamp", **options: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, OLA, subject
    message.set_content(body, **options)
    return message


def said(read: Transcript) -> list[tuple[str | None, str]]:
    return [(turn.speaker, turn.text) for turn in read.turns]


# --- one message


@pytest.mark.parametrize(
    ("charset", "cte"), [("utf-8", "base64"), ("utf-8", "8bit"), ("iso-8859-1", "quoted-printable")]
)
def test_one_message_in_any_dress(charset: str, cte: str) -> None:
    body = "Dear Ola,\n\nyour naïve lamp is on its way.\n\nMira\nSupport"
    read = read_eml(bytes(mail(body, charset=charset, cte=cte)))
    assert said(read) == [("Lamp Shop Support", body)]
    assert read.medium is Medium.EMAIL
    assert read.notes == ("subject: Re: lamp",)
    assert read.turns[0].role is Role.AGENT
    assert read.turns[0].start is None


def test_encoded_names_and_subjects_are_read() -> None:
    raw = b"From: =?utf-8?b?w5NsYSBWYW5jZQ==?= <ola@example.org>\nSubject: =?utf-8?q?na=C3=AFve?=\n\nhello\n"
    read = read_eml(raw)
    assert said(read) == [("Óla Vance", "hello")]
    assert read.notes == ("subject: naïve",)


def test_the_address_may_say_the_role() -> None:
    assert read_eml(bytes(mail("hi", sender="Mira Holt <customer.service@example.org>"))).turns[0].role is Role.AGENT
    assert read_eml(bytes(mail("hi", sender="support@example.org"))).turns[0].speaker == "support@example.org"
    assert read_eml(bytes(mail("hi", sender="Mira Holt <mira@example.org>"))).turns[0].role is Role.UNKNOWN


def test_plain_text_is_preferred_and_attachments_are_left_alone() -> None:
    message = mail("in plain words")
    message.add_alternative("<p>in <b>markup</b></p>", subtype="html")
    message.add_attachment(b"not to be read", maintype="text", subtype="plain", filename="notes.txt")
    assert said(read_eml(bytes(message))) == [("Lamp Shop Support", "in plain words")]


def test_markup_becomes_lines_and_quotations() -> None:
    html = (
        "<html><head><title>x</title><style>p {}</style></head><body><p>Dear&nbsp;Ola &amp; co,</p><div>we are "
        "<b>sorry</b>.<br>Mira</div><script>run()</script><div>On Fri, 31 May 2024, Ola Vance wrote:</div>"
        "<blockquote><p>The lamp is broken.</p><blockquote>It is on its way.</blockquote></blockquote></body></html>"
    )
    assert text_of_html(html).split("\n")[:3] == ["Dear Ola & co,", "we are sorry.", "Mira"]
    message = EmailMessage()
    message["From"] = SUPPORT
    message.set_content(html, subtype="html")
    assert said(read_eml(bytes(message))) == [
        (None, "It is on its way."),
        ("Ola Vance", "The lamp is broken."),
        ("Lamp Shop Support", "Dear Ola & co,\nwe are sorry.\nMira"),
    ]


@pytest.mark.parametrize(
    "html", ["</blockquote></blockquote><p>a", "<p>a<blockquote>", "<script>x</script></style>a", "a<"]
)
def test_broken_markup_is_read_as_far_as_it_goes(html: str) -> None:
    assert text_of_html(html).startswith("a")


# --- threads


THREAD = """Dear Ola,

we are sorry.

Mira, Support

On Fri, May 31, 2024 at 2:05 PM Ola Vance <ola@example.org> wrote:

> The lamp is broken.
>
> On Thu, May 30, 2024, Lamp Shop <support@example.org>
> wrote:
>> Your lamp is on its way.
>
> Ola
"""


def test_quoted_history_becomes_the_messages_it_came_from() -> None:
    read = read_eml(bytes(mail(THREAD)))
    assert said(read) == [
        ("Lamp Shop", "Your lamp is on its way."),
        ("Ola Vance", "The lamp is broken.\n\nOla"),
        ("Lamp Shop Support", "Dear Ola,\n\nwe are sorry.\n\nMira, Support"),
    ]
    assert [turn.role for turn in read.turns] == [Role.AGENT, Role.UNKNOWN, Role.AGENT]


@settings(max_examples=30, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=5))
def test_a_thread_of_any_depth_comes_back_oldest_first(messages: list[list[str]]) -> None:
    said_by = [" ".join(words) for words in messages]
    body = said_by[0]
    for number, words in enumerate(said_by[1:], start=1):
        quoted = "\n".join(f"> {line}" for line in body.split("\n"))
        body = f"{words}\n\nOn Fri, 31 May 2024 at 14:05, Writer{'x' * number} <w@example.org> wrote:\n{quoted}"
    read = read_eml(bytes(mail(body, charset="utf-8")))
    assert [turn.text for turn in read.turns] == said_by


@pytest.mark.parametrize(
    ("line", "writer"),
    [
        ("On Fri, 31 May 2024 at 14:05, Ola Vance <ola@example.org> wrote:", "Ola Vance"),
        ("On 31/05/2024 14:05, Ola Vance wrote:", "Ola Vance"),
        ("On May 31, 2024, at 2:05 PM, Ola Vance <ola@example.org> wrote:", "Ola Vance"),
        ('On Fri, May 31, 2024 at 2:05 PM "Ola Vance" <ola@example.org> wrote:', "Ola Vance"),
        ("Am Fr., 31. Mai 2024 um 14:05 Uhr schrieb Ola:", None),
    ],
)
def test_who_wrote_what_was_quoted(line: str, writer: str | None) -> None:
    read = read_eml(bytes(mail(f"Sorry.\n\n{line}\n> It is broken.\n", charset="utf-8")))
    assert [turn.text for turn in read.turns] == ["It is broken.", "Sorry."]
    if writer:
        assert read.turns[0].speaker == writer


def test_answers_between_and_below_quoted_lines_are_the_writers() -> None:
    read = read_eml(bytes(mail("> is it blue?\nYes.\n> and large?\nNo.\n")))
    assert [turn.text for turn in read.turns] == ["is it blue?\nand large?", "Yes.\nNo."]


def test_messages_under_a_ruled_line() -> None:
    body = (
        "We are sorry.\nMira\n\n-----Original Message-----\nFrom: Ola Vance <ola@example.org>\n"
        "Sent: Friday, May 31, 2024 2:05 PM\nTo: Support\nSubject: lamp\n\nIt is broken.\n\n"
        "________________________________\nFrom: Lamp Shop <support@example.org>\nSubject: order\nDate: x\n\n"
        "On its way.\n"
    )
    read = read_eml(bytes(mail(body)))
    assert said(read) == [
        ("Lamp Shop", "On its way."),
        ("Ola Vance", "It is broken."),
        ("Lamp Shop Support", "We are sorry.\nMira"),
    ]
    assert read.notes == ("subject: order",)


def test_a_line_that_only_speaks_of_headers_is_a_line() -> None:
    body = "From: the kitchen to the hall it works.\nOn Friday it did not: it flickered.\nSubject: none"
    read = read_eml(bytes(mail(f"Hello,\n{body.splitlines()[0]}\n\n{body.splitlines()[1]}\n")))
    assert len(read.turns) == 1


# --- plain text with headers


LETTERS = """From: Ola Vance <ola@example.org>
To: support@example.org
Subject: Broken lamp
{first}
The lamp is broken.

From: Lamp Shop Support <support@example.org>
Subject: Re: Broken lamp
{second}
We are sorry.
"""


def test_text_with_headers_is_mail_in_the_order_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(LETTERS.format(first="", second=""))
    assert is_conversation(path)
    read = read_conversation(path)
    assert said(read) == [("Ola Vance", "The lamp is broken."), ("Lamp Shop Support", "We are sorry.")]
    assert read.medium is Medium.EMAIL
    assert read.notes == ("subject: Broken lamp",)


@pytest.mark.parametrize(
    ("first", "second", "newest"),
    [
        ("Date: Fri, 31 May 2024 14:05:00 +0200\n", "Date: Fri, 31 May 2024 15:05:00 +0200\n", "We are sorry."),
        ("Date: Fri, 31 May 2024 16:05:00 +0200\n", "Date: Fri, 31 May 2024 15:05:00 +0200\n", "The lamp is broken."),
        ("Date: 2024-05-31T16:05\n", "Date: 2024-05-31T15:05\n", "The lamp is broken."),
        ("Date: 2024-05-31T16:05\n", "Date: Fri, 31 May 2024 15:05:00 +0200\n", "We are sorry."),  # cannot be compared
    ],
)
def test_dates_say_the_order_where_they_can(first: str, second: str, newest: str) -> None:
    assert read_mail(LETTERS.format(first=first, second=second)).turns[-1].text == newest


def test_an_answer_above_what_it_answers_comes_last() -> None:
    text = "From: b@example.org\nSubject: Re: lamp\n\nSorry.\n\nFrom: a@example.org\nSubject: lamp\n\nBroken.\n"
    assert [turn.text for turn in read_mail(text).turns] == ["Broken.", "Sorry."]


@pytest.mark.parametrize(
    ("text", "mailed"),
    [
        ("From: a@example.org\nSubject: x\n\nhi", True),
        ("Subject: x\nFrom: a@example.org\n\nhi", True),
        ("\n\nDate: x\nFrom: a@example.org\n\nhi", True),
        ("From: a@example.org\n\nhi", False),
        ("Subject: x\n\nhi", False),
        ("Agent: hi\nFrom: a\nSubject: b", False),
        ("", False),
    ],
)
def test_what_begins_like_mail(text: str, mailed: bool) -> None:
    assert looks_mailed(text) is mailed


@pytest.mark.parametrize(
    "raw",
    [
        b"From: a@example.org\n\n",
        b"From: a@example.org\nContent-Type: image/png\n\nxx",
        b"\n",
        b"Content-Type: text/html\n\n<p></p>",
    ],
)
def test_mail_that_says_nothing_is_one_clear_line(tmp_path: Path, raw: bytes) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(raw)
    with pytest.raises(TextError, match=r"a\.eml: (nobody says anything|the file is empty)"):
        read_conversation(path)


def test_a_character_set_that_nobody_knows_loses_no_plain_letters(tmp_path: Path) -> None:
    path = tmp_path / "a.eml"
    path.write_bytes(b"From: a@example.org\nContent-Type: text/plain; charset=nobody-knows\n\nhello there\n")
    assert [turn.text for turn in read_conversation(path).turns] == ["hello there"]
