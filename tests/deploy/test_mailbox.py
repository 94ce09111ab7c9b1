"""The catch-all mailbox over real SMTP and HTTP: it keeps everything and trusts nothing."""

import smtplib
from email.message import EmailMessage
from urllib.parse import urlsplit

import httpx2
import pytest

from sloty_deploy.scratch import ScratchMailbox, scratch_mailbox

HOSTILE = "<script>alert('x')</script>"


def send(mailbox: ScratchMailbox, message: EmailMessage) -> None:
    server = urlsplit(mailbox.smtp_url)
    with smtplib.SMTP(str(server.hostname), int(server.port or 0)) as connection:
        connection.send_message(message)


def letter(
    subject: str = "Grüße", *, body: str = "Guten Tag", kind: str = "BOOKED"
) -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Sloty <no-reply@example.com>"
    message["To"] = "grace@example.com"
    message["Subject"] = subject
    message["Message-ID"] = "<one@example.com>"
    message["X-Sloty-Kind"] = kind
    message.set_content(body)
    message.add_alternative(f"<p>{body}</p>", subtype="html")
    message.set_boundary("the-next-part")
    return message


def test_any_mail_is_kept_with_its_kind(mailbox: ScratchMailbox) -> None:
    send(mailbox, letter(kind="REMINDER"))
    mail = mailbox.wait_for(lambda mail: mail.kind == "REMINDER")
    assert (mail.subject, mail.message_id) == ("Grüße", "<one@example.com>")
    assert list(mail.recipients) == ["grace@example.com"]


def test_list_shows_the_newest_mail_first(mailbox: ScratchMailbox) -> None:
    for subject in ("first", "second"):
        send(mailbox, letter(subject))
    listed = httpx2.get(f"{mailbox.page_url}/messages.json").json()["items"]
    assert [mail["subject"] for mail in listed] == ["second", "first"]
    assert set(listed[0]) == {"id", "from", "to", "subject", "messageId", "kind", "receivedAt"}


def test_pages_escape_what_mails_say(mailbox: ScratchMailbox) -> None:
    send(mailbox, letter(HOSTILE, body=HOSTILE, kind=HOSTILE))
    mail_id = mailbox.mails.newest()[0].id
    for page in ("/", f"/messages/{mail_id}"):
        assert HOSTILE not in httpx2.get(mailbox.page_url + page).text


def test_html_of_a_mail_runs_in_a_sandbox(mailbox: ScratchMailbox) -> None:
    send(mailbox, letter(body=HOSTILE))
    mail_id = mailbox.mails.newest()[0].id
    answer = httpx2.get(f"{mailbox.page_url}/messages/{mail_id}/html")
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "default-src 'none'" in policy


def test_source_of_a_mail_stays_as_it_came(mailbox: ScratchMailbox) -> None:
    sent = letter()
    send(mailbox, sent)
    mail_id = mailbox.mails.newest()[0].id
    kept = httpx2.get(f"{mailbox.page_url}/messages/{mail_id}.eml").text
    assert kept.replace("\r\n", "\n").endswith(sent.as_string())


def test_unreadable_mail_still_has_a_page(mailbox: ScratchMailbox) -> None:
    broken = (
        b"Subject: =?nonsense?q?=FF?=\xff\r\nContent-Type: text/plain; charset=nonsense\r\n\r\n\xff"
    )
    mail_id = mailbox.mails.add("", ["grace@example.com"], broken)
    for page in ("/", f"/messages/{mail_id}", f"/messages/{mail_id}/html"):
        assert httpx2.get(mailbox.page_url + page).status_code == 200


def test_unknown_mail_answers_404(mailbox: ScratchMailbox) -> None:
    for name in ("0", "..%2Fsecret-key", f"{'0' * 20}-{'0' * 8}"):
        assert httpx2.get(f"{mailbox.page_url}/messages/{name}").status_code == 404


def test_mails_and_ports_outlive_a_restart(tmp_path_factory: pytest.TempPathFactory) -> None:
    directory = tmp_path_factory.mktemp("mailbox")
    with scratch_mailbox(directory) as mailbox:
        send(mailbox, letter("before"))
        mailbox.program.kill()
        mailbox.program.start()
        send(mailbox, letter("after"))
        assert [mail.subject for mail in mailbox.mails.newest()] == ["after", "before"]
        ports = mailbox.smtp_url
    with scratch_mailbox(directory) as mailbox:
        assert mailbox.smtp_url == ports
