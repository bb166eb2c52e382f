"""What did the bureau's numbered papers say?"""

from __future__ import annotations

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from parking.filings.errors import NoticeNotFound
from parking.filings.models import Filing, Notice
from parking.filings.queries.views import NoticeView
from parking.filings.rules import NoticeKind


def notice(session: Session, number: str, organisation_id: str | None = None) -> NoticeView:
    """One notice. With an organisation named, another one's is as unknown as none. Raises NoticeNotFound."""
    asked = _asked().where(Notice.number == number)
    if organisation_id is not None:
        asked = asked.where(Filing.organisation_id == organisation_id)
    found = session.execute(asked).first()
    if found is None:
        raise NoticeNotFound
    return _view(*found)


def notices_of_filing(session: Session, filing_id: str) -> list[NoticeView]:
    """A filing's notices in the order of their issue."""
    asked = _asked().where(Notice.filing_id == filing_id).order_by(Notice.issued_at, Notice.number)
    return [_view(*row) for row in session.execute(asked)]


def _asked() -> Select[Notice, str | None, str]:
    return select(Notice, Filing.number, Filing.organisation_id).join(Filing, Filing.id == Notice.filing_id)


def _view(row: Notice, filing_number: str | None, organisation_id: str) -> NoticeView:
    content = dict(row.content)
    return NoticeView(
        number=row.number,
        kind=NoticeKind(row.kind),
        filing_id=row.filing_id,
        filing_number=filing_number,
        organisation_id=organisation_id,
        issued_at=row.issued_at,
        authority_zh=content.get("authority_zh", ""),
        authority_en=content.get("authority_en", ""),
        addressed_to=content.get("addressed_to", ""),
        lot_name=content.get("lot_name", ""),
        content=content,
        due_on=row.due_on,
    )
