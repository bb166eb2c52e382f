"""A notice as a mail: over the city's own SMTP server."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from parking.boundary.notices import Notice, NoticeNotSent

_TIME_OUT_S = 10.0
_PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True, slots=True)
class MailServer:
    """smtp://user@host:port (STARTTLS where the server offers it) or smtps://; the user is the sender."""

    host: str
    port: int
    user: str | None
    password: str | None
    sender: str
    tls_from_the_start: bool

    @classmethod
    def from_url(cls, url: str, password: str | None) -> MailServer:
        """Raises ValueError for what is no such address."""
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("not an smtp:// or smtps:// address")
        user = unquote(parts.username) if parts.username else None
        sender = user or "parking"
        return cls(
            host=parts.hostname,
            port=parts.port or _PORTS[parts.scheme],
            user=user,
            password=password,
            sender=sender if "@" in sender else f"{sender}@{parts.hostname}",
            tls_from_the_start=parts.scheme == "smtps",
        )


class MailChannel:
    """Sends one mail per notice; a connection for each, for notices are few."""

    def __init__(self, server: MailServer, tls: ssl.SSLContext | None = None) -> None:
        self._server = server
        self._tls = tls or ssl.create_default_context()

    def send(self, notice: Notice) -> None:
        """Send to the mail address that is named, else nothing. Raises NoticeNotSent."""
        if notice.email is None:
            return
        try:
            with self._connect() as connection:
                self._log_in(connection)
                connection.send_message(_message(notice, self._server.sender))
        except (OSError, smtplib.SMTPException, ValueError) as problem:
            # The kind alone: an SMTP error quotes addresses.
            raise NoticeNotSent(type(problem).__name__) from None

    def _connect(self) -> smtplib.SMTP:
        where = (self._server.host, self._server.port)
        if self._server.tls_from_the_start:
            return smtplib.SMTP_SSL(*where, timeout=_TIME_OUT_S, context=self._tls)
        return smtplib.SMTP(*where, timeout=_TIME_OUT_S)

    def _log_in(self, connection: smtplib.SMTP) -> None:
        secured = self._server.tls_from_the_start
        connection.ehlo_or_helo_if_needed()
        if not secured and connection.has_extn("starttls"):
            connection.starttls(context=self._tls)
            secured = True
        if self._server.user and self._server.password:
            if not secured:
                raise smtplib.SMTPException("a password goes over TLS only")
            connection.login(self._server.user, self._server.password)


def _message(notice: Notice, sender: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = notice.subject
    message["From"] = sender
    message["To"] = notice.email
    # The same at every attempt, so that a mail program shows a repetition once.
    message["Message-ID"] = f"<{notice.id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(notice.text)
    return message
