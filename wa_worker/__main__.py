"""``python -m wa_worker``."""

import sys

from wa_worker.main import main

sys.exit(main())
