"""Fetch and parse what sources publish, and recognize items that the desk already has."""
