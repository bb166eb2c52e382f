"""Tell one passage: Python's own library. Needs PARKING_URL, PARKING_CLIENT, PARKING_KEY, PARKING_LOT."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timezone

key = base64.b64decode(os.environ["PARKING_KEY"].removeprefix("whsec_"))
told = {
    "event_id": str(uuid.uuid4()),
    "at": datetime.now(timezone.utc).isoformat(),
    "lot": os.environ["PARKING_LOT"],
    "direction": "entry",
    "plate": "苏F12345",
}
# These bytes are signed and these bytes are sent.
body = json.dumps(told, ensure_ascii=False).encode()
message_id, now = f"msg_{uuid.uuid4().hex}", str(int(time.time()))
signed = b".".join([message_id.encode(), now.encode(), body])
signature = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
call = urllib.request.Request(
    os.environ["PARKING_URL"] + "/api/v1/gateway/passages",
    data=body,
    headers={
        "Content-Type": "application/json",
        "parking-client": os.environ["PARKING_CLIENT"],
        "webhook-id": message_id,
        "webhook-timestamp": now,
        "webhook-signature": "v1," + signature,
    },
)
try:
    with urllib.request.urlopen(call, timeout=10) as answer:
        sys.stdout.write(answer.read().decode() + "\n")
except urllib.error.HTTPError as refused:
    # The answer says what is wrong.
    sys.exit(refused.read().decode())
