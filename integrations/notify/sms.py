"""A notice as a text message: a signed JSON POST to the city's SMS gateway."""

from __future__ import annotations

from integrations.signing import SignedPost
from parking.boundary.notices import Notice


class SmsChannel:
    """Sends {id, phone, template, params, text}; a gateway with approved templates fills in its own."""

    def __init__(self, post: SignedPost) -> None:
        self._post = post

    def send(self, notice: Notice) -> None:
        """Send to the phone that is named, else nothing. Raises NoticeNotSent."""
        if notice.phone is None:
            return
        message = {
            "id": notice.id,
            "phone": notice.phone,
            "template": notice.key,
            "params": dict(notice.params),
            "text": notice.text,
        }
        self._post.send(notice.id, message)
