"""The commands of `gxq`: a module for each group, imported when one of them is run."""
