from datetime import date, timedelta

from dateutil import rrule

from odoo import api, fields, models
from odoo.exceptions import ValidationError

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_RRULE_DAYS = dict(
    zip(WEEKDAYS, (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU), strict=True)
)
_FREQUENCIES = {
    "daily": rrule.DAILY,
    "weekly": rrule.WEEKLY,
    "monthly": rrule.MONTHLY,
    "yearly": rrule.YEARLY,
}


class CycleRecurrenceMixin(models.AbstractModel):
    """How often cycles begin: names and meanings of fields as in a calendar recurrence."""

    _name = "g2p.cycle.recurrence.mixin"
    _description = "Cycle Recurrence"

    name = fields.Char()
    rrule = fields.Char(compute="_compute_rrule", string="Recurrence Rule")
    rrule_type = fields.Selection(
        [("daily", "Days"), ("weekly", "Weeks"), ("monthly", "Months"), ("yearly", "Years")],
        default="monthly",
        required=True,
        string="Repeat Unit",
    )
    cycle_duration = fields.Integer("Recurrence", default=1, required=True)
    interval = fields.Integer(compute="_compute_interval", store=True)
    end_type = fields.Selection(
        [("count", "Number of repetitions"), ("end_date", "End date"), ("forever", "Forever")],
        default="forever",
    )
    count = fields.Integer(default=10)
    until = fields.Date()
    event_tz = fields.Char("Timezone")
    mon = fields.Boolean("Monday")
    tue = fields.Boolean("Tuesday")
    wed = fields.Boolean("Wednesday")
    thu = fields.Boolean("Thursday")
    fri = fields.Boolean("Friday")
    sat = fields.Boolean("Saturday")
    sun = fields.Boolean("Sunday")
    month_by = fields.Selection([("date", "Date of month"), ("day", "Day of month")], default="date")
    day = fields.Integer("Day of the Month", default=1)
    weekday = fields.Selection(
        [
            ("MON", "Monday"),
            ("TUE", "Tuesday"),
            ("WED", "Wednesday"),
            ("THU", "Thursday"),
            ("FRI", "Friday"),
            ("SAT", "Saturday"),
            ("SUN", "Sunday"),
        ],
        default="MON",
    )
    byday = fields.Selection(
        [("1", "First"), ("2", "Second"), ("3", "Third"), ("4", "Fourth"), ("-1", "Last")],
        default="1",
        string="By day",
    )

    @api.constrains("cycle_duration", "rrule_type", "month_by", "day")
    def _check_recurrence(self):
        for record in self:
            if record.cycle_duration < 1:
                raise ValidationError(
                    self.env._("%s: a cycle lasts at least one unit of its recurrence.", record.display_name)
                )
            if record.rrule_type == "monthly" and record.month_by == "date" and not 1 <= record.day <= 31:
                raise ValidationError(
                    self.env._("%s: the day of the month is between 1 and 31.", record.display_name)
                )

    @api.depends("cycle_duration")
    def _compute_interval(self):
        for record in self:
            record.interval = record.cycle_duration

    @api.depends("rrule_type", "cycle_duration", "month_by", "day", "weekday", "byday", *WEEKDAYS)
    def _compute_rrule(self):
        for record in self:
            rule = record._build_rrule(date(2000, 1, 1))
            record.rrule = str(rule).splitlines()[-1].removeprefix("RRULE:")

    def _get_recurrent_field_values(self):
        """Return the values of the recurrence, to give them to another record.

        :return: dict
        """
        self.ensure_one()
        names = ("rrule_type", "cycle_duration", "end_type", "count", "until", "event_tz")
        names += (*WEEKDAYS, "month_by", "day", "weekday", "byday")
        return {name: self[name] for name in names}

    def _build_rrule(self, start):
        """Return the endless rule of the days on which a cycle may begin, from ``start`` on.

        :param date start: no occurrence before this day
        :return: dateutil rrule
        """
        self.ensure_one()
        options = {"interval": max(self.cycle_duration, 1), "dtstart": fields.Datetime.to_datetime(start)}
        if self.rrule_type == "weekly":
            days = [_RRULE_DAYS[name] for name in WEEKDAYS if self[name]]
            options["byweekday"] = days or None
        elif self.rrule_type == "monthly" and self.month_by == "day":
            options["byweekday"] = _RRULE_DAYS[(self.weekday or "MON").lower()](int(self.byday or 1))
        elif self.rrule_type == "monthly":
            day = self.day or start.day
            # In a month that is too short, its last day: leaving the month out would double a cycle's length.
            options.update(bymonthday=list(range(min(day, 28), day + 1)), bysetpos=-1)
        return rrule.rrule(_FREQUENCIES[self.rrule_type], **options)

    def _get_cycle_dates(self, start):
        """Return the first cycle that begins on or after ``start``: it ends the day before the next one begins.

        :param date start: the earliest day
        :return: (date, date), both included
        """
        occurrences = iter(self._build_rrule(start))
        first = next(occurrences)
        return first.date(), next(occurrences).date() - timedelta(days=1)
