"""The pages of the desk that are about all models at once: the log, and the search."""
