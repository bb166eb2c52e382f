"""Notices to people: SMS, mail, webhook."""
