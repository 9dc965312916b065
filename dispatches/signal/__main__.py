"""`python -m dispatches.signal FILE.json`: check a published rating."""

import sys

from dispatches.signal.recompute import main

sys.exit(main(sys.argv[1:]))
