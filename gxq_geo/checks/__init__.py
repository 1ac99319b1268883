"""Run every rule over every layer: one report of issues."""

from gxq_geo.checks.run import EVERYTHING as EVERYTHING
from gxq_geo.checks.run import Choice as Choice
from gxq_geo.checks.run import catalogue as catalogue
from gxq_geo.checks.run import check as check
from gxq_geo.checks.run import choose as choose
from gxq_geo.checks.run import errors_only as errors_only
