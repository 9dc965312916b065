"""The log as JSON has no word of an exception's message; former addresses are concealed in both formats."""

import json
import logging
import sys

from wire.logs import JSONFormatter, UnlessIntended


def record_of(error: Exception) -> logging.LogRecord:
    try:
        raise error
    except ValueError:
        return logging.LogRecord("wire", logging.ERROR, __file__, 1, "Failed: %s", ("/x/",), sys.exc_info())


def test_json_names_the_error_and_where_it_was_raised_but_not_what_it_quotes():
    line = JSONFormatter().format(record_of(ValueError("Key (name)=(Lighthouse) already exists.")))
    said = json.loads(line)
    assert (said["level"], said["message"], said["error"]) == ("ERROR", "Failed: /x/", "builtins.ValueError")
    assert said["raised_at"][-1].endswith(" record_of")
    assert "Lighthouse" not in line
    assert "\n" not in line


def test_only_the_intended_warning_is_left_out():
    kept = [
        UnlessIntended().filter(logging.LogRecord("_granian", 30, "", 1, text, (), None))
        for text in ("Configuration allows spawning up to 52 Python threads, which", "Unexpected exit from worker-1")
    ]
    assert kept == [False, True]
