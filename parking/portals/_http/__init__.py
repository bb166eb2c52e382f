"""What do the four audiences share: errors, languages, templates, static files?"""
