"""`python -m infra.local`, which `make run` calls."""

import sys

from infra.local.run import main

sys.exit(main())
