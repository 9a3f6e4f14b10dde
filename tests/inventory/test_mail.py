"""Mail: what it says, what nobody can smuggle into it, and what becomes of it at each moment something can break."""

import email
import email.policy
import socket
from datetime import date
from email.message import EmailMessage
from typing import Any

import pytest

from inventory.borrowers import Borrower
from inventory.mail import MAILS_A_CONNECTION, Failed, MailServer, Unknown, Unreachable, reminder_mail
from inventory.reminding import REFUSED, Call, CalledItem, Contact
from inventory.settings import Settings
from tests.inventory.city import NOON
from tests.smtp_sink import Sink

OFFICE = {"MAIL_FROM": "daicho@city.example.jp", "OFFICE_PHONE": "027-000-1234", "OFFICE_HOURS": "平日 8:30–17:15"}


def settings(**given: str) -> Settings:
    return Settings.from_environment({**OFFICE, "PUBLIC_URL": "https://daicho.example.jp", **given})


def item(number: str = "MB-T-0001", late: int = 3, **other: Any) -> CalledItem:
    values: dict[str, Any] = {
        "loan": "R8-00001",
        "asset_number": number,
        "call_number": 7,
        "model": "TB-10A",
        "pool_name": "自治会長タブレット",
        "return_word": "返却",
        "due_on": date(2026, 11, 21),
        "days_late": late,
        "days_left": 0,
    }
    return CalledItem(**(values | other))


def call(*items: CalledItem, address: str = "head@example.jp", **contact: str) -> Call:
    return Call(
        key="association:1",
        borrower=Borrower(type="association", id="1", name="大胡地区 堀越町自治会"),
        contact=Contact(**{"name": "髙﨑 橳男", "office": "会長", "email": address, **contact}),
        items=list(items or (item(),)),
        today=[],
        way="mail",
    )


def written(made: EmailMessage) -> EmailMessage:
    """The mail as whoever receives it reads it."""
    return email.message_from_bytes(made.as_bytes(), policy=email.policy.default)


def mail(told: Call | None = None, reminder: str = "12", **given: str) -> EmailMessage:
    return reminder_mail(told or call(), settings(**given), reminder=reminder, key_id="ab12", now=NOON)


def test_a_mail_says_everything_that_is_due_and_where_to_ring() -> None:
    near = item("MB-T-0002", late=0, due_on=date(2026, 11, 30), call_number=None)
    text = written(mail(call(item(), near))).get_content()
    for word in (
        "大胡地区 堀越町自治会",
        "会長　髙﨑 橳男　様",
        "備品番号 MB-T-0001　呼び番号 7",
        "11月21日（土）　3日すぎています",
        "備品番号 MB-T-0002",
        "11月30日（月）",
        "電話　027-000-1234（平日 8:30–17:15）",
        "https://daicho.example.jp/T",
    ):
        assert word in text, word
    assert text.index("MB-T-0001") < text.index("MB-T-0002")


def test_the_envelope_of_words_is_fixed_by_the_reminder() -> None:
    made = written(mail())
    assert str(made["Subject"]) == "【前橋市】お貸ししている端末の返却のお願い"
    assert (str(made["To"]), made["Auto-Submitted"]) == ("head@example.jp", "auto-generated")
    assert str(made["From"]) == "前橋市 デジタルデバイド解消WG <daicho@city.example.jp>"
    assert made["Message-ID"] == "<reminder-12.ab12@city.example.jp>" == mail()["Message-ID"]
    assert mail(reminder="13")["Message-ID"] != made["Message-ID"]
    assert made["Date"] == "Tue, 24 Nov 2026 12:00:00 +0900"
    assert made.get_content_charset() == "utf-8"
    assert all(len(line) <= 78 and line.isascii() for line in mail().as_bytes().split(b"\r\n"))


def test_the_city_s_own_word_and_no_public_page() -> None:
    made = written(mail(call(item(return_word="返納")), PUBLIC_PAGES="off"))
    assert "返納のお願い" in str(made["Subject"])
    assert "返納の日" in made.get_content()
    assert "https://" not in made.get_content()
    assert "返却" in str(written(mail(call(item(), item(return_word="返納"))))["Subject"])


@pytest.mark.parametrize(
    "address",
    [
        "a@example.jp\r\nBcc: all@example.jp",
        "a@example.jp\nX: y",
        "a@example.jp, b@example.jp",
        "<a@example.jp>",
        "a b@example.jp",
        "a@example.jp>\r\nRCPT TO:<b@example.jp",
        "会長@example.jp",
        "a@b",
        "@example.jp",
        "",
    ],
)
def test_what_is_no_address_is_told_and_not_tried(address: str) -> None:
    with pytest.raises(Failed) as refusal:
        mail(call(address=address))
    assert str(refusal.value).startswith(REFUSED)
    assert "example" not in str(refusal.value)


