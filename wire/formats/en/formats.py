"""Date formats of the desk: a 24-hour clock, as on the public pages."""

DATE_FORMAT = "F j, Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "F j, Y, H:i"
