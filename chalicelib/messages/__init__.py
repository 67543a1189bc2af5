"""Words: what Pluim says, on pages, in mails and in calendars."""
