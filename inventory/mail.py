"""Outgoing mail: what a reminder says, and how it is handed to the mail server (RFC 5321) so that it never goes twice.

Until the server asks for the text (354 after DATA) nothing can have been sent, so whatever goes wrong up to there is
``Failed``, and so is a refusal after it. A connection that breaks in between is ``Unknown``: the mail has perhaps
arrived, and only a person can find out.
"""

import re
import smtplib
import ssl
from contextlib import suppress
from datetime import date, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

from inventory.calendar import TOKYO, month_day, wareki
from inventory.reminding import REFUSED, Call, CalledItem
from inventory.settings import Settings

# Seconds. The last answer may take long: the other side writes the mail to its disk (RFC 5321 section 4.5.3.2.6
# allows ten minutes; a mail is doubtful after fifteen).
ANSWERS_WITHIN = 60.0
TAKES_WITHIN = 300.0
# A mail server may close a connection after so many; a fresh one is cheap.
MAILS_A_CONNECTION = 50

# What a mailbox may look like. Wider than the standard in one point: Japan's carriers once gave out addresses with
# dots in a row and before the @, and they still work. Nothing here can end a header or begin another command.
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_BREAKS = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


class Unreachable(Exception):
    """The mail server cannot be reached or does not let us in; nothing was claimed. The text is one line."""


class Failed(Exception):
    """This mail did not go. The text says why in Japanese, without any address."""


class Unknown(Exception):
    """The connection broke when the mail was on its way."""


def reminder_mail(call: Call, settings: Settings, *, reminder: str, key_id: str, now: datetime) -> EmailMessage:
    """The mail that tells a borrower of everything that is due.

    Raises:
        Failed: the address cannot be a mail address.
    """
    address = call.contact.email or ""
    if not _ADDRESS.fullmatch(address) or len(address) > 200:
        raise Failed(f"{REFUSED}（メールアドレスの書き方がちがいます）")
    message = EmailMessage(policy=SMTP)
    message["Subject"] = _one_line(f"【{settings.city_name}】お貸ししている端末の{_word(call)}のお願い")
    message["From"] = Address(_one_line(f"{settings.city_name} {settings.office_name}"), addr_spec=settings.mail_from)
    message["To"] = address
    message["Date"] = format_datetime(now.astimezone(TOKYO))
    # Fixed by the reminder, so that a mail which was handed over twice after all is shown once.
    host = settings.mail_from.rpartition("@")[2]
    message["Message-ID"] = f"<reminder-{reminder}.{key_id}@{host}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(reminder_text(call, settings, now), charset="utf-8", cte="base64")
    return message


def reminder_text(call: Call, settings: Settings, now: datetime) -> str:
    late = [item for item in call.items if item.days_late]
    near = [item for item in call.items if not item.days_late]
    word = _word(call)
    office = f"{settings.city_name} {settings.office_name}"
    contact = call.contact
    to = f"{contact.office or ''}　{contact.name}　様" if contact.name else "ご担当者　様"
    lines = [call.borrower.name, to.strip("　"), "", "いつもお世話になっております。", f"{office}です。", ""]
    if late:
        lines += [f"お貸ししている端末で、{word}の日をすぎたものがあります。"]
    else:
        lines += [f"お貸ししている端末の{word}の日が近づきましたので、お知らせします。"]
    lines += ["", *_section(f"{word}の日をすぎたもの", late, now), *_section(f"{word}の日が近いもの", near, now)]
    lines += [
        "お手数をおかけしますが、端末と付属品をそろえて、下の窓口までお持ちください。",
        "まだお使いになりたいとき、窓口までお持ちになるのが難しいとき、端末が見当たらないときは、お電話でご相談ください。",
        "行きちがいに、もうお返しいただいていましたら、お許しください。",
        "",
        "――――――――――",
        office,
    ]
    if settings.office_phone:
        hours = f"（{settings.office_hours}）" if settings.office_hours else ""
        lines += [f"電話　{settings.office_phone}{hours}"]
    if settings.public_pages:
        lines += ["端末のことで困ったときは", f"{settings.public_url}/T"]
    lines += ["", "このメールは自動でお送りしています。ご返信は読めないことがありますので、お電話をお願いします。"]
    return "\n".join(_one_line(line) for line in lines) + "\n"


def _section(title: str, items: list[CalledItem], now: datetime) -> list[str]:
    if not items:
        return []
    lines = [f"■ {title}"]
    for item in items:
        call = f"　呼び番号 {item.call_number}" if item.call_number is not None else ""
        late = f"　{item.days_late}日すぎています" if item.days_late else ""
        lines += [
            f"・{item.pool_name}　備品番号 {item.asset_number}{call}",
            f"　{item.return_word}の日　{_day(item.due_on, now)}{late}",
        ]
    return [*lines, ""]


