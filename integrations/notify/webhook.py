"""A notice as a webhook: another office's system decides how it reaches the person."""

from __future__ import annotations

from integrations.signing import SignedPost
from parking.boundary.notices import Notice


class WebhookChannel:
    """Posts {type, id, data}, signed as Standard Webhooks say."""

    def __init__(self, post: SignedPost) -> None:
        self._post = post

    def send(self, notice: Notice) -> None:
        """Send once. Raises NoticeNotSent."""
        data = {
            "phone": notice.phone,
            "email": notice.email,
            "subject": notice.subject,
            "text": notice.text,
            "params": dict(notice.params),
        }
        self._post.send(notice.id, {"type": f"notice.{notice.key}", "id": notice.id, "data": data})
