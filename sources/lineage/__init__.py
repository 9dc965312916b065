"""Find where a report's text seems to come from: evidence for proposals, which an editor decides."""
