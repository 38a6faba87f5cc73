"""One sale in a process of its own, to be run under strace: prints what the till was told.

`python -m tests.faults.support.one_sale DATA`; exit code 0 also when the disk failed, as long as the till got a word.
"""

import sys
from pathlib import Path

from appliance.domain.refusals import Refusal
from tests.faults.support import shop


def main(data: Path) -> None:
    """Start, sell, stop; a start that fails tells nobody that anything was booked."""
    try:
        with shop.opened(data) as one:
            print("started", flush=True)
            one.sell("sale")
            print("acked", flush=True)
    except Refusal as refusal:
        print(refusal.code, flush=True)
    except OSError as error:
        print(type(error).__name__, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
