#!/bin/sh
# Tell one passage: curl and openssl. Needs PARKING_URL, PARKING_CLIENT, PARKING_KEY (whsec_...), PARKING_LOT.
set -eu
id="msg_$(date +%s)_$$"
now=$(date +%s)
body='{"event_id":"'"$id"'","at":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'","lot":"'$PARKING_LOT'","direction":"entry","plate":"苏F12345"}'
# The key is base64 after whsec_; openssl wants it in hexadecimal.
key=$(printf %s "${PARKING_KEY#whsec_}" | openssl base64 -d -A | od -An -v -tx1 | tr -d ' \n')
signature=$(printf %s "$id.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | openssl base64 -A)
curl --silent --show-error --fail-with-body "$PARKING_URL/api/v1/gateway/passages" \
  -H "Content-Type: application/json" -H "parking-client: $PARKING_CLIENT" \
  -H "webhook-id: $id" -H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" \
  --data-binary "$body"