def test_old_addresses_of_the_carriers_are_mail_addresses() -> None:
    with Sink() as sink:
        server = MailServer(settings(SMTP_URL=sink.url))
        server.ready()
        server.send(mail(call(address="ab..cd.@docomo.example.jp")))
        server.close()
    assert sink.envelopes == [("daicho@city.example.jp", "ab..cd.@docomo.example.jp")]


def test_no_name_begins_a_line_or_a_header() -> None:
    told = call(name="金井\r\nBcc: all@example.jp\r\n\r\n本文").model_copy(
        update={"borrower": Borrower(type="association", id="1", name="堀越\u2028町\r\nX-Evil: 1")}
    )
    made = written(mail(told))
    assert set(made.keys()) == set(mail().keys())
    lines = made.get_content().splitlines()
    assert not any(line.startswith(("Bcc", "X-Evil", "本文", "町")) for line in lines)


def test_no_request_and_no_header_decides_what_a_link_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_HOST", "evil.example")
    assert "evil" not in written(mail()).get_content()


# ---- handing over


def sent_through(sink: Sink, *addresses: str) -> list[str]:
    """What becomes of mails to these addresses: sent, failed with its reason, or unknown."""
    server = MailServer(settings(SMTP_URL=sink.url))
    outcomes = []
    for at, address in enumerate(addresses):
        server.ready()
        try:
            server.send(mail(call(address=address), reminder=str(at)))
            outcomes.append("sent")
        except Failed as failed:
            outcomes.append(f"failed {failed}")
        except Unknown:
            outcomes.append("unknown")
    server.close()
    assert not any(address in outcome for address in addresses for outcome in outcomes)
    return outcomes


def test_a_refusal_concerns_one_mail_alone() -> None:
    with Sink(refuse={"b@example.jp": "550 no such user b@example.jp", "c@example.jp": "451 later"}) as sink:
        outcomes = sent_through(sink, "a@example.jp", "b@example.jp", "c@example.jp", "d@example.jp")
    assert [one.split(" ")[0] for one in outcomes] == ["sent", "failed", "failed", "sent"]
    assert outcomes[1] == f"failed {REFUSED}（550）"
    assert "451" in outcomes[2] and REFUSED not in outcomes[2]
    assert sink.recipients == ["a@example.jp", "d@example.jp"]
    assert sink.connections == 1


def test_a_sender_that_is_refused_is_not_the_reader_s_fault() -> None:
    with Sink(refuse={"daicho@city.example.jp": "530 sign in first"}) as sink:
        [outcome] = sent_through(sink, "a@example.jp")
    assert outcome.startswith("failed") and "530" in outcome and REFUSED not in outcome


@pytest.mark.parametrize(("word", "expected"), [("MAIL", "failed"), ("RCPT", "failed"), ("DATA", "unknown")])
def test_where_the_line_breaks_decides_what_is_known(word: str, expected: str) -> None:
    with Sink(drop=word) as sink:
        outcomes = sent_through(sink, "a@example.jp", "b@example.jp")
        assert [one.split(" ")[0] for one in outcomes] == [expected, expected]
        assert sink.connections == 2
        assert sink.mails == []


@pytest.mark.parametrize("answer", ["554 spam", "452 full"])
def test_a_refusal_of_the_text_is_known(answer: str) -> None:
    with Sink(refuse={"DATA": answer}) as sink:
        [outcome] = sent_through(sink, "a@example.jp")
    assert outcome.startswith("failed") and answer[:3] in outcome


def test_a_line_of_one_dot_ends_nothing() -> None:
    made = mail()
    made.set_content("はじめ\n.\n..おわり\n", charset="utf-8", cte="8bit")
    with Sink() as sink:
        server = MailServer(settings(SMTP_URL=sink.url))
        server.ready()
        server.send(made)
        server.close()
    assert sink.mails[0].get_content().splitlines() == ["はじめ", ".", "..おわり"]


def test_a_connection_carries_so_many_mails_and_no_more() -> None:
    count = MAILS_A_CONNECTION + 1
    with Sink() as sink:
        outcomes = sent_through(sink, *(f"head{at}@example.jp" for at in range(count)))
        assert outcomes == ["sent"] * count
        assert (sink.connections, len(sink.mails)) == (2, count)


def test_a_server_that_is_not_there_is_told_without_its_password() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    server = MailServer(settings(SMTP_URL=f"smtp://user:geheim@127.0.0.1:{port}"))
    with pytest.raises(Unreachable) as refusal:
        server.ready()
    assert str(port) in str(refusal.value) and "geheim" not in str(refusal.value)


def test_a_password_does_not_travel_in_the_open(monkeypatch: pytest.MonkeyPatch) -> None:
    with Sink() as sink:
        url = sink.url.replace("smtp://", "smtp://user:geheim@")
        server = MailServer(settings(SMTP_URL=url))
        # This machine's own server is no line that anybody can read; any other is.
        monkeypatch.setattr(server, "host", "127.0.0.2")
        with pytest.raises(Unreachable):
            server.ready()
        assert "AUTH" not in sink.words
