"""How the desk's forms and lists write dates: by the 24-hour clock, as the public pages do."""

DATE_FORMAT = "F j, Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = "F j, Y, H:i"