def _day(day: date, now: datetime) -> str:
    return wareki(day, weekday=True) if day.year != now.astimezone(TOKYO).year else month_day(day)


def _word(call: Call) -> str:
    """返却 or 返納: the city's own word, where all of the devices agree on it."""
    words = {item.return_word for item in call.items}
    return words.pop() if len(words) == 1 else "返却"


def _one_line(text: str) -> str:
    """Names come from people and files; none of them may begin a header or a line of its own."""
    return _BREAKS.sub(" ", text)


class MailServer:
    """The server that ``SMTP_URL`` names. ``ready`` before a claim, ``send`` after it; leave with ``close``."""

    def __init__(self, settings: Settings) -> None:
        parts = urlsplit(settings.smtp_url)
        self.secure = parts.scheme == "smtps"
        self.host = parts.hostname or ""
        self.port = parts.port or (465 if self.secure else 587)
        self.user, self.password = unquote(parts.username or ""), unquote(parts.password or "")
        self.sender = settings.mail_from
        self._smtp: smtplib.SMTP | None = None
        self._sent = 0

    def ready(self) -> None:
        """Have a connection that works.

        Raises:
            Unreachable: there is none to be had.
        """
        if self._smtp is not None and self._sent < MAILS_A_CONNECTION:
            with suppress(smtplib.SMTPException, OSError):
                if self._smtp.noop()[0] == 250:
                    return
        self.close()
        try:
            self._smtp = self._connect()
        except (smtplib.SMTPException, OSError, UnicodeError) as error:
            # What a server says may hold the user's name, so it is not repeated.
            raise Unreachable(f"{self.host}:{self.port} {_kind(error)}") from error
        self._sent = 0

    def _connect(self) -> smtplib.SMTP:
        trusted = ssl.create_default_context()
        if self.secure:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=ANSWERS_WITHIN, context=trusted)
        else:
            smtp = smtplib.SMTP(self.host, self.port, timeout=ANSWERS_WITHIN)
        try:
            smtp.ehlo()
            if not self.secure and smtp.has_extn("starttls"):
                smtp.starttls(context=trusted)
                smtp.ehlo()
            elif not self.secure and self.user and self.host not in ("localhost", "127.0.0.1", "::1"):
                raise smtplib.SMTPNotSupportedError("a password is not sent over a line that anybody can read")
            if self.user:
                smtp.login(self.user, self.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def send(self, message: EmailMessage) -> None:
        """Hand one mail over.

        Raises:
            Failed: it did not go.
            Unknown: it perhaps went.
        """
        smtp = self._smtp
        assert smtp is not None, "ready() comes first"
        self._sent += 1
        try:
            self._envelope(smtp, str(message["To"]))
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise Failed("メールサーバーとの接続が切れました。あす、もう一度送ります") from error
        self._text(smtp, message.as_bytes())

    def _envelope(self, smtp: smtplib.SMTP, to: str) -> None:
        code = smtp.mail(self.sender)[0]
        if code == 250:
            code = smtp.rcpt(to)[0]
            if code in (250, 251):
                code = smtp.docmd("DATA")[0]
                if code == 354:
                    return
            failed = self._refusal(code)
        elif code >= 500:
            failed = Failed(f"メールサーバーが差出人を断りました（{code}）。MAIL_FROM と SMTP_URL を見直してください")
        else:
            failed = self._refusal(code)
        with suppress(smtplib.SMTPException, OSError):
            smtp.rset()
        raise failed

    def _text(self, smtp: smtplib.SMTP, content: bytes) -> None:
        # A line that begins with a dot gets a second one (RFC 5321 section 4.5.2).
        lines = re.sub(rb"(?m)^\.", b"..", content).rstrip(b"\r\n") + b"\r\n.\r\n"
        try:
            if smtp.sock is not None:
                smtp.sock.settimeout(TAKES_WITHIN)
            smtp.send(lines)
            code, _ = smtp.getreply()
            if smtp.sock is not None:
                smtp.sock.settimeout(ANSWERS_WITHIN)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise Unknown from error
        if code != 250:
            raise self._refusal(code)

    def _refusal(self, code: int) -> Failed:
        if 500 <= code < 600:
            return Failed(f"{REFUSED}（{code}）")
        if code == 421:
            self.close()
        return Failed(f"メールサーバーが、いまは受け取れないと答えました（{code}）。あす、もう一度送ります")

    def _drop(self) -> None:
        """Leave a connection that nothing can be said on any more."""
        if self._smtp is not None:
            self._smtp.close()
            self._smtp = None

    def close(self) -> None:
        """Say good-bye, and leave."""
        if self._smtp is not None:
            smtp, self._smtp = self._smtp, None
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()


def _kind(error: Exception) -> str:
    code = getattr(error, "smtp_code", None)
    return f"answered {code}" if code else f"{type(error).__name__}"
