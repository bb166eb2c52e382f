"""How does whoever booked learn of something? By a message in the outbox that names the booking alone."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from parking.accounts.service.notices import Words, notice_of, put_notice
from parking.boundary.notices import NoticeChannel, NoticeText
from parking.city import queries as city
from parking.kernel.db import outbox
from parking.kernel.db.engine import Sessions
from parking.kernel.errors import N_
from parking.lots.models import Lot
from parking.plates.service import PlateKeys
from parking.sharing.models.bookings import Booking

TOPIC = "booking_notice"
PHONE = "booking_phone"

REMINDED = NoticeText(
    "booking_reminded",
    N_("请按时离场"),
    N_("您在%(lot)s的共享停车时段 %(until)s 结束，还有 %(minutes)s 分钟，请按时离场。"),
)
OVERSTAYED = NoticeText(
    "booking_overstayed",
    N_("停车已超时"),
    N_("您在%(lot)s的共享停车时段已于 %(until)s 结束，请尽快离场；超时按收费标准计费，多次超时将暂停预约。"),
)
GIVEN_UP = NoticeText(
    "booking_given_up",
    N_("预约已失效"),
    N_("您预约的%(lot)s %(from)s 的车位因未按时到场已让给他人。"),
)
MOVED = NoticeText(
    "booking_moved",
    N_("预约已改到别处"),
    N_("您预约的时段不再开放，%(from)s 至 %(until)s 的车位已改到%(lot)s，预约号和预约码不变。"),
)
WITHDRAWN = NoticeText(
    "booking_withdrawn",
    N_("预约已取消"),
    N_("您预约的%(lot)s %(from)s 至 %(until)s 的时段不再开放，附近没有同类的共享车位可以改到，预约已取消。"),
)
SUSPENDED = NoticeText(
    "booking_suspended",
    N_("暂停预约"),
    N_("您的车辆多次超时停放，%(day)s 之前不能预约共享车位。"),
)
LIFTED = NoticeText(
    "booking_suspension_lifted",
    N_("恢复预约"),
    N_("您的车辆在%(lot)s的进出记录已更正，因超时暂停的预约已恢复。"),
)


def tell(session: Session, booking: Booking, text: NoticeText, now: datetime, **params: Any) -> None:
    """Tell who booked, after the commit, where a phone is known. `params` add to the lot and the times."""
    if booking.phone_sealed is None:
        return
    zone = city.time_zone(session, now)
    told = {
        "lot": session.get_one(Lot, booking.lot_id).name,
        "from": _clock(booking.from_at.astimezone(zone)),
        "until": _clock(booking.until_at.astimezone(zone)),
        **params,
    }
    put_notice(session, TOPIC, {"booking_id": booking.id}, text, told, now)


def booking_channel(
    sessions: Sessions, keys: PlateKeys, channel: NoticeChannel, words: Words
) -> outbox.Channel:
    """Makes a notice of a message: the phone is opened only now, and told to the channel alone."""

    def send(payload: dict[str, Any]) -> None:
        with sessions() as session:
            booking = session.get(Booking, payload["booking_id"])
            sealed = booking.phone_sealed if booking else None
        if sealed is None:
            # Forgotten meanwhile: it came too late to be of use.
            return
        channel.send(notice_of(payload, words, phone=keys.open(sealed, PHONE)))

    return send


def _clock(at: datetime) -> str:
    return f"{at:%m-%d %H:%M}"
