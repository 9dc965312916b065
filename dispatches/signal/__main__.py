"""`python -m dispatches.signal FILE.json`"""

import sys

from dispatches.signal.recompute import main

sys.exit(main(sys.argv[1:]))
