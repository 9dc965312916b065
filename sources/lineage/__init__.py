"""Where a report's words seem to come from: evidence for proposals, which an editor decides."""
