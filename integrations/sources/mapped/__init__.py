"""Any feed, read by a mapping that says where its lots and counts stand."""
