"""What travellers read: templates, languages, calendars."""
