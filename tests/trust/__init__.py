"""Proofs of what is promised about confidentiality, embargo and withdrawal: `python -m tests.trust [name ...]`.

Each proof is a function that tries something many times and returns a Tally of what was tried and what held. The
tests beside them run each one briefly, and check that it finds a leak that was planted.
"""
