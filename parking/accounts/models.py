"""Who has an account, for whom, and which log-ins stand open?

Of passwords, tokens and codes only hashes are kept; the second factor's secret and keys that sign are sealed.
"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Text

from parking.kernel.db.base import Base
from parking.kernel.ids import new_id


class Organisation(Base):
    """Who operates or owns lots: a body with a credit code, or a person; it may have no lot yet."""

    __tablename__ = "organisations"
    __table_args__ = (
        # A refused or closed registration must not keep the rightful body out.
        Index(
            "ix_organisations_credit_code",
            "credit_code",
            unique=True,
            postgresql_where=text("state IN ('registered', 'checked')"),
        ),
        Index("ix_organisations_state", "state", "registered_at", "id"),
        CheckConstraint("(kind = 'organisation') = (credit_code IS NOT NULL)", name="code_or_person"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    name: Mapped[str]
    credit_code: Mapped[str | None]
    state: Mapped[str]
    contact_name: Mapped[str]
    contact_phone: Mapped[str]
    # SHA-256 of the kept files, and their media types.
    licence_file: Mapped[str | None]
    licence_type: Mapped[str | None]
    authorisation_file: Mapped[str | None]
    authorisation_type: Mapped[str | None]
    registered_at: Mapped[datetime]
    checked_at: Mapped[datetime | None]
    checked_by: Mapped[str | None]
    refusal: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class Account(Base):
    """Somebody who logs in: a member of an organisation or an officer of the bureau (`kind`)."""

    __tablename__ = "accounts"
    __table_args__ = (
        Index("ix_accounts_login", "kind", "login", unique=True),
        Index("ix_accounts_organisation_id", "organisation_id"),
        Index("ix_accounts_sso_subject", "sso_subject", unique=True),
        CheckConstraint("(kind = 'member') = (organisation_id IS NOT NULL)", name="member_of"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisations.id"))
    # Folded: the same login in other letters is the same login.
    login: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str | None]
    email: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # Of an officer; empty: the whole city.
    districts: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str]
    password_hash: Mapped[str]
    password_set_at: Mapped[datetime]
    must_change_password: Mapped[bool] = mapped_column(default=False)
    # Newest first, as many as the city's policy remembers.
    past_passwords: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    totp_secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    # The step (30 s) of the newest code that was taken: no code is good twice.
    totp_step: Mapped[int | None] = mapped_column(BigInteger)
    totp_since_at: Mapped[datetime | None]
    # "issuer subject" of the city's single sign-on.
    sso_subject: Mapped[str | None]
    created_at: Mapped[datetime]
    last_login_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class LoginSession(Base):
    """An open log-in, found by the hash of its token. `needs` names what is missing until it counts."""

    __tablename__ = "login_sessions"
    __table_args__ = (Index("ix_login_sessions_account_id", "account_id"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    id: Mapped[str] = mapped_column(default=new_id)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    needs: Mapped[str | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class LoginCounter(Base):
    """Failures since `since_at` of a login, a network or both (`key` holds no login that can be read)."""

    __tablename__ = "login_counters"

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    since_at: Mapped[datetime]
    locked_until_at: Mapped[datetime | None]


class KnownNetwork(Base):
    """A network from which an account logged in: failures elsewhere do not lock it out there."""

    __tablename__ = "known_networks"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    network_hash: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]


class OneTimeCode(Base):
    """A code that was sent to set a new password; good once and for minutes."""

    __tablename__ = "one_time_codes"
    __table_args__ = (Index("ix_one_time_codes_account_id", "account_id", "made_at"),)

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OfficerLeave(Base):
    """An officer is away on [from_on, until_on) and another stands in with the same duties."""

    __tablename__ = "officer_leaves"
    __table_args__ = (
        Index("ix_officer_leaves_substitute_id", "substitute_id", "until_on"),
        Index("ix_officer_leaves_officer_id", "officer_id", "until_on"),
        CheckConstraint("from_on < until_on", name="span"),
        CheckConstraint("officer_id <> substitute_id", name="somebody_else"),
    )

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    officer_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    substitute_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]
    set_at: Mapped[datetime]


class Client(Base):
    """A machine that calls: a gate's vendor, a network, another office. `sandbox`: nothing of it counts."""

    __tablename__ = "clients"

    id: Mapped[str] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sandbox: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]


class ClientKey(Base):
    """One signing key of a client; while the old one runs out, the new one already works."""

    __tablename__ = "client_keys"
    __table_args__ = (Index("ix_client_keys_client_id", "client_id"),)

    key_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"))
    # The key itself, because a signature can be checked only with it. Null: made before keys signed, good for
    # nothing.
    sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    # The first characters, by which people tell keys apart.
    hint: Mapped[str]
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ClientCall(Base):
    """One of a client's last calls and the beginning of our answer, plates masked.

    `is_signed` False: made in the client's name by somebody who did not prove to be it.
    """

    __tablename__ = "client_calls"
    __table_args__ = (
        Index("ix_client_calls_client_id", "client_id", "is_signed", "at"),
        Index("ix_client_calls_message_id", "client_id", "message_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"))
    at: Mapped[datetime]
    is_signed: Mapped[bool]
    message_id: Mapped[str]
    method: Mapped[str]
    path: Mapped[str]
    status: Mapped[int]
    elapsed_us: Mapped[int]
    body_length: Mapped[int]
    body_digest: Mapped[bytes] = mapped_column(LargeBinary)
    body: Mapped[str]
    answer: Mapped[str]


class ReceivedMessage(Base):
    """A message that was answered with success, so that it is answered the same when it comes again."""

    __tablename__ = "received_messages"
    __table_args__ = (
        Index("ix_received_messages_idempotency_key", "client_id", "idempotency_key", unique=True),
        Index("ix_received_messages_received_at", "received_at"),
    )

    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    message_id: Mapped[str] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str | None]
    # Of the address and the body, under a key.
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int]
    # Compressed.
    answer: Mapped[bytes] = mapped_column(LargeBinary)
    received_at: Mapped[datetime]


class ClientHeartbeat(Base):
    """The newest heartbeat of a client at a lot (an id of the register); `skew_s`: its clock less ours."""

    __tablename__ = "client_heartbeats"

    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    lot_id: Mapped[str] = mapped_column(primary_key=True)
    seen_at: Mapped[datetime]
    skew_s: Mapped[int | None]


class SandboxEvent(Base):
    """What a sandbox client told: as much as it takes to answer it like a real one. None of it counts."""

    __tablename__ = "sandbox_events"
    __table_args__ = (Index("ix_sandbox_events_lot_id", "client_id", "lot_id", "at"),)

    client_id: Mapped[str] = mapped_column(ForeignKey("clients.id"), primary_key=True)
    event_id: Mapped[str] = mapped_column(primary_key=True)
    # Of the register; the client may name any lot that it was granted.
    lot_id: Mapped[str | None]
    at: Mapped[datetime | None]
    direction: Mapped[str | None]
    stay_id: Mapped[str | None]
    # What must be the same when it is told again: a count's class and numbers, a transaction's fee.
    said: Mapped[str | None]
    # May come before the event that it voids.
    voided_at: Mapped[datetime | None]
    received_at: Mapped[datetime]
