"""The city's single sign-on for officers. README.md says what is asked and what is believed."""
