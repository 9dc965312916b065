"""The public pages. Everything on them is read from editions and sections."""
