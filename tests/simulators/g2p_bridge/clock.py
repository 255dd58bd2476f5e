"""Which day it is at the bridge."""

from datetime import UTC, datetime, timedelta


class Clock:
    """The present moment, so many days from now.

    :param days_ahead: days
    """

    def __init__(self, days_ahead=0):
        self.days_ahead = days_ahead

    def today(self):
        """Return the day, in UTC, as the bridge looks at schedule dates."""
        return (datetime.now(UTC) + timedelta(self.days_ahead)).date()

    def moment(self):
        """Return the moment as the bridge writes it: local, without a zone."""
        return (datetime.now() + timedelta(self.days_ahead)).isoformat(timespec="microseconds")

    def utc(self):
        """Return the moment as the ledger has it."""
        return (datetime.now(UTC) + timedelta(self.days_ahead)).isoformat(timespec="seconds")

    def day(self):
        """Return the day as statements have it."""
        return f"{self.today().isoformat()}T00:00:00"
