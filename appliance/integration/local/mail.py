"""Mail to a customer over the host that the settings name, and what each way of failing means."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from hashlib import sha256
from typing import Any, Literal

from appliance.application import outside as o

PERMANENT = 500  # from this SMTP code on, a second try gets the same answer
SUBJECTS: Mapping[str, str] = {
    "order_ready": "Your order is ready to be collected",
    "order_confirmed": "Your order",
}
TEXTS: Mapping[str, str] = {
    "order_ready": "Hello {name},\n\nyour order {order_id} is ready. Please bring this number: {place}.\n",
    "order_confirmed": "Hello {name},\n\nthank you for your order {order_id}: {total}.\n",
}
LINE_BREAKS = str.maketrans("\r\n", "  ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail server, and how it is spoken to."""

    host: str
    port: int = 587
    sender: str = "backroom@localhost"
    user: str = ""
    password: str = ""
    tls: Literal["starttls", "tls", "none"] = "starttls"
    timeout_s: float = 10.0

    def send(self, key: str, kind: str, recipient: Mapping[str, str], content: Mapping[str, Any]) -> None:
        """Send one message; blocks, so call it in a thread. Raises NotSent, TryAgain, Declined, OutcomeUnknown."""
        message = self._message(key, kind, recipient, content)
        try:
            server = self._connected()
        except (smtplib.SMTPException, OSError) as error:
            raise o.NotSent("mail-unreachable", f"{self.host}: {error}", retry_after_s=5.0) from error
        with server:
            _send(server, message)

    def _connected(self) -> smtplib.SMTP:
        if self.tls == "tls":
            context = ssl.create_default_context()
            server: smtplib.SMTP = smtplib.SMTP_SSL(self.host, self.port, timeout=self.timeout_s, context=context)
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout_s)
        try:
            if self.tls == "starttls":
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, key: str, kind: str, recipient: Mapping[str, str], content: Mapping[str, Any]) -> EmailMessage:
        name = recipient.get("name", "").translate(LINE_BREAKS)
        message = EmailMessage()
        message["From"] = self.sender
        message["To"] = recipient["email"].translate(LINE_BREAKS)
        message["Subject"] = SUBJECTS.get(kind, "Your order")
        message["Message-ID"] = f"<{sha256(key.encode()).hexdigest()[:32]}@{self.sender.rpartition('@')[2]}>"
        words = {"place": "", "total": "", "order_id": "", **{each: str(value) for each, value in content.items()}}
        message.set_content(TEXTS.get(kind, TEXTS["order_confirmed"]).format(**{**words, "name": name}))
        return message


def _send(server: smtplib.SMTP, message: EmailMessage) -> None:
    try:
        server.send_message(message)
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise _refused(code, text) from error
    except smtplib.SMTPNotSupportedError as error:
        raise o.Declined("mail-address", str(error)) from error
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, error.smtp_error) from error
    except (smtplib.SMTPException, OSError) as error:
        raise o.OutcomeUnknown("mail-broken-off", f"{type(error).__name__}: {error}") from error


def _refused(code: int, text: bytes | str) -> o.OutsideError:
    said = text.decode(errors="replace") if isinstance(text, bytes) else text
    error = o.Declined if code >= PERMANENT else o.TryAgain
    return error("mail-refused", f"{code} {said}")
