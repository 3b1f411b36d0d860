import os
from datetime import datetime, timedelta, timezone

from freezegun import freeze_time

# Loaded with the server (--load), before it answers anything.
_off = timedelta(seconds=int(os.environ["LEAD_POOL_CLOCK_OFF"]))
freeze_time(datetime.now(timezone.utc).replace(tzinfo=None) + _off, tick=True).start()
