"""Two versions of a zone and the history of a record: what differs, measured, and in words."""
