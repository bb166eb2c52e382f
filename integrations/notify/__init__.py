"""Notices to people: the console by default, SMS, mail, webhook. README.md says what each one sends."""
