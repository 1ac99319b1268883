"""The command line: a command in, a report with an exit status out."""
